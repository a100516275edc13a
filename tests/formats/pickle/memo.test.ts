import { describe, expect, it } from "vitest";
import { Memo } from "../../../src/formats/pickle/memo.js";
import { KIND } from "../../../src/formats/pickle/value.js";

/** Slots that are kept however far off they are: fewer than there are, for speed. */
const FAR_SLOTS = 100;
const FIRST_FAR = 12 << 20;

describe("a memo", () => {
  it("keeps the values of its slots when it grows", () => {
    const memo = new Memo();
    const indices = [0, 1, 255, 256, 1023, 1024, 16_383, 16_384, 65_535, 65_536, 131_071, 131_072, FIRST_FAR, 2 ** 32];
    for (const index of indices) memo.set(index, KIND.STR, index + 7);
    for (const index of indices) expect(memo.get(index)).toEqual({ kind: KIND.STR, data: index + 7 });
    for (const index of indices) expect(memo.get(index + 2)).toBeUndefined();
    expect(memo.size).toBe(indices.length);
    for (const index of indices) memo.set(index, KIND.INT, index);
    expect(memo.size).toBe(indices.length);
  });

  it("forgets far-off slots when there are too many, but not what could be called", () => {
    const memo = new Memo(FAR_SLOTS);
    for (let i = 0; i < FAR_SLOTS; i++) memo.set(FIRST_FAR + i, KIND.STR, i);
    const next = FIRST_FAR + FAR_SLOTS;
    expect(memo.get(next - 1)).toEqual({ kind: KIND.STR, data: FAR_SLOTS - 1 });
    memo.set(next, KIND.STR, 1);
    memo.set(next + 1, KIND.GLOBAL, 2);
    memo.set(next + 2, KIND.CALL, 3);
    expect(memo.get(next)).toEqual({ kind: KIND.UNKNOWN, data: 0 });
    expect(memo.get(next + 1)).toEqual({ kind: KIND.GLOBAL, data: 2 });
    expect(memo.get(next + 2)).toEqual({ kind: KIND.CALL, data: 3 });
    expect(memo.get(next + 3)).toBeUndefined();
    expect(memo.size).toBe(FAR_SLOTS + 3);
    // Slots that are known may be filled again, but of one that is forgotten nobody knows whether it counts.
    memo.set(FIRST_FAR, KIND.STR, 9);
    memo.set(next + 1, KIND.STR, 9);
    expect(memo.size).toBe(FAR_SLOTS + 3);
    expect(() => memo.set(next, KIND.GLOBAL, 1)).toThrow("may be filled already");
    memo.set(next + 5, KIND.NONE, 0);
    expect(memo.size).toBe(FAR_SLOTS + 4);
    for (let i = 2; i < FAR_SLOTS; i++) memo.set(next + 4 + i, KIND.GLOBAL, i);
    expect(() => memo.set(2 * next, KIND.GLOBAL, 0)).toThrow("more than 200 far-off memo slots");
    expect(memo.get(next + 6)).toEqual({ kind: KIND.GLOBAL, data: 2 });
  });
});
