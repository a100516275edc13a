import type { ByteSource } from "../../io/byte-source.js";
import { asBuffer } from "./records.js";

/** A local header with its name mostly fits; entries of a checkpoint lie megabytes apart. */
const MIN_BYTES = 512;
const MAX_BYTES = 1 << 20;

/**
 * Small reads in mostly rising order. The window grows while the reads stay close together (a hundred thousand small entries cost few
 * reads) and shrinks when they jump (a checkpoint of gigabytes costs a few hundred bytes an entry).
 */
export class Window {
  bytes: Buffer = Buffer.alloc(0);
  private start = 0;
  private span = MIN_BYTES;
  /** Bytes taken from the source so far. */
  taken = 0;

  constructor(private readonly source: ByteSource) {}

  /** Where the bytes at `offset` stand in `bytes`, if all of them do: the caller then needs neither a copy nor a wait. */
  indexOf(offset: number, length: number): number | undefined {
    const index = offset - this.start;
    return index >= 0 && index + length <= this.bytes.length ? index : undefined;
  }

  /** Moves the window so that it begins at `offset`; it ends early where the source does. */
  async load(offset: number, length: number): Promise<number | undefined> {
    const end = this.start + this.bytes.length;
    const isNear = offset >= this.start && offset <= end + this.span;
    this.span = isNear ? Math.min(this.span * 2, MAX_BYTES) : MIN_BYTES;
    this.bytes = asBuffer(await this.source.read(offset, Math.max(length, this.span)));
    this.start = offset;
    this.taken += this.bytes.length;
    return length <= this.bytes.length ? 0 : undefined;
  }

  /** The bytes at `offset`, fewer where the source ends. */
  async read(offset: number, length: number): Promise<Buffer> {
    const index = this.indexOf(offset, length);
    if (index !== undefined) return this.bytes.subarray(index, index + length);
    await this.load(offset, length);
    return this.bytes.subarray(0, length);
  }
}
