import { IN_PROCESS_BYTES } from "../sevenzip/engine.js";
import { decodeBrotli } from "./brotli.js";
import { decodeBzip2, decodeLzma, decodeXz, decodeZstd } from "./codecs.js";
import { decodeGzip } from "./gzip.js";
import { decodeLz4 } from "./lz4.js";
import type { StreamDecoder } from "./stream.js";
import { decodeZlib } from "./zlib.js";

/** Every compressed stream that is read, by the name of its format. */
export const STREAM_DECODERS = {
  gzip: decodeGzip,
  zlib: decodeZlib,
  bzip2: decodeBzip2,
  xz: decodeXz,
  lzma: decodeLzma,
  lz4: decodeLz4,
  zstd: decodeZstd,
  brotli: decodeBrotli,
} as const satisfies Readonly<Record<string, StreamDecoder>>;

export type StreamFormat = keyof typeof STREAM_DECODERS;

export function isStreamFormat(format: string): format is StreamFormat {
  return Object.hasOwn(STREAM_DECODERS, format);
}

/** Streams that 7-Zip decompresses. */
const BY_ENGINE: ReadonlySet<StreamFormat> = new Set<StreamFormat>(["bzip2", "xz", "lzma", "zstd"]);

/** Whether decompressing so many bytes should happen in a thread that can be ended. */
export function needsIsolation(format: StreamFormat, size: number): boolean {
  return BY_ENGINE.has(format) && size > IN_PROCESS_BYTES;
}
