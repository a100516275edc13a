import { describe, expect, it } from "vitest";
import { PickleMachine } from "../../../src/formats/pickle/machine.js";
import type { Value } from "../../../src/formats/pickle/value.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { keysOf, StorageTable } from "../../../src/scanners/pickle/storages.js";
import { StreamJudge } from "../../../src/scanners/pickle/stream-judge.js";
import { listOf, named, tupleOf, whole } from "../../attacks/pickle-calls.js";
import * as p from "../../builders/pickle.js";
import { policy } from "./scan.js";

function run(...pieces: readonly p.Piece[]) {
  const table = new StorageTable();
  const judge = new StreamJudge({ policy, storages: true, storageTable: table, readArray: () => undefined });
  new PickleMachine(new BufferSource(whole(...pieces)), judge, new Budget(policy.limits)).run(0);
  return { table, judge };
}

const FLOATS = named("torch", "FloatStorage");
const id = (...items: readonly p.Piece[]) => p.pickle(tupleOf(...items), p.binpersid);
const float = (key: string) => id(p.text("storage"), FLOATS, p.text(key), p.text("cpu"), p.int(1));

describe("the storages that a legacy file refers to", () => {
  it("are known by their keys, in the order of texts", () => {
    expect(run(float("9"), p.pop, float("10"), p.pop, float("9")).table.sortedKeys()).toEqual(["10", "9"]);
  });

  it.each<[string, p.Piece]>([
    ["of a module", id(p.text("module"), FLOATS, p.text("0"))],
    ["of a class without a size", id(p.text("storage"), named("torch", "Tensor"), p.text("0"))],
    ["of a text for a class", id(p.text("storage"), p.text("FloatStorage"), p.text("0"))],
    ["under a key that is no text", id(p.text("storage"), FLOATS, p.int(0))],
    ["without a key", id(p.text("storage"), FLOATS)],
    ["without a class", id(p.text("storage"))],
    ["that are nothing", id()],
    ["that are no tuple", p.pickle(p.text("storage"), p.binpersid)],
    ["tagged by a number", id(p.int(0), FLOATS, p.text("0"))],
  ])("are no references %s", (_, reference) => {
    expect(run(reference).table.sortedKeys()).toEqual([]);
  });

  it("stand behind the pickles, each with its count of elements", () => {
    const { table } = run(float("0"), p.pop, float("1"));
    const storage = (count: number) => p.pickle(p.le(count, 8), new Uint8Array(4 * count));
    const source = new BufferSource(p.pickle([7, 7], storage(3), storage(0)));
    expect(table.skip(source, ["0", "1"], 2)).toBe(source.size);
    expect(table.skip(source, ["0"], 2)).toBe(2 + 8 + 12);
    for (const keys of [
      ["0", "2"],
      ["0", undefined],
      ["0", "1", "0"],
    ])
      expect(table.skip(source, keys, 2)).toBeUndefined();
  });

  it("are listed by a list of texts alone", () => {
    const listed = (...pieces: readonly p.Piece[]) => {
      const { judge } = run(...pieces);
      const list: Value | undefined = judge.result;
      return list && keysOf(judge.inspect, list);
    };
    expect(listed(listOf(p.text("1"), p.text("0")))).toEqual(["1", "0"]);
    expect(listed(listOf(p.text("1"), p.int(0)))).toEqual(["1", undefined]);
    expect(listed(tupleOf(p.text("1")))).toBeUndefined();
    expect(listed(p.none)).toBeUndefined();
  });
});
