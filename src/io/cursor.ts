import { ParseError } from "../errors.js";

const latin1 = new TextDecoder("latin1");
const utf8 = new TextDecoder("utf-8");

/** Reads fields in order out of a bounded window. Every read passes one bounds check; offsets in errors are those of the artifact. */
export class Cursor {
  private readonly view: DataView;
  private at = 0;

  constructor(
    private readonly bytes: Uint8Array,
    /** Offset of the window's first byte inside the artifact. */
    readonly base = 0,
    readonly littleEndian = true,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Position inside the artifact. */
  get offset(): number {
    return this.base + this.at;
  }

  get remaining(): number {
    return this.bytes.length - this.at;
  }

  private take(length: number): number {
    if (!(length >= 0) || length > this.remaining) {
      throw new ParseError(`need ${length} bytes at ${this.offset}, have ${this.remaining}`, this.offset);
    }
    const start = this.at;
    this.at += length;
    return start;
  }

  skip(length: number): void {
    this.take(length);
  }

  seek(offset: number): void {
    const at = offset - this.base;
    if (!(at >= 0) || at > this.bytes.length) {
      throw new ParseError(`position ${offset} is outside ${this.base}..${this.base + this.bytes.length}`, offset);
    }
    this.at = at;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  u16(): number {
    return this.view.getUint16(this.take(2), this.littleEndian);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), this.littleEndian);
  }

  i32(): number {
    return this.view.getInt32(this.take(4), this.littleEndian);
  }

  u64(): bigint {
    return this.view.getBigUint64(this.take(8), this.littleEndian);
  }

  i64(): bigint {
    return this.view.getBigInt64(this.take(8), this.littleEndian);
  }

  f32(): number {
    return this.view.getFloat32(this.take(4), this.littleEndian);
  }

  f64(): number {
    return this.view.getFloat64(this.take(8), this.littleEndian);
  }

  /** A u64 that must be usable as an offset or length. */
  length64(): number {
    const start = this.offset;
    const value = this.u64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new ParseError(`64-bit length ${value} at ${start} is absurd`, start);
    return Number(value);
  }

  raw(length: number): Uint8Array {
    const start = this.take(length);
    return this.bytes.subarray(start, start + length);
  }

  latin1(length: number): string {
    return latin1.decode(this.raw(length));
  }

  utf8(length: number): string {
    return utf8.decode(this.raw(length));
  }
}
