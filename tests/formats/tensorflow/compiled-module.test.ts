import { expect, test } from "vitest";
import { ParseError } from "../../../src/errors.js";
import { isModuleBytecode, readModuleStrings } from "../../../src/formats/tensorflow/compiled-module.js";
import { concat } from "../../builders/bytes.js";

/** One byte of MLIR's prefixed varint. */
const small = (value: number) => value * 2 + 1;

function module(strings: readonly string[], before: readonly number[] = []): Uint8Array {
  const lengths = strings.map(({ length }) => small(length + 1)).reverse();
  const section = concat([small(strings.length), ...lengths], `${strings.join("\0")}\0`);
  return concat("ML", [0xef, 0x52, small(6)], "StableHLO\0", before, [0, small(section.length)], section);
}

test("reads the strings of a module", () => {
  const bytes = module(["builtin", "custom_call_v1", "lapack_sgeqrf"]);
  expect(isModuleBytecode(bytes)).toBe(true);
  expect(readModuleStrings(bytes, 0)).toEqual(["builtin", "custom_call_v1", "lapack_sgeqrf"]);
});

test("sections before the strings are passed over", () => {
  expect(readModuleStrings(module(["a"], [1, small(3), 9, 9, 9]), 0)).toEqual(["a"]);
});

test("a length of more bytes is read", () => {
  const long = "x".repeat(200);
  const section = concat([small(1), ((201 << 2) & 0xff) | 2, 201 >> 6], `${long}\0`);
  const length = section.length;
  const bytes = concat("ML", [0xef, 0x52, small(6), 0, 0, ((length << 2) & 0xff) | 2, length >> 6], section);
  expect(readModuleStrings(bytes, 0)).toEqual([long]);
});

test("a count that the section cannot hold is an error", () => {
  const bytes = concat("ML", [0xef, 0x52, small(6), 0, 0, small(2), small(100), 0]);
  expect(() => readModuleStrings(bytes, 0)).toThrow(ParseError);
});

test("every prefix ends", () => {
  const bytes = module(["builtin", "custom_call_v1"]);
  for (let length = 4; length < bytes.length; length++) {
    try {
      readModuleStrings(bytes.subarray(0, length), 0);
    } catch (error) {
      expect(error).toBeInstanceOf(ParseError);
    }
  }
});
