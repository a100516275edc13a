import { describe, expect, it } from "vitest";
import { ParseError } from "../../src/errors.js";
import { BufferSource } from "../../src/io/byte-source.js";
import { ForwardReader } from "../../src/io/forward-reader.js";

const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);

describe("ForwardReader", () => {
  it("reads across windows and skips without reading", async () => {
    const reader = new ForwardReader(new BufferSource(bytes), { window: 8 });
    await reader.load(4);
    expect(reader.u32()).toBe(0x03020100);
    expect(reader.has(8)).toBe(false);
    await reader.load(8);
    expect(reader.u64()).toBe(0x0b0a090807060504n);
    reader.skip(50);
    expect(reader.offset).toBe(62);
    await reader.load(1);
    expect(reader.u8()).toBe(62);
    expect(reader.loaded).toBe(8 + 8 + 8);
  });

  it("reads big-endian numbers from where it is told", async () => {
    const reader = new ForwardReader(new BufferSource(bytes), { start: 16, littleEndian: false });
    await reader.load(8);
    expect([reader.u16(), reader.i16(), reader.u32()]).toEqual([0x1011, 0x1213, 0x14151617]);
  });

  it("refuses what lies beyond the source, read or skipped", async () => {
    const reader = new ForwardReader(new BufferSource(bytes), { start: 96 });
    await expect(reader.load(5)).rejects.toThrow("need 5 bytes at 96, have 4");
    expect(() => reader.skip(5)).toThrow(ParseError);
    expect(() => reader.u8()).toThrow(ParseError);
    reader.skip(4);
    expect(reader.remaining).toBe(0);
  });

  it("notices a source that shrinks while it is read", async () => {
    const shrinking = { size: 100, read: async () => bytes.subarray(0, 3) };
    await expect(new ForwardReader(shrinking).load(8)).rejects.toThrow(ParseError);
  });
});
