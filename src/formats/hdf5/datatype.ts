// HDF5 File Format Specification, part IV.A.2.d: the datatype message, versions 1 to 5.

import { ParseError } from "../../errors.js";
import type { HdfCursor } from "./cursor.js";

/** A type as far as it tells where bytes and texts are. `size` is that of one element, in bytes. */
export type Datatype =
  | { readonly kind: "number"; readonly size: number; readonly isInteger: boolean }
  | { readonly kind: "string"; readonly size: number }
  | { readonly kind: "opaque"; readonly size: number; readonly tag: string }
  | { readonly kind: "compound"; readonly size: number; readonly members: readonly CompoundMember[] }
  | { readonly kind: "vlen"; readonly size: number; readonly isString: boolean; readonly base: Datatype }
  | { readonly kind: "array"; readonly size: number; readonly count: number; readonly base: Datatype }
  /** References, and whatever a later version adds: no bytes of the user's. */
  | { readonly kind: "other"; readonly size: number };

export interface CompoundMember {
  readonly name: string;
  readonly offset: number;
  readonly type: Datatype;
}

/** libhdf5 itself has no limit; types of real files are three or four deep. */
const MAX_DEPTH = 32;
/** Members of one type and all types inside it. */
const MAX_MEMBERS = 20_000;

const CLASS = {
  fixed: 0,
  float: 1,
  time: 2,
  string: 3,
  bitfield: 4,
  opaque: 5,
  compound: 6,
  reference: 7,
  enumeration: 8,
  vlen: 9,
  array: 10,
  complex: 11,
} as const;

export function readDatatype(cursor: HdfCursor): Datatype {
  return readType(cursor, { depth: 0, members: { left: MAX_MEMBERS } });
}

interface Nesting {
  readonly depth: number;
  readonly members: { left: number };
}

interface TypeHead {
  readonly version: number;
  /** The 24 bits whose meaning depends on the class. */
  readonly bits: number;
  readonly size: number;
}

function readType(cursor: HdfCursor, nesting: Nesting): Datatype {
  const start = cursor.offset;
  if (nesting.depth > MAX_DEPTH) throw new ParseError(`datatype nested deeper than ${MAX_DEPTH}`, start);
  const first = cursor.u8();
  const head: TypeHead = { version: first >> 4, bits: cursor.uint(3), size: cursor.u32() };
  const typeClass = first & 0x0f;
  const read = READERS.get(typeClass);
  if (read === undefined) throw new ParseError(`datatype class ${typeClass} is not known`, start);
  return read(cursor, head, { ...nesting, depth: nesting.depth + 1 });
}

type Reader = (cursor: HdfCursor, head: TypeHead, nesting: Nesting) => Datatype;

function numberReader(propertyBytes: number, isInteger: boolean): Reader {
  return (cursor, { size }) => {
    cursor.skip(propertyBytes);
    return { kind: "number", size, isInteger };
  };
}

const READERS: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [CLASS.fixed, numberReader(4, true)],
  [CLASS.float, numberReader(12, false)],
  [CLASS.time, numberReader(2, false)],
  [CLASS.bitfield, numberReader(4, false)],
  [CLASS.string, (_, { size }) => ({ kind: "string", size })],
  [CLASS.opaque, readOpaque],
  [CLASS.compound, readCompound],
  [CLASS.reference, (_, { size }) => ({ kind: "other", size })],
  [CLASS.enumeration, readEnumeration],
  [CLASS.vlen, readVlen],
  [CLASS.array, readArray],
  [CLASS.complex, readComplex],
]);

function readOpaque(cursor: HdfCursor, { bits, size }: TypeHead): Datatype {
  const tag = cursor.latin1(bits & 0xff).replace(/\0{1,255}$/, "");
  return { kind: "opaque", size, tag };
}

function readCompound(cursor: HdfCursor, { version, bits, size }: TypeHead, nesting: Nesting): Datatype {
  const count = bits & 0xffff;
  nesting.members.left -= count;
  if (nesting.members.left < 0) throw new ParseError(`datatype with more than ${MAX_MEMBERS} members`, cursor.offset);
  const members: CompoundMember[] = [];
  for (let i = 0; i < count; i++) members.push(readMember(cursor, version, size, nesting));
  return { kind: "compound", size, members };
}

function readMember(cursor: HdfCursor, version: number, compoundSize: number, nesting: Nesting): CompoundMember {
  const start = cursor.offset;
  const name = cursor.text();
  if (version < 3) cursor.align(8, start);
  const offset = version < 3 ? cursor.u32() : cursor.uint(bytesFor(compoundSize));
  if (version > 1) return { name, offset, type: readType(cursor, nesting) };
  const rank = cursor.u8();
  cursor.skip(3 + 4 + 4); // reserved, permutation, reserved
  const dims = [cursor.u32(), cursor.u32(), cursor.u32(), cursor.u32()];
  const base = readType(cursor, nesting);
  if (rank === 0) return { name, offset, type: base };
  return { name, offset, type: arrayOf(base, dims.slice(0, rank), compoundSize, start) };
}

/** Bytes that hold every offset up to `limit`. */
function bytesFor(limit: number): number {
  let bytes = 1;
  for (let rest = Math.floor(limit / 256); rest > 0; rest = Math.floor(rest / 256)) bytes++;
  return bytes;
}

function readEnumeration(cursor: HdfCursor, { version, bits, size }: TypeHead, nesting: Nesting): Datatype {
  const count = bits & 0xffff;
  const base = readType(cursor, nesting);
  for (let i = 0; i < count; i++) {
    const start = cursor.offset;
    cursor.text();
    if (version < 3) cursor.align(8, start);
  }
  cursor.skip(count * base.size);
  return { kind: "number", size, isInteger: false };
}

function readVlen(cursor: HdfCursor, { bits, size }: TypeHead, nesting: Nesting): Datatype {
  return { kind: "vlen", size, isString: (bits & 0x0f) === 1, base: readType(cursor, nesting) };
}

function readArray(cursor: HdfCursor, { version, size }: TypeHead, nesting: Nesting): Datatype {
  const start = cursor.offset;
  const rank = cursor.u8();
  if (version < 3) cursor.skip(3); // reserved
  const dims: number[] = [];
  for (let i = 0; i < rank; i++) dims.push(cursor.u32());
  if (version < 3) cursor.skip(4 * rank); // permutation
  return arrayOf(readType(cursor, nesting), dims, size, start);
}

function arrayOf(base: Datatype, dims: readonly number[], available: number, start: number): Datatype {
  const count = dims.reduce((product, size) => product * size, 1);
  const size = count * base.size;
  if (size > available) throw new ParseError(`array of ${size} bytes in a type of ${available}`, start);
  return { kind: "array", size, count, base };
}

function readComplex(cursor: HdfCursor, { size }: TypeHead, nesting: Nesting): Datatype {
  readType(cursor, nesting);
  return { kind: "number", size, isInteger: false };
}
