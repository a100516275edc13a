import { constants, gunzipSync, inflateSync } from "node:zlib";
import { looksNested } from "../../formats/pickle/nested.js";

/** Bytes of a constant that are looked at. */
export const COMPRESSED_HEAD = 1024;
/** Data that is no stream is refused within the header of its first block. */
const FIRST_BLOCK = 48;
/** Content of which fewer bytes come out is not told apart. */
const ENOUGH = 64;

/**
 * False for gzip and zlib streams that hold no file that anybody would load, and for bytes that only begin like one: data sets keep their
 * records compressed, by the ten thousand, and each would be unpacked and scanned. True for all else.
 */
export function mayHoldFile(head: Uint8Array): boolean {
  const [first, second] = head;
  const isGzip = first === 0x1f && second === 0x8b;
  if (!isGzip && first !== 0x78) return true;
  const unpack = isGzip ? gunzipSync : inflateSync;
  if (tryUnpack(unpack, head.subarray(0, FIRST_BLOCK)) === undefined) return false;
  const content = tryUnpack(unpack, head);
  return content === undefined || content.length < ENOUGH || looksNested(content, 0, content.length);
}

/** What comes out of the beginning of a stream, undefined where it is none. */
function tryUnpack(unpack: typeof inflateSync, bytes: Uint8Array): Uint8Array | undefined {
  try {
    return unpack(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 2 << 20 });
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined; // zlib's own refusals carry a code
    throw error;
  }
}
