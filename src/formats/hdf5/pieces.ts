// The user's own bytes inside elements: texts, opaque blocks, runs of bytes. Numbers are skipped.

import { BufferSource, type ByteSource } from "../../io/byte-source.js";
import { HdfCursor, type HdfSizes } from "./cursor.js";
import type { Datatype } from "./datatype.js";
import type { HdfFile } from "./file.js";
import type { GlobalHeap, HeapReference } from "./heaps.js";

export type Piece =
  | { readonly kind: "inline"; readonly bytes: Uint8Array }
  /** A variable-length value in the global heap: `length` elements. */
  | { readonly kind: "heap"; readonly length: number; readonly element: Datatype; readonly reference: HeapReference };

/** True when elements of this type hold bytes that a program may take for something else than numbers. */
export function holdsBytes(type: Datatype): boolean {
  switch (type.kind) {
    case "string":
    case "opaque":
      return true;
    case "vlen":
      return type.isString || isByte(type.base) || holdsBytes(type.base);
    case "array":
      return isByte(type.base) || holdsBytes(type.base);
    case "compound":
      return type.members.some((member) => holdsBytes(member.type));
    default:
      return false;
  }
}

/** One-byte integers: NumPy keeps pickles in arrays of them. */
export function isByte(type: Datatype): boolean {
  return type.kind === "number" && type.isInteger && type.size === 1;
}

/** The pieces of `count` elements that stand one after the other. */
export function* piecesOf(type: Datatype, raw: Uint8Array, count: number, sizes: HdfSizes): Generator<Piece> {
  if (type.size === 0 || !holdsBytes(type)) return;
  const whole = Math.min(count, Math.floor(raw.length / type.size));
  for (let i = 0; i < whole; i++) yield* piecesOfOne(type, raw.subarray(i * type.size, (i + 1) * type.size), sizes);
}

function* piecesOfOne(type: Datatype, bytes: Uint8Array, sizes: HdfSizes): Generator<Piece> {
  if (type.kind === "string") yield { kind: "inline", bytes: withoutPadding(bytes) };
  else if (type.kind === "opaque") yield { kind: "inline", bytes };
  else if (type.kind === "vlen") yield* vlenPiece(type.isString ? CHARACTER : type.base, bytes, sizes);
  else if (type.kind === "array") {
    if (isByte(type.base)) yield { kind: "inline", bytes };
    else yield* piecesOf(type.base, bytes, type.count, sizes);
  } else if (type.kind === "compound") {
    for (const { offset, type: member } of type.members) {
      yield* piecesOf(member, bytes.subarray(offset, offset + member.size), 1, sizes);
    }
  }
}

function withoutPadding(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

const CHARACTER: Datatype = { kind: "number", size: 1, isInteger: true };

/** Part VIII: length in elements, collection, index. */
function* vlenPiece(element: Datatype, bytes: Uint8Array, sizes: HdfSizes): Generator<Piece> {
  if (bytes.length < 4 + sizes.offset + 4) return;
  const cursor = new HdfCursor(bytes, 0, sizes);
  const length = cursor.u32();
  const collection = cursor.address();
  const index = cursor.u32();
  if (length === 0 || collection === undefined || index === 0) return;
  yield { kind: "heap", length, element, reference: { collection, index } };
}

/** A value as it lies in the file. */
export interface OpenPiece {
  readonly source: ByteSource;
  /** Its first bytes. */
  readonly head: Uint8Array;
}

/** Bytes enough to tell what a value begins with. */
export const HEAD_BYTES = 512;
/** Sequences of sequences: PyTables and h5py write one level. */
const MAX_NESTING = 4;

export function openBytes(bytes: Uint8Array): OpenPiece {
  return { source: new BufferSource(bytes), head: bytes.subarray(0, HEAD_BYTES) };
}

/** What the piece consists of, ready to be read. Values of variable length that hold further ones are taken apart. */
export async function* openPiece(file: HdfFile, heap: GlobalHeap, piece: Piece, depth = 0): AsyncGenerator<OpenPiece> {
  if (piece.kind === "inline") {
    yield openBytes(piece.bytes);
    return;
  }
  const { address, length } = await heap.find(piece.reference);
  const size = Math.min(length, piece.length * Math.max(1, piece.element.size));
  if (!holdsBytes(piece.element) || depth >= MAX_NESTING) {
    const head = await file.window(address, Math.min(size, HEAD_BYTES));
    yield { source: file.view(address, size), head: head.raw(head.remaining) };
    return;
  }
  const inner = await file.block(address, size);
  for (const next of piecesOf(piece.element, inner.raw(size), piece.length, file.sizes)) {
    yield* openPiece(file, heap, next, depth + 1);
  }
}
