import type { SyncByteSource } from "../../io/byte-source.js";

const WINDOW_BYTES = 256 << 10;
const NEWLINE = 0x0a;

/** A window that slides over a source: what the machine reads opcodes from. Bytes that nobody asks for are never read. */
export class Window {
  bytes: Uint8Array = new Uint8Array(0);
  /** Offset of `bytes[0]` in the source. */
  start = 0;
  /** Bytes read in all. */
  read = 0;

  constructor(
    readonly source: SyncByteSource,
    /** Where the readable part of the source ends. */
    readonly end: number,
  ) {}

  /** Moves the window so that it begins at `offset`. */
  slideTo(offset: number): void {
    this.start = offset;
    const wanted = Math.max(0, Math.min(WINDOW_BYTES, this.end - offset));
    this.bytes = this.source.readSync(offset, wanted);
    this.read += this.bytes.length;
  }

  /** The bytes of `[offset, offset + length)`, from the window where they lie in it. Shorter only at the end. */
  peek(offset: number, length: number): Uint8Array {
    const at = offset - this.start;
    if (at >= 0 && at + length <= this.bytes.length) return this.bytes.subarray(at, at + length);
    const wanted = Math.max(0, Math.min(length, this.end - offset));
    this.read += wanted;
    return this.source.readSync(offset, wanted);
  }

  /** The offset of the newline at or after `offset`, -1 where there is none before the end. */
  lineEnd(offset: number): number {
    const near = offset - this.start;
    if (near >= 0 && near <= this.bytes.length) {
      const found = this.bytes.indexOf(NEWLINE, near);
      if (found >= 0) return this.start + found;
    }
    return this.searchLineEnd(offset);
  }

  private searchLineEnd(offset: number): number {
    for (let at = offset; at < this.end; ) {
      const bytes = this.peek(at, WINDOW_BYTES);
      if (bytes.length === 0) return -1;
      const found = bytes.indexOf(NEWLINE);
      if (found >= 0) return at + found;
      at += bytes.length;
    }
    return -1;
  }
}
