// MLIR bytecode: https://mlir.llvm.org/docs/BytecodeFormat/ (version 6), as StableHLO portable artifacts use it

import { ParseError } from "../../errors.js";
import { Cursor } from "../../io/cursor.js";
import type { Extent } from "../protobuf/message.js";
import { type Shape, shape } from "../protobuf/shape.js";

const MAGIC = [0x4d, 0x4c, 0xef, 0x52];
const STRING_SECTION = 0;
const ID_BITS = 0x7f;
const ALIGNED_BIT = 0x80;
/** A module's strings are names of ops, types and targets. */
const MAX_STRINGS = 1 << 20;

export function isModuleBytecode(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/** All strings of a module in bytecode: names of its dialects, ops and call targets among them. `base` is its offset in the artifact. */
export function readModuleStrings(bytes: Uint8Array, base: number): string[] {
  const cursor = new Cursor(bytes, base);
  cursor.skip(MAGIC.length);
  readVarint(cursor);
  while (cursor.u8() !== 0); // the producer's name
  while (cursor.remaining > 0) {
    const id = cursor.u8();
    const length = readVarint(cursor);
    if (id & ALIGNED_BIT) {
      const alignment = readVarint(cursor);
      while (alignment > 1 && (cursor.offset - base) % alignment !== 0) cursor.skip(1);
    }
    if ((id & ID_BITS) === STRING_SECTION)
      return readStrings(new Cursor(cursor.raw(Math.min(length, cursor.remaining)), cursor.offset));
    cursor.skip(length);
  }
  return [];
}

/** The lengths come in reverse order and count the NUL behind each string. */
function readStrings(cursor: Cursor): string[] {
  const count = readVarint(cursor);
  if (count > Math.min(MAX_STRINGS, cursor.remaining)) {
    throw new ParseError(`module with ${count} strings in ${cursor.remaining} bytes`);
  }
  const lengths = Array.from({ length: count }, () => readVarint(cursor)).reverse();
  return lengths.map((length) => cursor.utf8(length).replace(/\0$/, ""));
}

/** The zero bits at the low end of the first byte tell how many bytes follow. */
function readVarint(cursor: Cursor): number {
  const first = cursor.u8();
  if (first === 0) return cursor.length64();
  const following = Math.clz32(first & -first) ^ 31;
  let value = first >>> (following + 1);
  for (let i = 0; i < following; i++) value += cursor.u8() * 2 ** (8 * i + 7 - following);
  return value;
}

const moduleAttributeShape: Shape<readonly Extent[]> = shape("AttrValue", { s: [2, "extent"] }, (m) => m.extents("s"));

const moduleEntryShape: Shape<readonly Extent[]> = shape(
  "map entry",
  { key: [1, "text"], value: [2, () => moduleAttributeShape] },
  (m) => (m.text("key") === "module" ? m.children("value", moduleAttributeShape).flat() : []),
);

/** Where the module of an XlaCallModule node lies. */
export const moduleNodeShape: Shape<readonly Extent[]> = shape("NodeDef", { attr: [5, () => moduleEntryShape] }, (m) =>
  m.children("attr", moduleEntryShape).flat(),
);
