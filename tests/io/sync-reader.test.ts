import { describe, expect, it } from "vitest";
import { BufferSource } from "../../src/io/byte-source.js";
import { SyncReader } from "../../src/io/sync-reader.js";

const reader = (...bytes: readonly number[]) => new SyncReader(new BufferSource(Uint8Array.from(bytes)));

describe("a reader that goes forward", () => {
  it("reads numbers in either order of bytes", () => {
    expect(reader(1, 0, 0, 0).u32()).toBe(1);
    const big = new SyncReader(new BufferSource(Uint8Array.of(0, 0, 0, 1, 0xff)), false);
    expect([big.i32(), big.u8(), big.remaining]).toEqual([1, 255, 0]);
  });

  it("goes on behind the end of its window", () => {
    const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251);
    const from = new SyncReader(new BufferSource(bytes));
    from.skip(65_534);
    expect([...from.raw(4)]).toEqual([...bytes.subarray(65_534, 65_538)]);
    from.skip(100_000);
    expect(from.peek()).toBe(bytes[165_538]);
    expect(from.offset).toBe(165_538);
    expect(from.loaded).toBeLessThan(bytes.length);
  });

  it("names what is missing", () => {
    expect(() => reader(1, 2).u32()).toThrow("need 4 bytes at 0, have 2");
    expect(() => reader(1, 2).skip(3)).toThrow("need 3 bytes at 0, have 2");
    expect(() => reader(1, 2).raw(-1)).toThrow("need -1 bytes");
    expect(() => reader(1, 2).seek(3)).toThrow("position 3 is outside");
    expect(reader().peek()).toBeUndefined();
  });
});
