import { ParseError } from "../../errors.js";
import { Cursor } from "../../io/cursor.js";

/** Bytes of an address and of a length in this file, as the superblock says. */
export interface HdfSizes {
  readonly offset: number;
  readonly length: number;
}

/** A cursor that knows the widths of addresses and lengths of its file. */
export class HdfCursor extends Cursor {
  constructor(
    bytes: Uint8Array,
    base: number,
    readonly sizes: HdfSizes,
  ) {
    super(bytes, base);
  }

  /** An unsigned integer of 0 to 8 bytes that must be usable as an offset, length or count. */
  uint(width: number): number {
    const start = this.offset;
    let value = 0;
    let scale = 1;
    for (const byte of this.raw(width)) {
      value += byte * scale;
      scale *= 256;
    }
    if (!Number.isSafeInteger(value)) throw new ParseError(`${width}-byte number at ${start} is absurd`, start);
    return value;
  }

  length(): number {
    return this.uint(this.sizes.length);
  }

  /** Undefined is how the format says "nowhere": all bits set. */
  address(): number | undefined {
    const start = this.offset;
    const { offset: width } = this.sizes;
    if (this.raw(width).every((byte) => byte === 0xff)) return undefined;
    this.seek(start);
    return this.uint(width);
  }

  expect(signature: string): void {
    const start = this.offset;
    const found = this.latin1(signature.length);
    if (found !== signature) throw new ParseError(`expected ${signature} at ${start}`, start);
  }

  /** Takes the next `length` bytes and returns what opens a fresh cursor over them. */
  sub(length: number): () => HdfCursor {
    const start = this.offset;
    const bytes = this.raw(length);
    return () => new HdfCursor(bytes, start, this.sizes);
  }

  /** Text up to a NUL byte, which is consumed. */
  text(): string {
    const start = this.offset;
    const rest = this.raw(this.remaining);
    const end = rest.indexOf(0);
    if (end < 0) throw new ParseError(`text at ${start} does not end`, start);
    this.seek(start);
    const text = this.utf8(end);
    this.skip(1);
    return text;
  }

  /** Moves to the next multiple of `unit` bytes from `start`. */
  align(unit: number, start: number): void {
    const rest = (this.offset - start) % unit;
    if (rest > 0) this.skip(unit - rest);
  }
}
