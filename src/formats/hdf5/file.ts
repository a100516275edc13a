import { ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import { type ByteSource, readExactly, slice } from "../../io/byte-source.js";
import { HdfCursor, type HdfSizes } from "./cursor.js";
import type { Superblock } from "./superblock.js";

/** Metadata lies in small pieces near each other: one page serves many of them. */
const PAGE_BYTES = 16 << 10;
const PAGES_KEPT = 256;
/** A piece of metadata larger than this is read on its own. */
const PAGED_BYTES = 4 * PAGE_BYTES;
/** No piece of metadata is larger: the names of a group with a million members come nearest. */
const MAX_BLOCK_BYTES = 128 << 20;

/** An opened HDF5 file: addresses become bounded windows of bytes. */
export class HdfFile {
  private readonly pages = new Map<number, Uint8Array>();
  private bytesRead = 0;

  constructor(
    private readonly source: ByteSource,
    readonly superblock: Superblock,
    readonly budget: Budget,
  ) {}

  get sizes(): HdfSizes {
    return this.superblock.sizes;
  }

  /** Bytes fetched so far. */
  get examined(): number {
    return this.bytesRead;
  }

  /** Offset inside the artifact. */
  offsetOf(address: number): number {
    return this.superblock.base + address;
  }

  /** Exactly `length` bytes of metadata at an address. */
  async block(address: number, length: number): Promise<HdfCursor> {
    const cursor = await this.window(address, length);
    if (cursor.remaining < length) {
      throw new ParseError(`need ${length} bytes at ${cursor.offset}, have ${cursor.remaining}`, cursor.offset);
    }
    return cursor;
  }

  /** Up to `length` bytes: fewer where the file ends. */
  async window(address: number, length: number): Promise<HdfCursor> {
    if (length > MAX_BLOCK_BYTES) throw new ParseError(`a block of ${length} bytes is absurd`, this.offsetOf(address));
    this.budget.spendSteps(1 + Math.ceil(length / PAGE_BYTES));
    const offset = this.offsetOf(address);
    const bytes = length > PAGED_BYTES ? await this.fetch(offset, length) : await this.paged(offset, length);
    return new HdfCursor(bytes, offset, this.sizes);
  }

  /** Raw data, never kept. */
  async raw(address: number, length: number): Promise<Uint8Array> {
    this.bytesRead += length;
    return readExactly(this.source, this.offsetOf(address), length);
  }

  /** A part of the file, read when somebody asks for it. */
  view(address: number, length: number): ByteSource {
    return slice(this.source, this.offsetOf(address), length);
  }

  /** Bytes from the superblock to the end of the file. */
  get size(): number {
    return Math.max(0, this.source.size - this.superblock.base);
  }

  private async paged(offset: number, length: number): Promise<Uint8Array> {
    const first = Math.floor(offset / PAGE_BYTES);
    const last = Math.floor((offset + Math.max(length, 1) - 1) / PAGE_BYTES);
    const from = offset - first * PAGE_BYTES;
    if (first === last) return (await this.page(first)).subarray(from, from + length);
    const joined = new Uint8Array((last - first + 1) * PAGE_BYTES);
    let filled = 0;
    for (let index = first; index <= last; index++) {
      const page = await this.page(index);
      joined.set(page, filled);
      filled += page.length;
      if (page.length < PAGE_BYTES) break;
    }
    return joined.subarray(0, filled).subarray(from, from + length);
  }

  private async page(index: number): Promise<Uint8Array> {
    const known = this.pages.get(index);
    if (known) return known;
    const page = await this.fetch(index * PAGE_BYTES, PAGE_BYTES);
    const [oldest] = this.pages.keys();
    if (this.pages.size >= PAGES_KEPT && oldest !== undefined) this.pages.delete(oldest);
    this.pages.set(index, page);
    return page;
  }

  private async fetch(offset: number, length: number): Promise<Uint8Array> {
    const bytes = await this.source.read(offset, length);
    this.bytesRead += bytes.length;
    return bytes;
  }
}
