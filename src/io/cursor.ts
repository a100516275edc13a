import { ParseError } from "../errors.js";
import { FieldReader } from "./field-reader.js";

const latin1 = new TextDecoder("latin1");
const utf8 = new TextDecoder("utf-8");

/** Reads fields in order out of a bounded window. Every read passes one bounds check; offsets in errors are those of the artifact. */
export class Cursor extends FieldReader {
  protected readonly view: DataView;
  private at = 0;

  constructor(
    private readonly bytes: Uint8Array,
    /** Offset of the window's first byte inside the artifact. */
    readonly base = 0,
    readonly littleEndian = true,
  ) {
    super();
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Position inside the artifact. */
  get offset(): number {
    return this.base + this.at;
  }

  get remaining(): number {
    return this.bytes.length - this.at;
  }

  protected take(length: number): number {
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

  /** A u64 that must be usable as an offset or length. */
  length64(): number {
    const start = this.offset;
    const value = this.u64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw new ParseError(`64-bit length ${value} at ${start} is absurd`, start);
    return Number(value);
  }

  latin1(length: number): string {
    return latin1.decode(this.raw(length));
  }

  utf8(length: number): string {
    return utf8.decode(this.raw(length));
  }
}
