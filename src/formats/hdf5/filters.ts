// HDF5 File Format Specification, part IV.A.2.l: the filters that chunks go through, and those that need no library.

import { inflateSync } from "node:zlib";
import { ParseError } from "../../errors.js";
import type { HdfCursor } from "./cursor.js";
import { decodeLzf } from "./lzf.js";
import { UnsupportedError } from "./unsupported.js";

export interface Filter {
  readonly id: number;
  readonly name: string;
  readonly parameters: readonly number[];
}

/** H5Z_MAX_NFILTERS. */
const MAX_FILTERS = 32;
/** From here on a filter is a library that libhdf5 looks for in its plugin folders and loads. */
export const FIRST_PLUGIN_FILTER = 256;
const DEFLATE = 1;
const SHUFFLE = 2;
const FLETCHER32 = 3;
const LZF = 32000;

export function readFilters(cursor: HdfCursor): Filter[] {
  const start = cursor.offset;
  const version = cursor.u8();
  if (version !== 1 && version !== 2) throw new ParseError(`filter pipeline version ${version} is not known`, start);
  const count = cursor.u8();
  if (count > MAX_FILTERS) throw new ParseError(`${count} filters, limit ${MAX_FILTERS}`, start);
  if (version === 1) cursor.skip(6); // reserved
  const filters: Filter[] = [];
  for (let i = 0; i < count; i++) filters.push(readFilter(cursor, version));
  return filters;
}

function readFilter(cursor: HdfCursor, version: number): Filter {
  const id = cursor.u16();
  const nameBytes = version === 1 || id >= FIRST_PLUGIN_FILTER ? cursor.u16() : 0;
  cursor.skip(2); // flags: whether the filter may be missing
  const count = cursor.u16();
  const stored = version === 1 ? Math.ceil(nameBytes / 8) * 8 : nameBytes;
  const [name = ""] = cursor.latin1(stored).split("\0", 1);
  const parameters: number[] = [];
  for (let i = 0; i < count; i++) parameters.push(cursor.u32());
  if (version === 1 && count % 2 === 1) cursor.skip(4); // padding
  return { id, name, parameters };
}

export interface Chunk {
  readonly bytes: Uint8Array;
  /** Bit n set: filter n was left out for this chunk. */
  readonly mask: number;
  /** What must come out. */
  readonly size: number;
}

/** Undoes the filters of one chunk, last applied first. */
export function decodeChunk(filters: readonly Filter[], chunk: Chunk): Uint8Array {
  let bytes = chunk.bytes;
  for (let i = filters.length - 1; i >= 0; i--) {
    const filter = filters[i];
    if (filter !== undefined && (chunk.mask & (1 << i)) === 0) bytes = undo(filter, bytes, chunk.size);
  }
  return bytes;
}

function undo(filter: Filter, bytes: Uint8Array, size: number): Uint8Array {
  if (filter.id === DEFLATE) return inflate(bytes, size);
  if (filter.id === SHUFFLE) return unshuffle(bytes, filter.parameters[0] ?? 1);
  if (filter.id === FLETCHER32) return bytes.subarray(0, Math.max(0, bytes.length - 4));
  if (filter.id === LZF) return decodeLzf(bytes, size);
  const name = filter.name === "" ? "" : ` (${filter.name})`;
  throw new UnsupportedError(`data behind filter ${filter.id}${name}`, undefined, filter.id < FIRST_PLUGIN_FILTER);
}

/** A checksum may follow the elements, so a few bytes more than the chunk's size may come out. */
const CHECKSUM_ROOM = 64;

function inflate(bytes: Uint8Array, size: number): Uint8Array {
  try {
    return inflateSync(bytes, { maxOutputLength: size + CHECKSUM_ROOM });
  } catch (error) {
    throw new ParseError(`a chunk of ${bytes.length} bytes does not inflate to ${size}`, undefined, { cause: error });
  }
}

/** Bytes were stored plane by plane: all first bytes of the elements, then all second ones ... */
function unshuffle(bytes: Uint8Array, elementBytes: number): Uint8Array {
  if (elementBytes <= 1 || elementBytes > bytes.length) return bytes;
  const count = Math.floor(bytes.length / elementBytes);
  const result = Uint8Array.from(bytes);
  for (let plane = 0; plane < elementBytes; plane++) {
    for (let i = 0; i < count; i++) result[i * elementBytes + plane] = bytes[plane * count + i] ?? 0;
  }
  return result;
}
