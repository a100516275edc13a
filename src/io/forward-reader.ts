import { LimitError, ParseError } from "../errors.js";
import type { ByteSource } from "./byte-source.js";
import { FieldReader } from "./field-reader.js";

const DEFAULT_WINDOW = 1 << 20;
/** One field is never larger than this: longer content is skipped, or read as a slice by whoever wants it. */
const MAX_FIELD = 64 << 20;
const utf8 = new TextDecoder("utf-8");

export interface ForwardOptions {
  readonly start?: number;
  readonly littleEndian?: boolean;
  /** Bytes fetched at a time. */
  readonly window?: number;
}

/**
 * Reads fields front to back through one bounded window. Before a field, `if (!reader.has(n)) await reader.load(n)`: what lies in the
 * window costs no waiting. Skipping costs no reading.
 */
export class ForwardReader extends FieldReader {
  protected view: DataView = new DataView(new ArrayBuffer(0));
  /** Offset of the window's first byte inside the source. */
  private base: number;
  private at = 0;
  readonly littleEndian: boolean;
  private readonly window: number;
  /** Bytes fetched so far. */
  loaded = 0;

  constructor(
    private readonly source: ByteSource,
    options: ForwardOptions = {},
  ) {
    super();
    this.base = options.start ?? 0;
    this.littleEndian = options.littleEndian ?? true;
    this.window = options.window ?? DEFAULT_WINDOW;
  }

  /** Position inside the source. */
  get offset(): number {
    return this.base + this.at;
  }

  /** Bytes from here to the end of the source. */
  get remaining(): number {
    return this.source.size - this.offset;
  }

  has(length: number): boolean {
    return this.at + length <= this.view.byteLength;
  }

  async load(length: number): Promise<void> {
    const { offset } = this;
    if (!(length >= 0) || length > this.remaining) throw this.shortage(length);
    if (length > MAX_FIELD) throw new LimitError("max_steps", `field of ${length} bytes at ${offset}`, offset);
    const bytes = await this.source.read(offset, Math.max(length, Math.min(this.window, this.remaining)));
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.base = offset;
    this.at = 0;
    this.loaded += bytes.length;
    if (bytes.length < length) throw this.shortage(length);
  }

  /** Moves on without reading; the target must lie inside the source. */
  skip(length: number): void {
    if (!(length >= 0) || length > this.remaining) throw this.shortage(length);
    if (this.has(length)) {
      this.at += length;
      return;
    }
    this.base = this.offset + length;
    this.at = 0;
    this.view = new DataView(new ArrayBuffer(0));
  }

  /** Text with U+FFFD where the bytes are no UTF-8. */
  utf8(length: number): string {
    return utf8.decode(this.raw(length));
  }

  protected take(length: number): number {
    if (!this.has(length)) throw this.shortage(length);
    const start = this.at;
    this.at += length;
    return start;
  }

  private shortage(length: number): ParseError {
    return new ParseError(`need ${length} bytes at ${this.offset}, have ${this.remaining}`, this.offset);
  }
}
