import { ParseError } from "../../errors.js";
import type { SyncByteSource } from "../../io/byte-source.js";

const PAGE_BYTES = 1 << 16;
/** 8 MiB: structure lies close together, weights are not read. */
const MAX_PAGES = 128;

/** Random access to little-endian numbers of a source, through a bounded set of pages. Every access is checked against the source's size. */
export class Pages {
  private readonly pages = new Map<number, DataView>();
  private last: DataView;
  private lastBase = 0;
  /** Bytes fetched so far. */
  loaded = 0;

  constructor(private readonly source: SyncByteSource) {
    this.last = this.fetch(0);
  }

  get size(): number {
    return this.source.size;
  }

  u8(offset: number): number {
    return this.view(offset, 1).getUint8(offset - this.lastBase);
  }

  u16(offset: number): number {
    return this.view(offset, 2).getUint16(offset - this.lastBase, true);
  }

  u32(offset: number): number {
    return this.view(offset, 4).getUint32(offset - this.lastBase, true);
  }

  i32(offset: number): number {
    return this.view(offset, 4).getInt32(offset - this.lastBase, true);
  }

  u64(offset: number): bigint {
    return this.view(offset, 8).getBigUint64(offset - this.lastBase, true);
  }

  /** Bytes that lie anywhere; not kept among the pages. */
  bytes(offset: number, length: number): Uint8Array {
    this.check(offset, length);
    this.loaded += length;
    return this.source.readSync(offset, length);
  }

  /** Throws unless the range lies inside the source. */
  check(offset: number, length: number): void {
    if (!(offset >= 0) || !(length >= 0) || offset + length > this.size) {
      throw new ParseError(`need ${length} bytes at ${offset}, the file ends at ${this.size}`, offset);
    }
  }

  /** A page that holds the whole range; pages overlap by 8 bytes so that one always does. */
  private view(offset: number, length: number): DataView {
    const start = offset - this.lastBase;
    if (start >= 0 && start + length <= this.last.byteLength) return this.last;
    this.check(offset, length);
    const base = Math.floor(offset / PAGE_BYTES) * PAGE_BYTES;
    this.last = this.pages.get(base) ?? this.fetch(base);
    this.lastBase = base;
    if (offset - base + length > this.last.byteLength) {
      throw new ParseError(`need ${length} bytes at ${offset}, the file shrank`, offset);
    }
    return this.last;
  }

  private fetch(base: number): DataView {
    const bytes = this.source.readSync(base, PAGE_BYTES + 8);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (this.pages.size >= MAX_PAGES) {
      const [oldest] = this.pages.keys();
      if (oldest !== undefined) this.pages.delete(oldest);
    }
    this.pages.set(base, view);
    this.loaded += bytes.length;
    return view;
  }
}
