// LZ4 frames out of blocks that the test writes itself.

import { u32, u64 } from "./bytes.js";
import { xxh32 } from "./checksums.js";

export const LZ4_MAGIC = u32(0x184d2204);
export const LZ4_LEGACY_MAGIC = u32(0x184c2102);
const UNCOMPRESSED = 0x80000000;

/** A block of literals alone. */
export function literals(content: Uint8Array): Uint8Array {
  const length = content.length;
  const extra = length < 15 ? [] : [...Array(Math.floor((length - 15) / 255)).fill(255), (length - 15) % 255];
  return Buffer.concat([Uint8Array.from([Math.min(length, 15) << 4, ...extra]), content]);
}

/** A match `length` long that begins `distance` bytes back, then the last literals. */
export function match(distance: number, length: number, last: Uint8Array): Uint8Array {
  const rest = length - 4;
  const extra = rest < 15 ? [] : [...Array(Math.floor((rest - 15) / 255)).fill(255), (rest - 15) % 255];
  return Buffer.concat([
    Uint8Array.from([Math.min(rest, 15), distance & 0xff, distance >> 8, ...extra]),
    literals(last),
  ]);
}

export interface FrameOptions {
  readonly linked?: boolean;
  readonly blockChecksum?: boolean;
  readonly contentChecksum?: boolean;
  /** 4 to 7: 64 KiB to 4 MiB. */
  readonly sizeCode?: number;
  readonly withoutEnd?: boolean;
  /** Told in the header. */
  readonly contentSize?: bigint;
  /** What the blocks hold, for its checksum. */
  readonly content?: Uint8Array;
}

/** A frame of compressed blocks; a `Uint8Array` in an array stands uncompressed. */
export function lz4Frame(
  blocks: readonly (Uint8Array | readonly [Uint8Array])[],
  options: FrameOptions = {},
): Uint8Array {
  const {
    linked = false,
    blockChecksum = false,
    contentChecksum = false,
    sizeCode = 4,
    withoutEnd = false,
    contentSize,
  } = options;
  const checks = (blockChecksum ? 0x10 : 0) | (contentChecksum ? 4 : 0);
  const flags = 0x40 | (linked ? 0 : 0x20) | checks | (contentSize === undefined ? 0 : 8);
  const size = contentSize === undefined ? new Uint8Array() : u64(contentSize);
  const descriptor = Uint8Array.of(flags, sizeCode << 4, ...size);
  const parts: Uint8Array[] = [LZ4_MAGIC, descriptor, Uint8Array.of((xxh32(descriptor) >>> 8) & 0xff)];
  for (const block of blocks) {
    const bytes = block instanceof Uint8Array ? block : block[0];
    parts.push(u32(bytes.length + (block === bytes ? 0 : UNCOMPRESSED)), bytes);
    if (blockChecksum) parts.push(u32(xxh32(bytes)));
  }
  if (!withoutEnd) parts.push(u32(0));
  if (contentChecksum && !withoutEnd) parts.push(u32(options.content ? xxh32(options.content) : 0));
  return Buffer.concat(parts);
}

export function skippable(content: Uint8Array, nibble = 0): Uint8Array {
  return Buffer.concat([u32(0x184d2a50 + nibble), u32(content.length), content]);
}
