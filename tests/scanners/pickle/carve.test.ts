import { describe, expect, it } from "vitest";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource, type SyncByteSource } from "../../../src/io/byte-source.js";
import { findPickle } from "../../../src/scanners/pickle/carve.js";
import * as p from "../../builders/pickle.js";
import { SparseSource } from "../../builders/sparse.js";
import { policy } from "./scan.js";

const MEBIBYTE = 1 << 20;
const find = (source: SyncByteSource, from = 0, to = source.size) =>
  findPickle(source, from, to, { policy, budget: new Budget(policy.limits) });
const bytes = (...pieces: readonly p.Piece[]) => new BufferSource(p.pickle(...pieces));

/** Looks like the beginning of a pickle, and breaks at once. */
const DECOY = [0x80, 4, 0x30, 0xff, 0xff];
const RUNS = p.osSystem();
/** Calls nothing. */
const IMPORTS = p.pickle(p.proto(2), p.global("os", "system"), p.stop);
const UNMARKED = RUNS.subarray(2);

describe("a pickle among other bytes", () => {
  it("is found behind others that only begin like one, and before them", () => {
    expect(find(bytes(DECOY, DECOY, RUNS, DECOY, DECOY))).toBe(10);
    expect(find(bytes(DECOY, [0x80, 2, 0x30, 0xff], IMPORTS, DECOY))).toBe(9);
    expect(find(bytes(DECOY, DECOY))).toBeUndefined();
  });

  it("is found where it is all that there is, with or without a mark", () => {
    for (const pickle of [RUNS, IMPORTS, UNMARKED]) expect(find(bytes(pickle))).toBe(0);
    expect(find(bytes([0xff], UNMARKED), 1)).toBe(1);
    expect(find(bytes([0xff], UNMARKED))).toBeUndefined();
  });

  it("is looked for up to the end that is given", () => {
    expect(find(bytes([0xff], RUNS), 0, 1)).toBeUndefined();
    expect(find(bytes(RUNS, [0xff, 0xff], RUNS), 1)).toBe(RUNS.length + 2);
  });

  it("is looked for in 16 MiB at either end, for tensors lie between", () => {
    const at = (offset: number) => find(new SparseSource(40 * MEBIBYTE, [{ at: offset, bytes: RUNS }]));
    for (const offset of [15 * MEBIBYTE, 25 * MEBIBYTE]) expect(at(offset)).toBe(offset);
    expect(at(20 * MEBIBYTE)).toBeUndefined();
  });
});
