// 7z headers that lie while their checksums are right: 7zFormat.txt of the LZMA SDK.

import { crc32 } from "node:zlib";
import { concat } from "../../builders/bytes.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import { type Change, lieAt, type Structure } from "./structure.js";

const SIGNATURE = "7z\xbc\xaf\x27\x1c";
const START = 32;
/** Property ids. */
const HEADER = 1;
const DUMMY = 0x19;

interface SevenZip {
  readonly packed: Uint8Array;
  /** The header, or where it is packed. */
  readonly header: Uint8Array;
}

function read(bytes: Uint8Array): SevenZip | undefined {
  const file = Buffer.from(bytes);
  if (file.length < START || file.toString("latin1", 0, 6) !== SIGNATURE) return undefined;
  const start = START + Number(file.readBigUInt64LE(12));
  const end = start + Number(file.readBigUInt64LE(20));
  return end === file.length && end > start
    ? { packed: bytes.subarray(START, start), header: bytes.subarray(start) }
    : undefined;
}

function write({ packed, header }: SevenZip): Uint8Array {
  const start = Buffer.alloc(START);
  start.write(SIGNATURE, 0, "latin1");
  start.writeUInt8(4, 7);
  start.writeBigUInt64LE(BigInt(packed.length), 12);
  start.writeBigUInt64LE(BigInt(header.length), 20);
  start.writeUInt32LE(crc32(header), 28);
  start.writeUInt32LE(crc32(start.subarray(12)), 8);
  return concat(start, packed, header);
}

function rewriting(rewrite: (file: SevenZip, dice: Dice) => Partial<SevenZip> | undefined): Change {
  return (bytes, dice) => {
    const file = read(bytes);
    const changed = file && rewrite(file, dice);
    return file && changed && write({ ...file, ...changed });
  };
}

/** Padding, which 7-Zip writes to align what follows, before the end of the file list and of the header. */
const padded = rewriting(({ header }, dice) => {
  if (header[0] !== HEADER || header.at(-1) !== 0 || header.at(-2) !== 0) return undefined;
  const length = dice.below(100);
  return { header: concat(header.subarray(0, -2), [DUMMY, length], new Uint8Array(length), [0, 0]) };
});

export const sevenZipStructure: Structure = {
  name: "7z",
  harmless: { padded },
  odd: {
    spaced: rewriting(({ packed }, dice) => ({ packed: concat(packed, new Uint8Array(1 + dice.below(64))) })),
  },
  lies: {
    byte: rewriting(({ header }, dice) => ({ header: lieAt(header, dice.below(header.length), 1, dice) })),
    removed: rewriting(({ header }, dice) => {
      const at = dice.below(header.length);
      return { header: concat(header.subarray(0, at), header.subarray(at + 1 + dice.below(4))) };
    }),
    repeated: rewriting(({ header }, dice) => {
      const at = dice.below(header.length);
      return { header: concat(header.subarray(0, at), header.subarray(dice.below(at + 1))) };
    }),
    packed: rewriting(({ packed }, dice) => ({ packed: lieAt(packed, dice.below(packed.length + 1), 1, dice) })),
  },
};
