// MessagePack (spec.md of msgpack/msgpack), read front to back without building anything: leaves of a checkpoint are gigabytes, and
// a decoder that allocates by the counts in the file is what a hostile file wants.

import { isUtf8 } from "node:buffer";
import { ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import type { ByteSource } from "../../io/byte-source.js";
import { ForwardReader } from "../../io/forward-reader.js";

export type MsgpackScalar = number | bigint | boolean | null;

export interface MsgpackText {
  /** The beginning of long ones; U+FFFD stands for bytes that are no UTF-8. */
  readonly text: string;
  /** Old writers put raw bytes into texts; a whole text that was read tells. */
  readonly isUtf8: boolean;
  /** Of its first byte. */
  readonly start: number;
  /** In bytes. */
  readonly length: number;
}

export interface MsgpackVisitor {
  /** A map (its keys and values alternate) or a list begins. */
  open(isMap: boolean, count: number, offset: number): void;
  /** The innermost open map or list is complete. */
  close(): void;
  scalar(value: MsgpackScalar, offset: number): void;
  text(text: MsgpackText): void;
  /** Raw bytes and where they lie; they are not read. */
  bytes(offset: number, length: number): void;
  /** An application's own type; its payload is not read. */
  extension(type: number, offset: number, length: number): void;
}

/** The Python decoder stops at 1024 levels, other decoders overflow their stack; parameter trees have some 20. */
const MAX_DEPTH = 256;
const MAX_TEXT = 1 << 16;
const utf8 = new TextDecoder("utf-8");
/** Header bytes of the longest fixed part: type byte and 64-bit number. */
const MAX_HEAD = 9;

/** MessagePack is big-endian throughout. */
export function openMsgpack(source: ByteSource, window: number): ForwardReader {
  return new ForwardReader(source, { littleEndian: false, window });
}

/** Reads one value from a reader of `openMsgpack`; what follows is the caller's business. */
export async function walkMsgpack(reader: ForwardReader, visitor: MsgpackVisitor, budget: Budget): Promise<void> {
  const walk = new Walk(reader, visitor);
  do {
    budget.spendSteps();
    const wanted = Math.min(MAX_HEAD, Math.max(1, reader.remaining));
    if (!reader.has(wanted)) await reader.load(wanted);
    const pending = walk.step();
    if (pending) await pending;
  } while (walk.isOpen);
}

class Walk {
  /** Items that every open container still lacks. */
  private readonly missing: number[] = [];

  constructor(
    private readonly reader: ForwardReader,
    private readonly visitor: MsgpackVisitor,
  ) {}

  get isOpen(): boolean {
    return this.missing.length > 0;
  }

  /** One value whose fixed part lies in the window; a promise only where a text does not. */
  step(): Promise<void> | undefined {
    const { reader } = this;
    const { offset } = reader;
    const code = reader.u8();
    this.expectItem();
    if (code >= 0xa0 && code <= 0xbf) return this.text(code & 0x1f);
    if (code >= 0xd9 && code <= 0xdb) return this.text(this.count(code - 0xd9));
    if (code <= 0x7f) this.visitor.scalar(code, offset);
    else if (code <= 0x8f) this.open(true, code & 0x0f, offset);
    else if (code <= 0x9f) this.open(false, code & 0x0f, offset);
    else if (code >= 0xe0) this.visitor.scalar(code - 0x100, offset);
    else this.readLong(code, offset);
    this.closeFull();
    return undefined;
  }

  private readLong(code: number, offset: number): void {
    const { reader, visitor } = this;
    const number = NUMBERS[code];
    if (code === 0xc0) visitor.scalar(null, offset);
    else if (code === 0xc2 || code === 0xc3) visitor.scalar(code === 0xc3, offset);
    else if (number) visitor.scalar(number(reader), offset);
    else if (code >= 0xc4 && code <= 0xc6) this.bytes(this.count(code - 0xc4));
    else if (code >= 0xc7 && code <= 0xc9) this.extension(this.count(code - 0xc7), offset);
    else if (code >= 0xd4 && code <= 0xd8) this.extension(1 << (code - 0xd4), offset);
    else if (code === 0xdc || code === 0xdd) this.open(false, this.count(code - 0xdb), offset);
    else if (code === 0xde || code === 0xdf) this.open(true, this.count(code - 0xdd), offset);
    else throw new ParseError(`byte 0xc1 at ${offset}, which begins no value`, offset);
  }

  /** A count of 8, 16 or 32 bits. */
  private count(width: number): number {
    if (width === 0) return this.reader.u8();
    return width === 1 ? this.reader.u16() : this.reader.u32();
  }

  private open(isMap: boolean, count: number, offset: number): void {
    const items = isMap ? count * 2 : count;
    // every item takes a byte at least
    if (items > this.reader.remaining) {
      throw new ParseError(
        `${isMap ? "map" : "list"} of ${count} at ${offset}, ${this.reader.remaining} bytes are left`,
        offset,
      );
    }
    if (this.missing.length >= MAX_DEPTH)
      throw new ParseError(`nested deeper than ${MAX_DEPTH} levels at ${offset}`, offset);
    this.missing.push(items);
    this.visitor.open(isMap, count, offset);
  }

  private text(length: number): Promise<void> | undefined {
    const kept = Math.min(length, MAX_TEXT);
    if (!this.reader.has(kept)) return this.reader.load(kept).then(() => this.takeText(length, kept));
    this.takeText(length, kept);
    return undefined;
  }

  private takeText(length: number, kept: number): void {
    const start = this.reader.offset;
    const bytes = this.reader.raw(kept);
    this.reader.skip(length - kept);
    this.visitor.text({ text: utf8.decode(bytes), isUtf8: length > kept || isUtf8(bytes), start, length });
    this.closeFull();
  }

  private bytes(length: number): void {
    const start = this.reader.offset;
    this.reader.skip(length);
    this.visitor.bytes(start, length);
  }

  private extension(length: number, offset: number): void {
    if (!this.reader.has(1)) throw new ParseError(`extension at ${offset} has no type`, offset);
    const type = this.reader.i8();
    const start = this.reader.offset;
    this.reader.skip(length);
    this.visitor.extension(type, start, length);
  }

  private expectItem(): void {
    const last = this.missing.length - 1;
    const left = this.missing[last];
    if (left !== undefined) this.missing[last] = left - 1;
  }

  private closeFull(): void {
    while (this.missing.at(-1) === 0) {
      this.missing.pop();
      this.visitor.close();
    }
  }
}

const NUMBERS: Readonly<Record<number, (reader: ForwardReader) => MsgpackScalar>> = {
  202: (reader) => reader.f32(),
  203: (reader) => reader.f64(),
  204: (reader) => reader.u8(),
  205: (reader) => reader.u16(),
  206: (reader) => reader.u32(),
  207: (reader) => reader.u64(),
  208: (reader) => reader.i8(),
  209: (reader) => reader.i16(),
  210: (reader) => reader.i32(),
  211: (reader) => reader.i64(),
};
