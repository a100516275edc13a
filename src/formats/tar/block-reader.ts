import type { Budget } from "../../io/budget.js";
import type { ByteSource } from "../../io/byte-source.js";
import { BLOCK, checksumHolds } from "./header.js";

/** Headers of small entries lie close together: one read serves many of them. */
const WINDOW = 64 << 10;
const LONG_WINDOW = 1 << 20;

/** Reads blocks by offset out of one window of the source. */
export class BlockReader {
  private window: Uint8Array = new Uint8Array(0);
  private start = 0;

  constructor(
    private readonly source: ByteSource,
    private readonly budget: Budget,
  ) {}

  /** The block at `at`, shorter only where the source ends. */
  async read(at: number): Promise<Uint8Array> {
    const from = at - this.start;
    if (from < 0 || from + BLOCK > this.window.length) {
      this.window = await this.source.read(at, WINDOW);
      this.start = at;
      return this.window.subarray(0, BLOCK);
    }
    return this.window.subarray(from, from + BLOCK);
  }

  /** Offset of the first block from `at` on that is not all zeros, or the end. */
  async skipZeros(at: number): Promise<number> {
    for (let from = at; from < this.source.size; ) {
      this.budget.checkTime();
      const bytes = await this.source.read(from, LONG_WINDOW);
      const found = firstNonZero(bytes);
      if (found >= 0) return from + found - (found % BLOCK);
      if (bytes.length === 0) break;
      from += bytes.length;
    }
    return this.source.size;
  }

  /** Offset of the first block from `at` on that is a header by its checksum, or the end. */
  async findHeader(at: number): Promise<number> {
    let from = at;
    for (; from + BLOCK <= this.source.size; from += BLOCK) {
      this.budget.spendSteps();
      const block = await this.read(from);
      if (checksumHolds(block)) return from;
    }
    return this.source.size;
  }
}

function firstNonZero(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== 0) return at;
  return -1;
}
