import { describe, expect, it } from "vitest";
import { OP } from "../../../src/formats/pickle/opcodes.js";
import { trial } from "../../../src/formats/pickle/trial.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import * as p from "../../builders/pickle.js";

const run = (...pieces: readonly p.Piece[]) => trial(new BufferSource(p.pickle(...pieces)), 0);
const NAME = p.global("os", "system");
const CALL = p.pickle(NAME, p.emptyTuple, p.reduce);

describe("a trial", () => {
  it("counts what is imported and called, and where it ends", () => {
    const bytes = p.pickle(p.none, CALL, CALL, p.global("a", "b"), p.emptyTuple, p.newobj, p.stop, p.none);
    expect(trial(new BufferSource(bytes), 1)).toMatchObject({
      opcodes: 10,
      imports: 2,
      plausibleImports: 2,
      calls: 1,
      acts: true,
      anomalies: 0,
      reason: "stop",
      end: bytes.length - 1,
      names: [
        { module: "os", name: "system" },
        { module: "a", name: "b" },
      ],
    });
  });

  it("tells apart names that Python could have", () => {
    const plausible = (module: string, name: string) => run(p.global(module, name), p.stop).plausibleImports;
    expect(plausible("a_.b1", "_C.d")).toBe(1);
    for (const [module, name] of [
      ["a b", "c"],
      ["a", "b c"],
      ["", "a"],
      ["a", ""],
      ["1a", "b"],
      ["a", "1b"],
    ] as const)
      expect(plausible(module, name)).toBe(0);
    expect(run(p.global("a\0", "b"), p.stop).anomalies).toBe(1);
    expect(run(p.global("a", "b\0"), p.stop).anomalies).toBe(0);
  });

  it.each([
    ["a call", CALL],
    ["an object", p.pickle(NAME, p.emptyTuple, p.newobj)],
    ["a state", p.pickle(NAME, p.emptyDict, p.build)],
    ["items", p.pickle(NAME, p.none, p.append)],
  ])("says that something acts: %s", (_, piece) => {
    expect(run(piece, p.stop).acts).toBe(true);
    expect(run(piece, p.reduce).acts).toBe(true);
    expect(run(p.pop, piece, p.stop).acts).toBe(false);
    expect(run(p.global("a b", "c"), piece, p.stop).acts).toBe(false);
  });

  it("says that nothing acts where nothing is imported", () => {
    expect(run(p.none, p.emptyTuple, p.reduce, p.stop)).toMatchObject({ acts: false, calls: 1 });
    expect(run(NAME, p.stop)).toMatchObject({ acts: false, calls: 0 });
  });

  it("keeps the first 64 names", () => {
    const names = Array.from({ length: 70 }, (_, i) => p.global("a", `n${i}`));
    expect(run(...names, p.stop)).toMatchObject({ imports: 70, plausibleImports: 70 });
    expect(run(...names, p.stop).names.map(({ name }) => name)).toEqual(Array.from({ length: 64 }, (_, i) => `n${i}`));
  });

  it("ends where it may not read on", () => {
    const source = new BufferSource(p.pickle(p.none, p.none, CALL, p.stop));
    expect(trial(source, 1, 2)).toMatchObject({ reason: "truncated", end: 2, opcodes: 1 });
    expect(trial(source, 1, undefined, 2)).toMatchObject({ reason: "truncated", imports: 0 });
    expect(trial(source, 1, 1000, 1000)).toMatchObject({ reason: "stop", imports: 1 });
  });

  it("ends at a machine's limit with what was seen before", () => {
    const bytes = Buffer.concat([p.pickle(CALL), Buffer.alloc((1 << 20) + 1, OP.MARK)]);
    expect(trial(new BufferSource(bytes), 0, bytes.length, bytes.length)).toMatchObject({
      reason: "limit",
      end: 0,
      opcodes: 0,
      imports: 1,
      calls: 1,
      acts: true,
    });
  });
});
