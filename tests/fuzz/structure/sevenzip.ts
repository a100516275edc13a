// 7z archives packed anew, and headers that lie while their checksums are right: 7zFormat.txt of the LZMA SDK.

import { crc32 } from "node:zlib";
import { concat } from "../../builders/bytes.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import { readSevenZip, type SevenZipEntry, type SevenZipOptions, sevenZip } from "../../builders/sevenzip.js";
import { type Change, inserted, lieAt, type Structure, shuffled } from "./structure.js";

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

const LARGEST = 64 << 10;
/** Hundreds of nanoseconds from 1601 to some days in 2023. */
const A_DAY_OF_2023 = 133_200_000_000_000_000n;

function options(dice: Dice): SevenZipOptions {
  return {
    method: dice.pick(["copy", "lzma", "lzma2", "bzip2"]),
    isSolid: dice.below(2) === 0,
    isHeaderPacked: dice.below(2) === 0,
    ...(dice.below(2) === 0 ? { time: A_DAY_OF_2023 + BigInt(dice.next()) } : {}),
    ...(dice.below(3) === 0 ? { padding: dice.below(100) } : {}),
  };
}

function repacking(repack: (entries: readonly SevenZipEntry[], dice: Dice) => Uint8Array): Change {
  return (bytes, dice) => {
    const entries = readSevenZip(bytes);
    const size = entries?.reduce((sum, { content }) => sum + (content?.length ?? 0), 0) ?? 0;
    return entries && size <= LARGEST ? repack(entries, dice) : undefined;
  };
}

export function insideSevenZip(change: Change): Change {
  return (bytes, dice) => {
    const entries = readSevenZip(bytes);
    const at = dice.below(Math.max(1, entries?.length ?? 0));
    const one = entries?.[at];
    const content = one?.content && change(one.content, dice);
    if (entries === undefined || one === undefined || content === undefined || content.length > LARGEST)
      return undefined;
    return sevenZip(entries.with(at, { ...one, content }), options(dice));
  };
}

export const sevenZipStructure: Structure = {
  name: "7z",
  harmless: {
    padded,
    repacked: repacking((entries, dice) => sevenZip(entries, options(dice))),
    reordered: repacking((entries, dice) => sevenZip(shuffled(entries, dice), options(dice))),
    accompanied: repacking((entries, dice) => {
      const note = { name: `notes-${dice.below(1e6)}.txt`, content: Buffer.from("trained on tuesday\n") };
      return sevenZip(inserted(entries, dice.below(entries.length + 1), note), options(dice));
    }),
  },
  odd: {
    renamed: repacking((entries, dice) =>
      sevenZip(
        entries.map((one, i) => ({ ...one, name: `part-${i}-${dice.below(1e6)}` })),
        options(dice),
      ),
    ),
    twice: repacking((entries, dice) => sevenZip([...entries, dice.pick(entries)], options(dice))),
    spaced: rewriting(({ packed }, dice) => ({ packed: concat(packed, new Uint8Array(1 + dice.below(64))) })),
  },
  lies: {
    plain: repacking((entries, dice) =>
      sevenZip(entries, {
        ...options(dice),
        isHeaderPacked: false,
        changeHeader: (header) => lieAt(header, dice.below(header.length), dice.pick([1, 4]), dice),
      }),
    ),
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
