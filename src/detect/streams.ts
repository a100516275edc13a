import { constants, inflateSync } from "node:zlib";
import { isZfile } from "../formats/streams/zlib.js";
import { type Probe, startsWith } from "./probe.js";
import type { Recognition, Signature } from "./table.js";

/** bzip2: a level, then the first block or, for nothing at all, the end of the stream (pi and the root of pi). */
function isBzip2({ head }: Probe): boolean {
  const level = head[3] ?? 0;
  if (level < 0x31 || level > 0x39) return false;
  return startsWith(head, "\x31\x41\x59\x26\x53\x59", 4) || startsWith(head, "\x17\x72\x45\x38\x50\x90", 4);
}

export const STREAM_SIGNATURES: readonly Signature[] = [
  { format: "gzip", offset: 0, magic: "\x1f\x8b\x08" },
  { format: "bzip2", offset: 0, magic: "BZh", confirm: isBzip2 },
  { format: "xz", offset: 0, magic: "\xfd7zXZ\x00" },
  { format: "lz4", offset: 0, magic: "\x04\x22\x4d\x18" },
  { format: "lz4", offset: 0, magic: "\x02\x21\x4c\x18" }, // legacy frame
  { format: "zstd", offset: 0, magic: "\x28\xb5\x2f\xfd" },
];

/** Prefixes of the head that are tried, so that a damage further on hides nothing. */
const TRIAL_LENGTHS = [4096, 512, 128] as const;
/** Random bytes behind a plausible header do not survive so many bytes of output. */
const ENOUGH_OUTPUT = 48;
const MAX_TRIAL_OUTPUT = 8 << 20;

/** joblib tells zlib by its first byte, so only a trial tells such a file from others that begin with an x. */
function isZlib({ head, size }: Probe): boolean {
  if (isZfile(head)) return true;
  const [cmf, flg = 0] = head;
  // Deflate with a window of any size (RFC 1950, 2.2): zlib takes all of them, joblib the largest alone.
  if (cmf === undefined || (cmf & 0x8f) !== 8 || ((cmf << 8) | flg) % 31 !== 0) return false;
  return TRIAL_LENGTHS.some((length) => {
    const output = tryInflate(head.subarray(0, length));
    return output !== undefined && (output >= ENOUGH_OUTPUT || (output > 0 && size <= length));
  });
}

/** Bytes that come out, undefined when the data is invalid. */
function tryInflate(bytes: Uint8Array): number | undefined {
  try {
    return inflateSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_TRIAL_OUTPUT }).length;
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined; // zlib's own refusals carry a code
    throw error;
  }
}

const UNKNOWN_SIZE = 0xff_ff_ff_ff;
/** 256 GiB: liblzma refuses larger sizes as a sign that the file is something else. */
const MAX_SIZE_HIGH = 0x40;

/** The old .lzma format: properties (0x5d by every writer, and what joblib looks for), dictionary, size, then a coder that begins with 0. */
function isLzma({ head }: Probe): boolean {
  if (head.length < 14 || head[0] !== 0x5d || head[1] !== 0 || head[13] !== 0) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (!isUsualDictionary(view.getUint32(1, true))) return false;
  const low = view.getUint32(5, true);
  const high = view.getUint32(9, true);
  return high < MAX_SIZE_HIGH || (low === UNKNOWN_SIZE && high === UNKNOWN_SIZE);
}

/** 2^n or 2^n + 2^(n-1), as liblzma's automatic decoder demands. */
function isUsualDictionary(size: number): boolean {
  if (size === UNKNOWN_SIZE) return true;
  const power = 2 ** Math.floor(Math.log2(size));
  return size === power || size === power * 1.5;
}

/** Decoders of LZ4 and Zstandard pass over skippable frames, so a stream may begin with some; both scanners read either kind of frame. */
function beginsSkippable({ head, size }: Probe): boolean {
  if (head.length < 8 || !startsWith(head, "\x2a\x4d\x18", 1) || (head[0] ?? 0) >> 4 !== 5) return false;
  const length = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(4, true);
  return 8 + length <= size;
}

export const STREAM_RECOGNITIONS: readonly Recognition[] = [
  { format: "zlib", test: isZlib },
  { format: "lzma", test: isLzma },
  { format: "zstd", test: beginsSkippable },
];
