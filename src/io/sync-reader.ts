import { LimitError, ParseError } from "../errors.js";
import type { SyncByteSource } from "./byte-source.js";

const WINDOW = 64 << 10;
/** One value is never larger than this; longer content is skipped. */
const MAX_VALUE = 16 << 20;

/** Reads fields front to back without waiting, through one bounded window. What is skipped is not read. */
export class SyncReader {
  private view: DataView = new DataView(new ArrayBuffer(0));
  private base = 0;
  private at = 0;
  /** Bytes fetched so far. */
  loaded = 0;

  constructor(
    private readonly source: SyncByteSource,
    public littleEndian = true,
  ) {}

  get offset(): number {
    return this.base + this.at;
  }

  get remaining(): number {
    return this.source.size - this.offset;
  }

  /** The next byte, which stays; undefined at the end. */
  peek(): number | undefined {
    if (this.remaining <= 0) return undefined;
    const at = this.ready(1);
    return this.view.getUint8(at);
  }

  u8(): number {
    const at = this.take(1);
    return this.view.getUint8(at);
  }

  u16(): number {
    const at = this.take(2);
    return this.view.getUint16(at, this.littleEndian);
  }

  i32(): number {
    const at = this.take(4);
    return this.view.getInt32(at, this.littleEndian);
  }

  u32(): number {
    const at = this.take(4);
    return this.view.getUint32(at, this.littleEndian);
  }

  i64(): bigint {
    const at = this.take(8);
    return this.view.getBigInt64(at, this.littleEndian);
  }

  u64(): bigint {
    const at = this.take(8);
    return this.view.getBigUint64(at, this.littleEndian);
  }

  f64(): number {
    const at = this.take(8);
    return this.view.getFloat64(at, this.littleEndian);
  }

  /** A view of the window: to be used before the next read. */
  raw(length: number): Uint8Array {
    const start = this.take(length);
    return new Uint8Array(this.view.buffer, this.view.byteOffset + start, length);
  }

  latin1(length: number): string {
    return Buffer.from(this.raw(length)).toString("latin1");
  }

  skip(length: number): void {
    if (!(length >= 0) || length > this.remaining) throw this.shortage(length);
    this.at += length;
  }

  seek(offset: number): void {
    if (!(offset >= 0) || offset > this.source.size) {
      throw new ParseError(`position ${offset} is outside the ${this.source.size} bytes of the file`, offset);
    }
    this.base = offset;
    this.at = 0;
    this.view = new DataView(new ArrayBuffer(0));
  }

  private take(length: number): number {
    const start = this.ready(length);
    this.at += length;
    return start;
  }

  /** Makes sure that the window holds the next bytes, and says where. */
  private ready(length: number): number {
    if (length >= 0 && this.at + length <= this.view.byteLength) return this.at;
    const { offset } = this;
    if (!(length >= 0) || length > this.remaining) throw this.shortage(length);
    if (length > MAX_VALUE) throw new LimitError("max_steps", `value of ${length} bytes at ${offset}`, offset);
    const bytes = this.source.readSync(offset, Math.max(length, WINDOW));
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.base = offset;
    this.at = 0;
    this.loaded += bytes.length;
    if (bytes.length < length) throw this.shortage(length);
    return 0;
  }

  private shortage(length: number): ParseError {
    return new ParseError(`need ${length} bytes at ${this.offset}, have ${this.remaining}`, this.offset);
  }
}
