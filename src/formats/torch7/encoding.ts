import { ParseError } from "../../errors.js";
import type { SyncByteSource } from "../../io/byte-source.js";
import { EncodedReader } from "../../io/encoded-reader.js";
import { SyncReader } from "../../io/sync-reader.js";

/** How torch.DiskFile writes values: as they lie in memory, or as text. */
export interface Torch7Encoding {
  readonly offset: number;
  readonly remaining: number;
  readonly loaded: number;
  int(): number;
  long(): bigint;
  /** Steps over a number. */
  double(): void;
  /** Characters, cut after `kept`. */
  chars(length: number, kept: number): string;
  /** Steps over `count` elements of a storage; `width` bytes each in binary form. */
  elements(count: number, width: number): void;
}

export class BinaryEncoding extends EncodedReader implements Torch7Encoding {
  constructor(source: SyncByteSource) {
    super(new SyncReader(source));
  }

  int(): number {
    return this.reader.i32();
  }

  long(): bigint {
    return this.reader.i64();
  }

  double(): void {
    this.reader.skip(8);
  }

  chars(length: number, kept: number): string {
    const text = this.reader.latin1(Math.min(length, kept));
    this.reader.skip(Math.max(0, length - kept));
    return text;
  }

  elements(count: number, width: number): void {
    this.reader.skip(count * width);
  }
}

/** The longest number that "%.17g" prints, with room. */
const MAX_TOKEN = 48;
const NEWLINE = 0x0a;

export class AsciiEncoding extends EncodedReader implements Torch7Encoding {
  constructor(source: SyncByteSource) {
    super(new SyncReader(source));
  }

  int(): number {
    const start = this.offset;
    const token = this.number();
    if (!/^-?\d{1,10}$/.test(token)) throw new ParseError(`no integer at ${start}`, start);
    return Number(token);
  }

  long(): bigint {
    const start = this.offset;
    const token = this.number();
    if (!/^-?\d{1,20}$/.test(token)) throw new ParseError(`no integer at ${start}`, start);
    return BigInt(token);
  }

  double(): void {
    this.number();
  }

  chars(length: number, kept: number): string {
    const text = this.reader.latin1(Math.min(length, kept));
    this.reader.skip(Math.max(0, length - kept));
    if (this.reader.peek() === NEWLINE) this.reader.skip(1);
    return text;
  }

  elements(count: number, width: number): void {
    // Bytes and characters are written as they are, all others as text.
    if (width === 1) this.chars(count, 0);
    else for (let i = 0; i < count; i++) this.number();
  }

  /** A number; the one blank behind it belongs to it. */
  private number(): string {
    const token = this.token(MAX_TOKEN);
    if (this.reader.remaining > 0) this.reader.skip(1);
    return token;
  }
}
