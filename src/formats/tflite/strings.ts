import type { Pages } from "../flatbuffers/pages.js";
import type { Extent } from "./model.js";

const MAX_STRINGS = 16;
const MAX_TEXT = 300;
const decoder = new TextDecoder("utf-8");

/** The first strings of a constant string tensor: a count, that many offsets and an end, then the bytes (string_util.h). Empty for other content. */
export function constantStrings(pages: Pages, { start, size }: Extent): string[] {
  const length = Number(size);
  if (length < 8) return [];
  const at = Number(start);
  const count = pages.u32(at);
  if ((count + 2) * 4 > length) return [];
  const texts: string[] = [];
  for (let i = 0; i < Math.min(count, MAX_STRINGS); i++) {
    const begin = pages.u32(at + 4 + i * 4);
    const end = pages.u32(at + 8 + i * 4);
    if (begin > end || end > length) return texts;
    texts.push(decoder.decode(pages.bytes(at + begin, Math.min(end - begin, MAX_TEXT))));
  }
  return texts;
}
