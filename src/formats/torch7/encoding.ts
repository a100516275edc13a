import { ParseError } from "../../errors.js";
import type { SyncByteSource } from "../../io/byte-source.js";
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

export class BinaryEncoding implements Torch7Encoding {
  private readonly reader: SyncReader;

  constructor(source: SyncByteSource) {
    this.reader = new SyncReader(source);
  }

  get offset(): number {
    return this.reader.offset;
  }

  get remaining(): number {
    return this.reader.remaining;
  }

  get loaded(): number {
    return this.reader.loaded;
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

export class AsciiEncoding implements Torch7Encoding {
  private readonly reader: SyncReader;

  constructor(source: SyncByteSource) {
    this.reader = new SyncReader(source);
  }

  get offset(): number {
    return this.reader.offset;
  }

  get remaining(): number {
    return this.reader.remaining;
  }

  get loaded(): number {
    return this.reader.loaded;
  }

  int(): number {
    const start = this.offset;
    const token = this.token();
    if (!/^-?\d{1,10}$/.test(token)) throw new ParseError(`no integer at ${start}`, start);
    return Number(token);
  }

  long(): bigint {
    const start = this.offset;
    const token = this.token();
    if (!/^-?\d{1,20}$/.test(token)) throw new ParseError(`no integer at ${start}`, start);
    return BigInt(token);
  }

  double(): void {
    this.token();
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
    else for (let i = 0; i < count; i++) this.token();
  }

  /** A number between blanks; the one blank behind it belongs to it. */
  private token(): string {
    while (isBlank(this.reader.peek())) this.reader.skip(1);
    let token = "";
    for (let byte = this.reader.peek(); byte !== undefined && !isBlank(byte); byte = this.reader.peek()) {
      if (token.length >= MAX_TOKEN) throw new ParseError(`no number at ${this.offset}`, this.offset);
      token += String.fromCharCode(byte);
      this.reader.skip(1);
    }
    if (token === "") throw new ParseError(`need a number at ${this.offset}, have none`, this.offset);
    if (this.reader.remaining > 0) this.reader.skip(1);
    return token;
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;
}
