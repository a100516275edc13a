import { ParseError } from "../../errors.js";
import { type ByteSource, isSync } from "../../io/byte-source.js";
import type { Varint } from "./message.js";

/** Between tensors only a few fields are read; where reading goes on without a gap, the window grows. */
const SMALLEST_WINDOW = 4 << 10;
const LARGEST_WINDOW = 128 << 10;
/** A varint has at most ten bytes of seven bits. */
const MAX_VARINT_BYTES = 10;
/** Seven bytes of seven bits fit a number. */
const NUMBER_VARINT_BYTES = 7;

/** A movable view of a source. Positions are offsets of the artifact; moving far reads nothing in between. */
export class Window {
  private bytes: Buffer = Buffer.alloc(0);
  private base = 0;
  private size = SMALLEST_WINDOW / 2;
  position: number;
  /** Bytes that were read from the source. */
  loaded = 0;

  constructor(
    private readonly source: ByteSource,
    start: number,
  ) {
    this.position = start;
  }

  /** Brings `length` bytes from the position into the window. Returns a promise only where the source makes us wait. */
  need(length: number): Promise<void> | undefined {
    const start = this.position - this.base;
    if (start >= 0 && start + length <= this.bytes.length) return undefined;
    if (this.base + this.bytes.length >= this.source.size && start >= 0 && start <= this.bytes.length) return undefined;
    const at = this.position;
    const isNext = start >= 0 && start <= this.bytes.length;
    this.size = isNext ? Math.min(2 * this.size, LARGEST_WINDOW) : SMALLEST_WINDOW;
    const wanted = Math.max(length, this.size);
    if (isSync(this.source)) {
      this.accept(at, length, this.source.readSync(at, wanted));
      return undefined;
    }
    return this.source.read(at, wanted).then((bytes) => this.accept(at, length, bytes));
  }

  private accept(at: number, length: number, bytes: Uint8Array): void {
    const expected = Math.min(length, Math.max(0, this.source.size - at));
    if (bytes.length < expected) throw new ParseError(`need ${expected} bytes at ${at}, have ${bytes.length}`, at);
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.base = at;
    this.loaded += bytes.length;
  }

  /** Reads up to `end`, the end of the enclosing message. */
  varint(end: number): Varint {
    const start = this.position;
    let value = 0;
    let wide = 0n;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.byte(end, start);
      if (i < NUMBER_VARINT_BYTES) value += (byte & 0x7f) * 2 ** (7 * i);
      else wide |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return narrow(value, wide);
    }
    throw new ParseError(`varint at ${start} is longer than ${MAX_VARINT_BYTES} bytes`, start);
  }

  private byte(end: number, start: number): number {
    const byte = this.position < end ? this.bytes[this.position - this.base] : undefined;
    if (byte === undefined) {
      throw new ParseError(`varint at ${start} is cut off at ${this.position}`, start);
    }
    this.position++;
    return byte;
  }

  /** Decodes `length` bytes at the position as UTF-8, without moving. */
  text(length: number): string {
    const start = this.position - this.base;
    return this.bytes.toString("utf8", start, start + length);
  }

  /** A copy of `length` bytes at the position, without moving. */
  copy(length: number): Uint8Array {
    const start = this.position - this.base;
    return new Uint8Array(this.bytes.subarray(start, start + length));
  }
}

function narrow(value: number, wide: bigint): Varint {
  if (wide === 0n) return value;
  const whole = BigInt.asUintN(64, wide | BigInt(value));
  return whole <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(whole) : whole;
}
