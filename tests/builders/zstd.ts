// Zstandard frames of raw blocks and of blocks that repeat one byte: RFC 8878.

import { concat, u32, u64 } from "./bytes.js";
import { xxh64 } from "./checksums.js";

export const ZSTD_MAGIC = u32(0xfd2fb528);
const RAW = 0;
const REPEATED = 1;

export interface ZstdOptions {
  /** Told in so many bytes, or not at all. */
  readonly sizeBytes?: 0 | 1 | 2 | 4 | 8;
  readonly isChecked?: boolean;
  readonly blockBytes?: number;
  /** Fields that do not say what is so. */
  readonly size?: bigint;
  readonly window?: number;
  readonly checksum?: number;
  readonly blockType?: number;
  readonly blockSize?: number;
  readonly descriptor?: number;
  readonly withoutLast?: boolean;
}

export function zstdFrame(content: Uint8Array, options: ZstdOptions = {}): Uint8Array {
  const { sizeBytes = 0, isChecked = false, blockBytes = 16 << 10 } = options;
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < content.length || at === 0; at += blockBytes)
    blocks.push(block(content.subarray(at, at + blockBytes), at + blockBytes >= content.length, options));
  const checksum = options.checksum ?? Number(xxh64(content) & 0xffffffffn);
  return concat(ZSTD_MAGIC, frameHeader(content.length, sizeBytes, options), ...blocks, isChecked ? u32(checksum) : []);
}

/** Part 3.1.1.1: with one byte of size there is no window. */
function frameHeader(length: number, sizeBytes: number, options: ZstdOptions): Uint8Array {
  const isSingle = sizeBytes === 1;
  const code = { 0: 0, 1: 0, 2: 1, 4: 2, 8: 3 }[sizeBytes] ?? 0;
  const descriptor = options.descriptor ?? (code << 6) | (isSingle ? 0x20 : 0) | (options.isChecked ? 4 : 0);
  const size = options.size ?? BigInt(length - (sizeBytes === 2 ? 256 : 0));
  return concat(
    [descriptor],
    isSingle ? [] : [options.window ?? 0x58],
    u64(BigInt.asUintN(64, size)).subarray(0, sizeBytes),
  );
}

function block(content: Uint8Array, isLast: boolean, options: ZstdOptions): Uint8Array {
  const isRepeated = content.length > 1 && content.every((byte) => byte === content[0]);
  const type = options.blockType ?? (isRepeated ? REPEATED : RAW);
  const size = options.blockSize ?? content.length;
  const header = (size << 3) | (type << 1) | (isLast && !options.withoutLast ? 1 : 0);
  return concat(u32(header).subarray(0, 3), isRepeated ? content.subarray(0, 1) : content);
}

const SIZE_BYTES: readonly number[] = [0, 2, 4, 8];
const DICTIONARY_BYTES: readonly number[] = [0, 1, 2, 4];

/** What one frame of such blocks holds; undefined for any other. */
export function unzstd(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < 9 || Buffer.compare(bytes.subarray(0, 4), ZSTD_MAGIC) !== 0) return undefined;
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const descriptor = bytes[4] ?? 0;
  const isSingle = (descriptor & 0x20) !== 0;
  const size = descriptor >> 6;
  let at = 5 + (isSingle ? 0 : 1) + (DICTIONARY_BYTES[descriptor & 3] ?? 0);
  at += isSingle && size === 0 ? 1 : (SIZE_BYTES[size] ?? 0);
  const parts: Uint8Array[] = [];
  while (at + 3 <= bytes.length) {
    const header = file.readUIntLE(at, 3);
    const [type, length] = [(header >> 1) & 3, header >> 3];
    at += 3;
    if (type > REPEATED) return undefined;
    const isRepeated = type === REPEATED;
    parts.push(isRepeated ? new Uint8Array(length).fill(bytes[at] ?? 0) : bytes.subarray(at, at + length));
    at += isRepeated ? 1 : length;
    if ((header & 1) === 0) continue;
    return at + ((descriptor & 4) !== 0 ? 4 : 0) === bytes.length ? concat(...parts) : undefined;
  }
  return undefined;
}
