// Zstandard, RFC 8878: the structure of frames, to find where the last one ends. Decompression is the engine's work.

import { ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import type { ByteSource } from "../../io/byte-source.js";
import { readExactly } from "../../io/byte-source.js";
import { Cursor } from "../../io/cursor.js";
import { isSkippable, skipFrame } from "./skippable.js";

export const ZSTD_MAGIC = 0xfd2fb528;
const LONGEST_HEADER = 18;
const DICTIONARY_SIZES = [0, 1, 2, 4] as const;
const CONTENT_SIZES = [0, 2, 4, 8] as const;
const RLE_BLOCK = 1;

/** Offset behind the last frame of a row of frames, skippable ones included. */
export async function endOfZstdFrames(source: ByteSource, budget: Budget): Promise<number> {
  let at = 0;
  while (at + 4 <= source.size) {
    const magic = new Cursor(await readExactly(source, at, 4), at).u32();
    budget.spendSteps();
    if (magic === ZSTD_MAGIC) at = await endOfFrame(source, at, budget);
    else if (isSkippable(magic)) at = await skipFrame(source, at);
    else break;
  }
  return at;
}

async function endOfFrame(source: ByteSource, start: number, budget: Budget): Promise<number> {
  const { checksum, end } = await readHeader(source, start);
  for (let at = end; ; ) {
    const bytes = await readExactly(source, at, 3);
    const header = (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8) | ((bytes[2] ?? 0) << 16);
    const size = header >> 3;
    at += 3 + ((header >> 1) % 4 === RLE_BLOCK ? 1 : size);
    if (at > source.size) throw new ParseError(`Zstandard block of ${size} bytes ends behind the file`, at);
    budget.spendSteps();
    if (header & 1) return Math.min(source.size, at + (checksum ? 4 : 0));
  }
}

/** Part 3.1.1.1: descriptor, window, dictionary id, content size. */
async function readHeader(source: ByteSource, start: number): Promise<{ checksum: boolean; end: number }> {
  const cursor = new Cursor(await source.read(start, LONGEST_HEADER), start);
  cursor.skip(4); // magic
  const descriptor = cursor.u8();
  const single = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  if (!single) cursor.skip(1); // window
  cursor.skip(DICTIONARY_SIZES[descriptor & 3] ?? 0);
  cursor.skip(single && sizeFlag === 0 ? 1 : (CONTENT_SIZES[sizeFlag] ?? 0));
  return { checksum: (descriptor & 4) !== 0, end: cursor.offset };
}
