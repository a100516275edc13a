import type { ByteSource } from "../../io/byte-source.js";
import { readExactly } from "../../io/byte-source.js";
import { Cursor } from "../../io/cursor.js";

/** LZ4 and Zstandard share sixteen magic numbers for frames that every decoder passes over. */
const FIRST_MAGIC = 0x184d2a50;
const LAST_MAGIC = 0x184d2a5f;

export function isSkippable(magic: number): boolean {
  return magic >= FIRST_MAGIC && magic <= LAST_MAGIC;
}

/** Offset behind the skippable frame at `at`, at most the end of the source. */
export async function skipFrame(source: ByteSource, at: number): Promise<number> {
  const size = new Cursor(await readExactly(source, at + 4, 4), at + 4).u32();
  return Math.min(source.size, at + 8 + size);
}
