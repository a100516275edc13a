// Compressed streams and tars that unpack without end, written by hand or by repeating what compresses on its own.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { constants, deflateRawSync, gzipSync } from "node:zlib";
import { deflatedZeros } from "./archives.mjs";

const MEGABYTE = 1 << 20;
const MEGABYTES = 4096;
const GZIP_HEADER = Buffer.from("1f8b0800000000000003", "hex");
const TRAILER = Buffer.alloc(8);
const BLOCK = 512;

/** A megabyte of zeros as `xz` and `lzma` write it, 24 of them by `bzip2`: such streams may follow each other. */
const XZ =
  "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj7///ANldAABv/f//o7f/Rz5IFXI5YVG4kijmo4YH+e7kHoLTL8U6PAFLsX7JiopNL6MN2X+m44wjEVPgWRjFdYrid/i2lH8MasDedElk4ulcU7IE2PdEDKtfDW1G6eXDdoi3llestk3haR1v+0uIEGxCy4g/XACP0E6vJiiUcR89jyThcJ6nI1/sKMuF0ZWYin4qkfIndfcZwAaYTZj92K/VkA/EJVP49ZE2MQWlsO5vwXBNRwzRkRGqrWAdus6xJxhcWYbpZlJYvul2rFnk5VsFCPnH2q38+1Iq9+SVJQAAAAAAwva6PqJwa2AAAfUBgIBAAHmXf0exxGf7AgAAAAAEWVo=";
const LZMA =
  "XQAAgAD//////////wAAb/3//6O3/0c+SBVyOWFRuJIo5qOGB/nu5B6C0y/FOjwBS7F+yYqKTS+jDdl/puOMIxFT4FkYxXWK4nf4tpR/DGrA3nRJZOLpXFOyBNj3RAyrXw1tRunlw3aIt5ZXrLZN4Wkdb/tLiBBsQsuIP1wAj9BOryYolHEfPY8k4XCepyNf7CjLhdGVmIp+KpHyJ3X3GcAGmE2Y/div1ZAPxCVT+PWRNjEFpbDub8FwTUcM0ZERqq1gHbrOsScYXFmG6WZSWL7pdqxZ5OVbBQj5x9qt/PtSKvflHNzP//+CFgAA";
const BZIP2 = "QlpoOTFBWSZTWY75S9IAwMDAgMAAAAIACCAAMMwFKaaAoC2ECgLxdyRThQkI75S9IA==";

function repeated(base64, times) {
  return Buffer.concat(Array(times).fill(Buffer.from(base64, "base64")));
}

/** One match that repeats a zero four million times, per block. */
function lz4() {
  const size = 4 * MEGABYTE;
  const rest = size - 1 - 4 - 15 - 5;
  const lengths = Buffer.concat([Buffer.alloc(Math.floor(rest / 255), 255), Buffer.of(rest % 255)]);
  const block = Buffer.concat([Buffer.of(0x1f, 0, 1, 0), lengths, Buffer.of(0x50, 0, 0, 0, 0, 0)]);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(block.length);
  const blocks = Array(MEGABYTES / 4).fill(Buffer.concat([head, block]));
  return Buffer.concat([Buffer.from("04224d18607000", "hex"), ...blocks, Buffer.alloc(4)]);
}

/** Blocks of one byte repeated 128 KiB times: four bytes each. */
function zstd() {
  const block = Buffer.alloc(4);
  block.writeUIntLE(((128 << 10) << 3) | (1 << 1), 0, 3);
  const blocks = Array(MEGABYTES * 8).fill(block);
  return Buffer.concat([Buffer.from("28b52ffd0038", "hex"), ...blocks, Buffer.from("010000", "hex")]);
}

function emptyMember() {
  const block = Buffer.alloc(BLOCK);
  block.write("member");
  block.write("0000644\0", 100);
  block.write("00000000000\0", 124);
  block.write("00000000000\0", 136);
  block.write("        0", 148);
  block.write("ustar\x0000", 257, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** A million headers in a few megabytes of gzip: two thousand of them compress on their own. */
function manyMembers(count) {
  const perPart = 2048;
  const headers = Buffer.concat(Array(perPart).fill(emptyMember()));
  const part = deflateRawSync(headers, { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  const end = deflateRawSync(Buffer.alloc(2 * BLOCK));
  return Buffer.concat([GZIP_HEADER, ...Array(Math.ceil(count / perPart)).fill(part), end, TRAILER]);
}

function nested(levels) {
  let bytes = gzipSync(Buffer.alloc(MEGABYTE));
  for (let level = 1; level < levels; level++) bytes = gzipSync(bytes);
  return bytes;
}

/** Four gigabytes of zeros each, unless the title says something else. */
export const STREAM_BOMBS = {
  gzip: () => Buffer.concat([GZIP_HEADER, deflatedZeros(MEGABYTES), TRAILER]),
  "gzip in gzip, forty levels": () => nested(40),
  zlib: () => Buffer.concat([Buffer.from("789c", "hex"), deflatedZeros(MEGABYTES), Buffer.alloc(4)]),
  bzip2: () => repeated(BZIP2, Math.ceil(MEGABYTES / 24)),
  xz: () => repeated(XZ, MEGABYTES),
  lzma: () => repeated(LZMA, MEGABYTES),
  lz4,
  zstd,
  "7z, 256 megabytes": () => readFileSync(join(import.meta.dirname, "../../fixtures/7z/bad.zeros.7z")),
  "tar of a million entries": () => manyMembers(1_000_000),
};
