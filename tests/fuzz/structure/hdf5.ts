// HDF5 with right checksums around fields that lie: https://docs.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html (version 3.0)

import { concat } from "../../builders/bytes.js";
import { type Change, lieAt, type Structure } from "./structure.js";

const SIGNATURE = "\x89HDF\r\n\x1a\n";

/** Offsets in a superblock with 8-byte offsets, by its version: of the base address, the end of file, and the checksum. */
const SUPERBLOCKS = [
  { base: 24, end: 40, checksum: undefined },
  { base: 28, end: 44, checksum: undefined },
  { base: 12, end: 28, checksum: 44 },
  { base: 12, end: 28, checksum: 44 },
] as const;

function superblockOf(bytes: Buffer) {
  if (bytes.toString("latin1", 0, 8) !== SIGNATURE || bytes.length < 96) return undefined;
  const version = bytes.readUInt8(8);
  const size = bytes.readUInt8(version < 2 ? 13 : 9);
  return size === 8 ? SUPERBLOCKS[version] : undefined;
}

/** A block of the user's in front, as `h5jam` puts it: the signature then lies at 512 or a doubling of it. */
const behindUserBlock: Change = (bytes, dice) => {
  const file = Buffer.from(bytes);
  const superblock = superblockOf(file);
  if (superblock === undefined) return undefined;
  const block = Buffer.alloc(512 << dice.below(4));
  file.writeBigUInt64LE(BigInt(block.length), superblock.base);
  file.writeBigUInt64LE(file.readBigUInt64LE(superblock.end) + BigInt(block.length), superblock.end);
  if (superblock.checksum) file.writeUInt32LE(lookup3(file.subarray(0, superblock.checksum)), superblock.checksum);
  return concat(block, file);
};

const lyingSuperblock: Change = (bytes, dice) => {
  const superblock = superblockOf(Buffer.from(bytes));
  if (superblock === undefined) return undefined;
  const file = Buffer.from(lieAt(bytes, 8 + dice.below(80), dice.pick([1, 2, 4, 8]), dice));
  if (superblock.checksum) file.writeUInt32LE(lookup3(file.subarray(0, superblock.checksum)), superblock.checksum);
  return new Uint8Array(file);
};

function placesOf(bytes: Buffer, signature: string): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(signature, 0, "latin1"); at >= 0; at = bytes.indexOf(signature, at + 4, "latin1"))
    places.push(at);
  return places;
}

/** Where the checksum of an object header of version 2 lies. */
function checksumOfHeader(bytes: Buffer, at: number): number | undefined {
  const flags = bytes[at + 5] ?? 0;
  const width = 1 << (flags & 3);
  const size = at + 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
  if (size + width > bytes.length || width > 4) return undefined;
  const end = size + width + bytes.readUIntLE(size, width);
  return end + 4 <= bytes.length ? end : undefined;
}

const lyingHeader: Change = (bytes, dice) => {
  if (superblockOf(Buffer.from(bytes)) === undefined) return undefined;
  const headers = placesOf(Buffer.from(bytes), "OHDR");
  if (headers.length === 0) return undefined;
  const at = dice.pick(headers);
  const end = checksumOfHeader(Buffer.from(bytes), at);
  if (end === undefined) return undefined;
  const file = Buffer.from(lieAt(bytes, at + 4 + dice.below(end - at - 4), dice.pick([1, 1, 2, 4, 8]), dice));
  file.writeUInt32LE(lookup3(file.subarray(at, end)), end);
  return new Uint8Array(file);
};

/** Structures without a checksum: trees and heaps of old files, and the messages that follow every 8 bytes. */
const lyingBlock: Change = (bytes, dice) => {
  const file = Buffer.from(bytes);
  if (superblockOf(file) === undefined) return undefined;
  const blocks = ["TREE", "HEAP", "SNOD", "GCOL", "FRHP", "FHDB", "BTHD", "BTLF", "OCHK"].flatMap((name) =>
    placesOf(file, name),
  );
  if (blocks.length === 0) return undefined;
  return lieAt(bytes, dice.pick(blocks) + 4 + dice.below(60), dice.pick([1, 2, 4, 8]), dice);
};

const lyingWord: Change = (bytes, dice) =>
  superblockOf(Buffer.from(bytes)) && lieAt(bytes, 8 * dice.below(bytes.length >> 3), dice.pick([1, 2, 4, 8]), dice);

/** An address of the file points to another place in it, its own structure included. */
const pointingElsewhere: Change = (bytes, dice) => {
  const file = Buffer.from(bytes);
  if (superblockOf(file) === undefined) return undefined;
  const places: number[] = [];
  for (let at = 0; at + 8 <= file.length; at += 8) {
    const value = file.readBigUInt64LE(at);
    if (value >= 48n && value < BigInt(file.length)) places.push(at);
  }
  if (places.length === 0) return undefined;
  const target =
    dice.below(2) === 0 ? file.readBigUInt64LE(dice.pick(places)) : BigInt(8 * dice.below(file.length >> 3));
  file.writeBigUInt64LE(target, dice.pick(places));
  return new Uint8Array(file);
};

export const hdf5Structure: Structure = {
  name: "hdf5",
  harmless: { behindUserBlock },
  odd: { followed: (bytes) => (superblockOf(Buffer.from(bytes)) ? concat(bytes, new Uint8Array(64)) : undefined) },
  lies: {
    superblock: lyingSuperblock,
    header: lyingHeader,
    block: lyingBlock,
    word: lyingWord,
    address: pointingElsewhere,
  },
};

function rotate(value: number, by: number): number {
  return ((value << by) | (value >>> (32 - by))) >>> 0;
}

/** Bob Jenkins' lookup3 (`hashlittle` with 0), the checksum of HDF5's metadata. */
export function lookup3(bytes: Uint8Array): number {
  let a = (0xdeadbeef + bytes.length) >>> 0;
  let [b, c] = [a, a];
  const word = (at: number): number =>
    ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>>
    0;
  let at = 0;
  for (; bytes.length - at > 12; at += 12) {
    a = (a + word(at)) >>> 0;
    b = (b + word(at + 4)) >>> 0;
    c = (c + word(at + 8)) >>> 0;
    a = ((a - c) ^ rotate(c, 4)) >>> 0;
    c = (c + b) >>> 0;
    b = ((b - a) ^ rotate(a, 6)) >>> 0;
    a = (a + c) >>> 0;
    c = ((c - b) ^ rotate(b, 8)) >>> 0;
    b = (b + a) >>> 0;
    a = ((a - c) ^ rotate(c, 16)) >>> 0;
    c = (c + b) >>> 0;
    b = ((b - a) ^ rotate(a, 19)) >>> 0;
    a = (a + c) >>> 0;
    c = ((c - b) ^ rotate(b, 4)) >>> 0;
    b = (b + a) >>> 0;
  }
  if (at === bytes.length) return c;
  a = (a + word(at)) >>> 0;
  b = (b + word(at + 4)) >>> 0;
  c = (c + word(at + 8)) >>> 0;
  c = ((c ^ b) - rotate(b, 14)) >>> 0;
  a = ((a ^ c) - rotate(c, 11)) >>> 0;
  b = ((b ^ a) - rotate(a, 25)) >>> 0;
  c = ((c ^ b) - rotate(b, 16)) >>> 0;
  a = ((a ^ c) - rotate(c, 4)) >>> 0;
  b = ((b ^ a) - rotate(a, 14)) >>> 0;
  return ((c ^ b) - rotate(b, 24)) >>> 0;
}
