// HDF5 File Format Specification, part IV.A.2.i: where a dataset's elements are.

import { ParseError } from "../../errors.js";
import type { HdfCursor } from "./cursor.js";
import { MAX_RANK } from "./dataspace.js";

export type Layout =
  | { readonly kind: "compact"; readonly bytes: Uint8Array; readonly offset: number }
  | { readonly kind: "contiguous"; readonly address: number | undefined; readonly length: number }
  | { readonly kind: "chunked"; readonly index: ChunkIndex; readonly chunkDims: readonly number[] }
  /** Assembled out of datasets of other files; the mapping is an object of a global heap. */
  | { readonly kind: "virtual"; readonly collection: number | undefined; readonly index: number };

export type ChunkIndex =
  | { readonly kind: "btree-v1"; readonly address: number | undefined }
  | {
      readonly kind: "single";
      readonly address: number | undefined;
      /** Bytes stored, where filters changed them. */
      readonly stored: number | undefined;
      readonly mask: number;
    }
  | { readonly kind: "implicit"; readonly address: number | undefined }
  /** Fixed and extensible arrays and version 2 B-trees: read by the library. */
  | { readonly kind: "newer" };

const CLASS = { compact: 0, contiguous: 1, chunked: 2, virtual: 3 } as const;
const SINGLE_CHUNK = 1;
const IMPLICIT = 2;
const SINGLE_IS_FILTERED = 0x02;

export function readLayout(cursor: HdfCursor): Layout {
  const start = cursor.offset;
  const version = cursor.u8();
  if (version >= 1 && version <= 2) return readOldLayout(cursor, start);
  if (version < 3 || version > 5) throw new ParseError(`layout version ${version} is not known`, start);
  const layoutClass = cursor.u8();
  switch (layoutClass) {
    case CLASS.compact: {
      const length = cursor.u16();
      return { kind: "compact", offset: cursor.offset, bytes: cursor.raw(length) };
    }
    case CLASS.contiguous:
      return { kind: "contiguous", address: cursor.address(), length: cursor.length() };
    case CLASS.chunked:
      return version === 3 ? readChunked3(cursor) : readChunked4(cursor);
    case CLASS.virtual:
      return { kind: "virtual", collection: cursor.address(), index: cursor.u32() };
    default:
      throw new ParseError(`layout class ${layoutClass} is not known`, start);
  }
}

/** Versions 1 and 2 state the dataset's size by its dimensions, the last of which counts bytes. */
function readOldLayout(cursor: HdfCursor, start: number): Layout {
  const rank = readRank(cursor);
  const layoutClass = cursor.u8();
  cursor.skip(5); // reserved
  const address = layoutClass === CLASS.compact ? undefined : cursor.address();
  const dims = readDims(cursor, rank, 4);
  if (layoutClass === CLASS.chunked) {
    return { kind: "chunked", index: { kind: "btree-v1", address }, chunkDims: dims };
  }
  if (layoutClass === CLASS.contiguous) {
    return { kind: "contiguous", address, length: dims.reduce((product, size) => product * size, 1) };
  }
  if (layoutClass !== CLASS.compact) throw new ParseError(`layout class ${layoutClass} is not known`, start);
  const length = cursor.u32();
  return { kind: "compact", offset: cursor.offset, bytes: cursor.raw(length) };
}

function readChunked3(cursor: HdfCursor): Layout {
  const rank = readRank(cursor);
  const address = cursor.address();
  return { kind: "chunked", index: { kind: "btree-v1", address }, chunkDims: readDims(cursor, rank, 4) };
}

function readChunked4(cursor: HdfCursor): Layout {
  const flags = cursor.u8();
  const rank = readRank(cursor);
  const chunkDims = readDims(cursor, rank, cursor.u8());
  const type = cursor.u8();
  if (type === SINGLE_CHUNK) {
    const isFiltered = (flags & SINGLE_IS_FILTERED) !== 0;
    const stored = isFiltered ? cursor.length() : undefined;
    const mask = isFiltered ? cursor.u32() : 0;
    return { kind: "chunked", index: { kind: "single", stored, mask, address: cursor.address() }, chunkDims };
  }
  if (type === IMPLICIT) return { kind: "chunked", index: { kind: "implicit", address: cursor.address() }, chunkDims };
  return { kind: "chunked", index: { kind: "newer" }, chunkDims };
}

/** One more than the dataspace's: the last dimension is the element's size. */
function readRank(cursor: HdfCursor): number {
  const rank = cursor.u8();
  if (rank > MAX_RANK + 1) throw new ParseError(`layout of rank ${rank}`, cursor.offset);
  return rank;
}

function readDims(cursor: HdfCursor, rank: number, width: number): number[] {
  if (width > 8) throw new ParseError(`chunk dimensions of ${width} bytes`, cursor.offset);
  const dims: number[] = [];
  for (let i = 0; i < rank; i++) dims.push(cursor.uint(width));
  return dims;
}
