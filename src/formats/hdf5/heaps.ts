// HDF5 File Format Specification, parts III.D and III.E: the local heap (names of old groups) and the global heap (vlen data).

import { ParseError } from "../../errors.js";
import type { HdfFile } from "./file.js";

/** Names of old groups: a group of a million members stays below this. */
const MAX_LOCAL_HEAP_BYTES = 128 << 20;

/** Texts of an old group, or of an external file list, by offset. */
export interface LocalHeap {
  textAt(offset: number): string;
}

export async function readLocalHeap(file: HdfFile, address: number): Promise<LocalHeap> {
  const head = await file.block(address, 8 + 2 * file.sizes.length + file.sizes.offset);
  head.expect("HEAP");
  head.skip(1 + 3); // version, reserved
  const size = head.length();
  head.skip(file.sizes.length); // free list
  const at = head.address();
  if (at === undefined || size > MAX_LOCAL_HEAP_BYTES) {
    throw new ParseError(`local heap of ${size} bytes at ${at}`, file.offsetOf(address));
  }
  const segment = await file.block(at, size);
  const base = segment.offset;
  return {
    textAt: (offset) => {
      segment.seek(base + offset);
      return segment.text();
    },
  };
}

/** Where a variable-length value lies: an object of a global heap collection. */
export interface HeapReference {
  readonly collection: number;
  readonly index: number;
}

/** Bytes of the file, by address. */
export interface Extent {
  readonly address: number;
  readonly length: number;
}

/** Indices have 16 bits. The library writes 4 KiB collections; a larger one holds a single long value. */
const MAX_HEAP_OBJECTS = 1 << 16;
const COLLECTIONS_KEPT = 16;

/** Finds objects of global heap collections by walking their headers; values are not read. */
export class GlobalHeap {
  private readonly collections = new Map<number, ReadonlyMap<number, Extent>>();

  constructor(private readonly file: HdfFile) {}

  async find({ collection, index }: HeapReference): Promise<Extent> {
    const objects = this.collections.get(collection) ?? (await this.load(collection));
    const found = objects.get(index);
    if (found === undefined) {
      throw new ParseError(`no object ${index} in the global heap`, this.file.offsetOf(collection));
    }
    return found;
  }

  private async load(collection: number): Promise<ReadonlyMap<number, Extent>> {
    const objects = await readCollection(this.file, collection);
    const [oldest] = this.collections.keys();
    if (this.collections.size >= COLLECTIONS_KEPT && oldest !== undefined) this.collections.delete(oldest);
    this.collections.set(collection, objects);
    return objects;
  }
}

/** Small collections are read in one go; in a large one the walk jumps over the values. */
const HEAP_WINDOW_BYTES = 4096;

async function readCollection(file: HdfFile, address: number): Promise<ReadonlyMap<number, Extent>> {
  let window = await file.window(address, HEAP_WINDOW_BYTES);
  window.expect("GCOL");
  window.skip(1 + 3); // version, reserved
  const end = address + window.length();
  const objects = new Map<number, Extent>();
  const headBytes = 8 + file.sizes.length;
  for (let at = address + headBytes; at + headBytes <= end; ) {
    if (file.offsetOf(at) + headBytes > window.offset + window.remaining) {
      window = await file.window(at, HEAP_WINDOW_BYTES);
    }
    window.seek(file.offsetOf(at));
    const index = window.u16();
    window.skip(2 + 4); // reference count, reserved
    const length = window.length();
    if (index === 0) break; // free space, always last
    if (at + headBytes + length > end || objects.size >= MAX_HEAP_OBJECTS) {
      throw new ParseError(`global heap object of ${length} bytes leaves its collection`, window.offset);
    }
    objects.set(index, { address: at + headBytes, length });
    at += headBytes + Math.ceil(length / 8) * 8;
  }
  return objects;
}
