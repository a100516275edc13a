// Field orders of code objects: PyCode_Type in r_object of Python/marshal.c, releases 2.7, 3.6, 3.8, 3.11 and 3.14.
import type { MarshalReader } from "./read-marshal.js";
import { type CodeLayout, type CodeObject, type MarshalValue, textsOf } from "./value.js";

const TYPE_BYTES = 0x73;
const TYPE_TUPLES = [0x28, 0x29];
const TYPE_REFERENCE = 0x72;
const FLAG_REF = 0x80;
/** 32-bit fields before the bytecode: 2.x has 4, 3.0 to 3.7 and 3.11 on have 5, 3.8 to 3.10 have 6. */
const FIELD_COUNTS = [5, 6, 4];

/**
 * How many 32-bit fields the code object at `offset` (just after its type byte) can have, judged by where its bytecode could begin.
 * More than one answer is possible in a file that was made for it; each is a reading of its own.
 */
export function codeFieldCounts(bytes: Uint8Array, offset = 1): number[] {
  return FIELD_COUNTS.filter((count) => {
    const at = offset + 4 * count;
    if (((bytes[at] ?? 0) & ~FLAG_REF) !== TYPE_BYTES || at + 5 > bytes.length) return false;
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 1, true);
    const next = at + 5 + length;
    if (next >= bytes.length) return false;
    const type = (bytes[next] ?? 0) & ~FLAG_REF;
    return TYPE_TUPLES.includes(type) || type === TYPE_REFERENCE;
  });
}

/** Reads a code object of any version; the type byte is already consumed. */
export function readCodeObject(reader: MarshalReader): CodeObject {
  const { cursor } = reader;
  const [count] = reader.codeFields ? [reader.codeFields] : codeFieldCounts(reader.bytes, cursor.offset);
  if (count === undefined) throw reader.error("not a code object of a known Python version");
  const fields = Array.from({ length: count }, () => cursor.i32());
  const code = reader.raw();
  const constants = reader.tuple();
  const names = reader.texts();
  const locals = reader.texts();
  const fifth = reader.value();
  const rest = { reader, code, constants, names, locals };
  // 3.11 follows the variables' names by a byte string of their kinds, earlier versions by a tuple of free variables.
  if (fifth instanceof Uint8Array) return readFlat(rest, fields);
  const free = reader.required(textsOf(fifth), "a code object's free variables are not a tuple");
  return readTripled(rest, fields, free);
}

interface Begun {
  readonly reader: MarshalReader;
  readonly code: Uint8Array;
  readonly constants: readonly MarshalValue[];
  readonly names: readonly string[];
  readonly locals: readonly string[];
}

/** 3.11 on: one table of locals, cells and free variables. */
function readFlat({ reader, ...begun }: Begun, fields: readonly number[]): CodeObject {
  const filename = reader.text();
  const name = reader.text();
  reader.text(); // qualified name
  reader.cursor.skip(4); // first line
  reader.value(); // line table
  const table = reader.value();
  const exceptionTable = table instanceof Uint8Array ? table : new Uint8Array();
  const [argumentCount = 0, , , , flags = 0] = fields;
  return { kind: "code", layout: "3.11", name, argumentCount, flags, ...begun, cells: [], filename, exceptionTable };
}

/** Up to 3.10: variables, free variables and cells in three tuples. */
function readTripled({ reader, ...begun }: Begun, fields: readonly number[], free: readonly string[]): CodeObject {
  const cells = [...reader.texts(), ...free];
  const filename = reader.text();
  const name = reader.text();
  reader.cursor.skip(4); // first line
  reader.value(); // line table
  const layout = layoutOf(fields.length);
  return {
    kind: "code",
    layout,
    name,
    argumentCount: fields[0] ?? 0,
    flags: fields[fields.length - 1] ?? 0,
    ...begun,
    cells,
    filename,
  };
}

function layoutOf(fieldCount: number): CodeLayout {
  if (fieldCount === 4) return "2.x";
  return fieldCount === 5 ? "3.0" : "3.8";
}
