// LZ4 frames of stored blocks and of literals, with each of the optional fields.

import { decodeBlock, HISTORY } from "../../../src/formats/streams/lz4-block.js";
import { concat, u32 } from "../../builders/bytes.js";
import { type FrameOptions, LZ4_LEGACY_MAGIC, LZ4_MAGIC, literals, lz4Frame, skippable } from "../../builders/lz4.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import { halves, LARGEST_CONTENT, type Packing, repacking } from "./packing.js";
import { type Change, lieAbout, lieAt, type Structure } from "./structure.js";

const UNCOMPRESSED = 0x80000000;

/** Blocks of a frame, or of a legacy frame. */
function unpack(bytes: Uint8Array): Uint8Array | undefined {
  const file = Buffer.from(bytes);
  if (file.length < 11) return undefined;
  const isLegacy = file.subarray(0, 4).equals(LZ4_LEGACY_MAGIC);
  if (!isLegacy && !file.subarray(0, 4).equals(LZ4_MAGIC)) return undefined;
  const flags = isLegacy ? 0x20 : file.readUInt8(4);
  const output = new Uint8Array(HISTORY + LARGEST_CONTENT);
  let at = isLegacy ? 4 : 7 + (flags & 8);
  let size = 0;
  while (at + 4 <= file.length) {
    const field = file.readUInt32LE(at);
    if (field === 0) {
      const end = at + 4 + (flags & 4);
      return end === file.length ? output.subarray(0, size) : undefined; // one frame alone
    }
    const length = field % UNCOMPRESSED;
    const block = file.subarray(at + 4, at + 4 + length);
    if (block.length < length || size + length > LARGEST_CONTENT) return undefined;
    if (field >= UNCOMPRESSED) output.set(block, size);
    const decoded = field >= UNCOMPRESSED ? { end: size + length } : decodeBlock(block, output, size);
    if ("invalidAt" in decoded) return undefined;
    size = decoded.end;
    at += 4 + length + ((flags & 0x10) === 0 ? 0 : 4);
  }
  return isLegacy && at === file.length ? output.subarray(0, size) : undefined;
}

function blocksOf(content: Uint8Array, dice: Dice): (Uint8Array | readonly [Uint8Array])[] {
  const blocks: (Uint8Array | readonly [Uint8Array])[] = [];
  const size = dice.pick([100, 4096, 64 << 10]);
  for (let at = 0; at < content.length; at += size) {
    const block = content.subarray(at, at + size);
    blocks.push(dice.below(2) === 0 && block.length < 60_000 ? literals(block) : [block]);
  }
  return blocks;
}

function options(content: Uint8Array, dice: Dice): FrameOptions {
  return {
    content,
    linked: dice.below(2) === 0,
    blockChecksum: dice.below(2) === 0,
    contentChecksum: dice.below(2) === 0,
    sizeCode: 4 + dice.below(4),
    ...(dice.below(2) === 0 ? { contentSize: BigInt(content.length) } : {}),
  };
}

export const lz4Packing: Packing = {
  name: "lz4",
  unpack,
  pack: (content, dice) => new Uint8Array(lz4Frame(blocksOf(content, dice), options(content, dice))),
};

const legacy: Change = repacking(lz4Packing, (content) => {
  const block = literals(content);
  return concat(LZ4_LEGACY_MAGIC, u32(block.length), block);
});

export const lz4Structure: Structure = {
  name: "lz4",
  harmless: {
    repacked: repacking(lz4Packing, lz4Packing.pack),
    inFrames: repacking(lz4Packing, (content, dice) =>
      concat(...halves(content, dice).map((half) => lz4Packing.pack(half, dice))),
    ),
  },
  odd: {
    legacy,
    skippableBefore: repacking(lz4Packing, (content, dice) =>
      concat(skippable(new Uint8Array(dice.below(40)), dice.below(16)), lz4Packing.pack(content, dice)),
    ),
    skippableBehind: repacking(lz4Packing, (content, dice) =>
      concat(lz4Packing.pack(content, dice), skippable(Buffer.from("a note"), dice.below(16))),
    ),
    endless: repacking(
      lz4Packing,
      (content) => new Uint8Array(lz4Frame([[content.subarray(0, 60_000)]], { withoutEnd: true })),
    ),
    unchecked: repacking(
      lz4Packing,
      (content, dice) => new Uint8Array(lz4Frame(blocksOf(content, dice), { contentChecksum: true })),
    ),
    followed: repacking(lz4Packing, (content, dice) => concat(lz4Packing.pack(content, dice), new Uint8Array(40))),
  },
  lies: {
    size: repacking(
      lz4Packing,
      (content, dice) =>
        new Uint8Array(lz4Frame(blocksOf(content, dice), { contentSize: lieAbout(content.length, dice) })),
    ),
    header: repacking(lz4Packing, (content, dice) =>
      lieAt(lz4Packing.pack(content, dice), dice.pick([4, 5, 6, 7, 15]), 1, dice),
    ),
    block: repacking(lz4Packing, (content, dice) =>
      lieAt(new Uint8Array(lz4Frame(blocksOf(content, dice))), dice.pick([7, 11]), dice.pick([1, 4]), dice),
    ),
  },
};
