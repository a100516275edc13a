import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ParseError } from "../../../src/errors.js";
import { Pages } from "../../../src/formats/flatbuffers/pages.js";
import { type FlatTable, rootTable } from "../../../src/formats/flatbuffers/table.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { bytesVector, flatbuffer, i8, i32, i64, ints, list, table } from "../../builders/flatbuffer.js";

const whole = flatbuffer(
  table({
    0: i8(7),
    1: i32(-2),
    2: i64(1n << 60n),
    3: "name",
    4: ints([1, -1]),
    5: list([table({ 0: "a" }), table({ 0: "b" })]),
    7: bytesVector(Uint8Array.of(1, 2, 3)),
  }),
  "TEST",
);

function root(bytes: Uint8Array): FlatTable {
  return rootTable(new Pages(new BufferSource(bytes)));
}

function readAll(bytes: Uint8Array): unknown[] {
  const one = root(bytes);
  const numbers = one.vector(4, 4);
  return [
    one.u8(0),
    one.i32(1),
    one.u64(2),
    one.string(3),
    numbers && [numbers.i32(0), numbers.i32(1)],
    [...(one.vector(5, 4)?.tables() ?? [])].map((inner) => inner.string(0)),
    one.has(6),
    one.vector(7, 1)?.byteLength,
  ];
}

describe("the flatbuffer reader", () => {
  it("reads fields, and the defaults of those that are not there", () => {
    expect(readAll(whole)).toEqual([7, -2, 1n << 60n, "name", [1, -1], ["a", "b"], false, 3]);
    expect(root(whole).u32(6, 5)).toBe(5);
    expect(root(whole).string(40)).toBeUndefined();
  });

  it("refuses an element outside its vector", () => {
    expect(() => root(whole).vector(4, 4)?.i32(2)).toThrow("element 2 of a vector of 2");
  });

  it("ends at every truncation and every change of a byte with a ParseError or a value", () => {
    const attempt = (bytes: Uint8Array) => {
      try {
        readAll(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ParseError);
      }
    };
    for (let length = 0; length < whole.length; length++) attempt(whole.subarray(0, length));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = whole.slice();
        changed[at] = byte;
        attempt(changed);
      }),
      { numRuns: 2000 },
    );
  });

  it("reads numbers that straddle its pages", () => {
    const bytes = new Uint8Array(200_000);
    const view = new DataView(bytes.buffer);
    view.setUint32(65_534, 0x01020304, true);
    view.setBigUint64(131_069, 5n, true);
    const pages = new Pages(new BufferSource(bytes));
    expect(pages.u32(65_534)).toBe(0x01020304);
    expect(pages.u64(131_069)).toBe(5n);
    expect(() => pages.u32(199_997)).toThrow("need 4 bytes at 199997, the file ends at 200000");
  });
});
