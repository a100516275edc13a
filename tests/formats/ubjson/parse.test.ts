import { describe, expect, it } from "vitest";
import { ParseError } from "../../../src/errors.js";
import { isJsonObject, jsonAt } from "../../../src/formats/json/value.js";
import { parseUbjson } from "../../../src/formats/ubjson/parse.js";
import { concat, u64, zeros } from "../../builders/bytes.js";
import { ubjson } from "../../builders/ubjson.js";

describe("parseUbjson", () => {
  it("reads maps, lists, packed numbers and texts", () => {
    const value = parseUbjson(ubjson({ a: [1, -2, "é"], b: { c: new Float32Array([0.5, 2]), d: null }, e: true }));
    expect(jsonAt(value, "a")).toEqual([1, -2, "é"]);
    expect(jsonAt(value, "b", "c")).toEqual([0.5, 2]);
    expect(jsonAt(value, "b", "d")).toBeNull();
    expect(isJsonObject(value) && value.size).toBe(3);
  });

  it("reads containers that a marker ends and integers of all widths", () => {
    const bytes = concat("[", "i", [0xff], "U", [0xff], "I", [0xff, 0xfe], "L", u64(2n ** 60n, false), "]");
    expect(parseUbjson(bytes)).toEqual([-1, 255, -2, 2n ** 60n]);
  });

  it.each([
    ["a count beyond the bytes", concat("[#L", u64(1n << 40n, false))],
    ["a list of constants without bytes", concat("[$Z#L", u64(1n << 30n, false))],
    ["a negative length", concat("Si", [0xff])],
    ["a length that is a text", concat("SSi", [1])],
    ["a type without a count", concat("[$d]")],
    ["an unknown marker", concat("[?]")],
    ["bytes behind the value", concat(ubjson({ a: 1 }), zeros(3))],
    ["no end", concat("{")],
    ["nesting without end", concat("[".repeat(100_000))],
  ])("refuses %s", (_what, bytes) => {
    expect(() => parseUbjson(bytes)).toThrow(ParseError);
  });

  it("refuses every prefix", () => {
    const whole = ubjson({ a: [1, "text"], b: new Float32Array([1, 2]) });
    for (let length = 0; length < whole.length; length++)
      expect(() => parseUbjson(whole.subarray(0, length))).toThrow(ParseError);
  });
});
