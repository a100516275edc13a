import type { ByteSource } from "../../io/byte-source.js";

/** A local header with its name mostly fits; entries of a checkpoint lie megabytes apart. */
const MIN_BYTES = 512;
const MAX_BYTES = 1 << 20;

/**
 * Small reads in mostly rising order. The window grows while the reads stay close together (a hundred thousand small entries cost few
 * reads) and shrinks when they jump (a checkpoint of gigabytes costs a few hundred bytes an entry).
 */
export class Window {
  private bytes: Uint8Array = new Uint8Array();
  private start = 0;
  private span = MIN_BYTES;
  /** Bytes taken from the source so far. */
  taken = 0;

  constructor(private readonly source: ByteSource) {}

  /** Up to `length` bytes at `offset`, fewer where the source ends. A view, valid for as long as it is kept. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const from = offset - this.start;
    if (from < 0 || from + length > this.bytes.length) await this.fill(offset, length);
    const at = offset - this.start;
    return this.bytes.subarray(at, at + length);
  }

  private async fill(offset: number, length: number): Promise<void> {
    const end = this.start + this.bytes.length;
    const isNear = offset >= this.start && offset <= end + this.span;
    this.span = isNear ? Math.min(this.span * 2, MAX_BYTES) : MIN_BYTES;
    this.bytes = await this.source.read(offset, Math.max(length, this.span));
    this.start = offset;
    this.taken += this.bytes.length;
  }
}
