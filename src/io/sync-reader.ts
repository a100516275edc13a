import { LimitError, ParseError } from "../errors.js";
import type { SyncByteSource } from "./byte-source.js";
import { FieldReader } from "./field-reader.js";

const WINDOW = 64 << 10;
/** One value is never larger than this; longer content is skipped. */
const MAX_VALUE = 16 << 20;

/** Reads fields front to back without waiting, through one bounded window. What is skipped is not read. */
export class SyncReader extends FieldReader {
  protected view: DataView = new DataView(new ArrayBuffer(0));
  private base = 0;
  private at = 0;
  /** Bytes fetched so far. */
  loaded = 0;

  constructor(
    private readonly source: SyncByteSource,
    public littleEndian = true,
  ) {
    super();
  }

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

  protected take(length: number): number {
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
