// .xz files, https://tukaani.org/xz/xz-file-format.txt 1.2.1

import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { concat, u32, u64 } from "./bytes.js";
import { crc64 } from "./checksums.js";
import { lzma2, unlzma2 } from "./lzma.js";

const MAGIC = "\xfd7zXZ\0";
const LZMA2 = 0x21;
const DELTA = 3;

export type XzCheck = 0 | 1 | 4 | 10;

export interface XzOptions {
  readonly check?: XzCheck;
  readonly blockBytes?: number;
  readonly isStored?: boolean;
  /** Whether block headers tell the sizes. */
  readonly isSized?: boolean;
  /** Each byte told by its difference to the one before. */
  readonly isDelta?: boolean;
  /** Fields that do not say what is so, in parts whose checksums are right. */
  readonly flags?: number;
  readonly footerFlags?: number;
  readonly records?: number;
  readonly unpadded?: number;
  readonly uncompressed?: number;
  readonly backward?: number;
  readonly blockFlags?: number;
  readonly dictionary?: number;
  readonly wrongCheck?: boolean;
}

export function xz(content: Uint8Array, options: XzOptions = {}): Uint8Array {
  const { check = 4, blockBytes = 64 << 10 } = options;
  const blocks: Block[] = [];
  for (let at = 0; at < content.length; at += blockBytes)
    blocks.push(block(content.subarray(at, at + blockBytes), options));
  const index = indexOf(blocks, options);
  const backward = u32(options.backward ?? index.length / 4 - 1);
  const tail = concat(backward, [0, options.footerFlags ?? check]);
  const flags = Uint8Array.of(0, options.flags ?? check);
  return concat(
    ...[Buffer.from(MAGIC, "latin1"), flags, u32(crc32(flags))],
    ...blocks.map(({ bytes }) => bytes),
    index,
    ...[u32(crc32(tail)), tail, "YZ"],
  );
}

interface Block {
  readonly bytes: Uint8Array;
  readonly unpadded: number;
  readonly size: number;
}

function block(content: Uint8Array, options: XzOptions): Block {
  const { check = 4, isStored = true, isSized = false, isDelta = false, dictionary = 22 } = options;
  const packed = lzma2(isDelta ? content.map((byte, at) => byte - (content[at - 1] ?? 0)) : content, { isStored });
  const sizes = isSized ? [...number(packed.length), ...number(content.length)] : [];
  const filters = [...(isDelta ? [DELTA, 1, 0] : []), LZMA2, 1, dictionary];
  const flags = options.blockFlags ?? (isSized ? 0xc0 : 0) | (isDelta ? 1 : 0);
  const header = padded(concat([0, flags], sizes, filters));
  header[0] = header.length / 4;
  const sum = checkOf(content, check);
  if (options.wrongCheck) sum.fill(7);
  const head = concat(header, u32(crc32(header)));
  return {
    bytes: concat(head, padded(packed), sum),
    unpadded: head.length + packed.length + sum.length,
    size: content.length,
  };
}

function indexOf(blocks: readonly Block[], options: XzOptions): Uint8Array {
  const records = blocks.flatMap(({ unpadded, size }) => [
    ...number(options.unpadded ?? unpadded),
    ...number(options.uncompressed ?? size),
  ]);
  const index = padded(concat([0], number(options.records ?? blocks.length), records));
  return concat(index, u32(crc32(index)));
}

function checkOf(content: Uint8Array, check: XzCheck): Uint8Array {
  if (check === 0) return new Uint8Array();
  if (check === 1) return u32(crc32(content));
  return check === 4 ? u64(crc64(content)) : new Uint8Array(createHash("sha256").update(content).digest());
}

/** Seven bits a byte, the lowest first. */
function number(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...number(Math.floor(value / 128))];
}

function padded(bytes: Uint8Array): Uint8Array {
  return concat(bytes, new Uint8Array(-bytes.length & 3));
}

const CHECK_BYTES: readonly number[] = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];

/** What sound streams of LZMA2 alone hold. */
export function unxz(bytes: Uint8Array, largest: number): Uint8Array | undefined {
  const file = Buffer.from(bytes);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    if (at > 0 && file.readUInt8(at) === 0) {
      at++; // padding
      continue;
    }
    if (file.toString("latin1", at, at + 6) !== MAGIC || at + 24 > file.length) return undefined;
    const check = CHECK_BYTES[file.readUInt8(at + 7)] ?? 0;
    at += 12;
    for (; file[at] !== 0; ) {
      const one = readBlock(file, at, largest);
      if (one === undefined) return undefined;
      parts.push(one.content);
      at = one.end + (-one.end & 3) + check;
    }
    const end = endOfIndex(file, at);
    if (end === undefined) return undefined;
    at = end;
  }
  return concat(...parts);
}

function readBlock(file: Buffer, at: number, largest: number): { content: Uint8Array; end: number } | undefined {
  if (at + 8 > file.length) return undefined;
  const size = 4 * (file.readUInt8(at) + 1);
  const header = file.subarray(at, at + size);
  let place = 2;
  for (const flag of [0x40, 0x80]) {
    if (header.length > 1 && (header.readUInt8(1) & flag) === 0) continue;
    while ((header[place] ?? 0) >= 0x80) place++;
    place++;
  }
  const isPlain = header.length === size && (header.readUInt8(1) & 3) === 0 && header[place] === LZMA2;
  return isPlain ? unlzma2(file, at + size, largest) : undefined;
}

/** The footer stands behind the index and is as long as a header. */
function endOfIndex(file: Buffer, at: number): number | undefined {
  const end = file.indexOf("YZ", at, "latin1");
  return end < 0 ? undefined : end + 2;
}
