// FlatBuffers, binary layout as in "FlatBuffers Internals" of the project's documentation. The npm package reads zeros where a file
// points outside itself and has no verifier, so this reader checks every access: what lies outside is a ParseError.

import { ParseError } from "../../errors.js";
import type { Pages } from "./pages.js";

const utf8 = new TextDecoder("utf-8");
/** Names and descriptions; whoever needs more reads the bytes. */
const MAX_STRING = 1 << 20;

/** The table at which a buffer starts. */
export function rootTable(pages: Pages, start = 0): FlatTable {
  return new FlatTable(pages, start + forwardOffset(pages, start));
}

/** Four characters that say which schema the buffer follows. */
export function fileIdentifier(pages: Pages, start = 0): string {
  return String.fromCharCode(...pages.bytes(start + 4, 4));
}

/** Offsets to content count forward from where they stand, so no path through a buffer can come back to itself. */
function forwardOffset(pages: Pages, at: number): number {
  const offset = pages.u32(at);
  if (offset === 0) throw new ParseError(`offset at ${at} points at itself`, at);
  return offset;
}

export class FlatTable {
  /** Ids below this may have a value. */
  private readonly vtable: number;
  private readonly vtableBytes: number;
  private readonly tableBytes: number;

  constructor(
    private readonly pages: Pages,
    /** Inside the file. */
    readonly offset: number,
  ) {
    // 0: signed distance back to the vtable; the vtable begins with its own size and the table's
    this.vtable = offset - pages.i32(offset);
    this.vtableBytes = pages.u16(this.vtable);
    this.tableBytes = pages.u16(this.vtable + 2);
    if (this.vtableBytes < 4 || this.vtableBytes % 2 !== 0) {
      throw new ParseError(`vtable at ${this.vtable} has ${this.vtableBytes} bytes`, this.vtable);
    }
    pages.check(this.vtable, this.vtableBytes);
    pages.check(offset, this.tableBytes);
  }

  /** Where the field's value stands, undefined for one that is not there. */
  private field(id: number, size: number): number | undefined {
    const slot = 4 + id * 2;
    if (slot + 2 > this.vtableBytes) return undefined;
    const at = this.pages.u16(this.vtable + slot);
    if (at === 0) return undefined;
    if (at < 4 || at + size > this.tableBytes) {
      throw new ParseError(
        `field ${id} of the table at ${this.offset} lies at ${at}, outside its ${this.tableBytes} bytes`,
        this.offset,
      );
    }
    return this.offset + at;
  }

  has(id: number): boolean {
    return this.field(id, 1) !== undefined;
  }

  u8(id: number, fallback = 0): number {
    const at = this.field(id, 1);
    return at === undefined ? fallback : this.pages.u8(at);
  }

  u32(id: number, fallback = 0): number {
    const at = this.field(id, 4);
    return at === undefined ? fallback : this.pages.u32(at);
  }

  i32(id: number, fallback = 0): number {
    const at = this.field(id, 4);
    return at === undefined ? fallback : this.pages.i32(at);
  }

  u64(id: number): bigint {
    const at = this.field(id, 8);
    return at === undefined ? 0n : this.pages.u64(at);
  }

  string(id: number): string | undefined {
    const at = this.field(id, 4);
    return at === undefined ? undefined : readString(this.pages, at);
  }

  table(id: number): FlatTable | undefined {
    const at = this.field(id, 4);
    return at === undefined ? undefined : new FlatTable(this.pages, at + forwardOffset(this.pages, at));
  }

  /** A vector whose elements take `size` bytes each: 4 for tables and strings, which are stored as offsets. */
  vector(id: number, size: number): FlatVector | undefined {
    const at = this.field(id, 4);
    return at === undefined ? undefined : new FlatVector(this.pages, at + forwardOffset(this.pages, at), size);
  }
}

export class FlatVector {
  readonly length: number;
  /** Of the first element, inside the file. */
  readonly start: number;

  constructor(
    private readonly pages: Pages,
    offset: number,
    private readonly size: number,
  ) {
    this.length = pages.u32(offset);
    this.start = offset + 4;
    pages.check(this.start, this.length * size);
  }

  get byteLength(): number {
    return this.length * this.size;
  }

  u8(index: number): number {
    return this.pages.u8(this.at(index));
  }

  i32(index: number): number {
    return this.pages.i32(this.at(index));
  }

  u32(index: number): number {
    return this.pages.u32(this.at(index));
  }

  string(index: number): string {
    return readString(this.pages, this.at(index));
  }

  table(index: number): FlatTable {
    const at = this.at(index);
    return new FlatTable(this.pages, at + forwardOffset(this.pages, at));
  }

  *tables(): Generator<FlatTable> {
    for (let i = 0; i < this.length; i++) yield this.table(i);
  }

  private at(index: number): number {
    if (index < 0 || index >= this.length) {
      throw new ParseError(`element ${index} of a vector of ${this.length}`, this.start);
    }
    return this.start + index * this.size;
  }
}

/** The string that the offset at `at` points to; its beginning where it is very long. */
function readString(pages: Pages, at: number): string {
  const start = at + forwardOffset(pages, at);
  const length = pages.u32(start);
  pages.check(start + 4, length);
  return utf8.decode(pages.bytes(start + 4, Math.min(length, MAX_STRING)));
}
