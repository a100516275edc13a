import type { Budget } from "../../io/budget.js";
import type { ByteSource, SyncByteSource } from "../../io/byte-source.js";
import { Cursor } from "../../io/cursor.js";
import { decodeWithEngine, Patched } from "./engine-stream.js";
import { decodeLz4 } from "./lz4.js";
import { isSkippable, skipFrame } from "./skippable.js";
import type { DecodedStream } from "./stream.js";
import { endOfZstdFrames, ZSTD_MAGIC } from "./zstd-frames.js";

/** bzip2 looks at the first byte of a following stream, xz at the first of its magic, lzma at a whole header. */
const LOOKAHEAD = { bzip2: 1, xz: 1, lzma: 13 } as const;

export function decodeBzip2(source: ByteSource, budget: Budget): Promise<DecodedStream> {
  return decodeWithEngine({ type: "bzip2", title: "bzip2", lookahead: LOOKAHEAD.bzip2 }, source, budget);
}

export function decodeXz(source: ByteSource, budget: Budget): Promise<DecodedStream> {
  return decodeWithEngine({ type: "xz", title: "xz", lookahead: LOOKAHEAD.xz }, source, budget);
}

/** Behind leading skippable frames may come frames of Zstandard or of LZ4. */
export async function decodeZstd(source: ByteSource, budget: Budget): Promise<DecodedStream> {
  if ((await firstMagic(source, budget)) !== ZSTD_MAGIC) return decodeLz4(source, budget);
  return decodeWithEngine({ type: "zstd", title: "Zstandard", lookahead: 0, findEnd: endOfZstdFrames }, source, budget);
}

async function firstMagic(source: ByteSource, budget: Budget): Promise<number | undefined> {
  for (let at = 0; at + 8 <= source.size; ) {
    const magic = new Cursor(await source.read(at, 4), at).u32();
    if (!isSkippable(magic)) return magic;
    budget.spendSteps();
    at = await skipFrame(source, at);
  }
  return undefined;
}

export function decodeLzma(source: ByteSource, budget: Budget): Promise<DecodedStream> {
  return decodeWithEngine(
    { type: "lzma", title: "LZMA", lookahead: LOOKAHEAD.lzma, adapt: withUsualDictionary },
    source,
    budget,
  );
}

const LZMA_HEADER = 13;

/**
 * The engine refuses an LZMA file whose dictionary size is not 2^n or 3 * 2^n; liblzma, and with it Python, takes any. A larger dictionary
 * decodes the same, so the next power of two is put in its place.
 */
function withUsualDictionary(source: SyncByteSource): SyncByteSource {
  const head = source.readSync(0, LZMA_HEADER).slice();
  if (head.length < LZMA_HEADER) return source;
  const view = new DataView(head.buffer, head.byteOffset);
  const size = view.getUint32(1, true);
  const power = 2 ** Math.ceil(Math.log2(Math.max(4096, size)));
  if (power === size || power >= 2 ** 32) return source;
  view.setUint32(1, power, true);
  return new Patched(head, source);
}
