// Zstandard frames of raw and repeated blocks, with each of the optional fields.

import { concat, u32 } from "../../builders/bytes.js";
import { skippable } from "../../builders/lz4.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import { unzstd, type ZstdOptions, zstdFrame } from "../../builders/zstd.js";
import { halves, type Packing, repacking } from "./packing.js";
import { type Change, lieAbout, lieAt, type Structure } from "./structure.js";

function options(content: Uint8Array, dice: Dice): ZstdOptions {
  const widths = ([0, 1, 2, 4, 8] as const).filter((width) => width !== (content.length < 256 ? 2 : 1));
  return {
    sizeBytes: dice.pick(content.length < 65_536 ? widths : ([0, 4, 8] as const)),
    isChecked: dice.below(2) === 0,
    blockBytes: dice.pick([100, 4096, 16 << 10]),
  };
}

export const zstdPacking: Packing = {
  name: "zstd",
  unpack: unzstd,
  pack: (content, dice) => zstdFrame(content, options(content, dice)),
};

/** Frames, and not what is in them, for those whose blocks are compressed. */
function around(change: (bytes: Uint8Array, dice: Dice) => Uint8Array): Change {
  return (bytes, dice) =>
    Buffer.from(bytes).toString("latin1", 0, 4) === "\x28\xb5\x2f\xfd" ? change(bytes, dice) : undefined;
}

const LYING_FIELDS: readonly (readonly [keyof ZstdOptions, number])[] = [
  ...([
    ["window", 8],
    ["descriptor", 8],
    ["checksum", 32],
    ["blockType", 2],
    ["blockSize", 21],
  ] as const),
];

function lyingField(content: Uint8Array, dice: Dice): Uint8Array {
  const [field, width] = dice.pick(LYING_FIELDS);
  return zstdFrame(content, {
    ...options(content, dice),
    [field]: Number(BigInt.asUintN(width, lieAbout(content.length, dice))),
  });
}

export const zstdStructure: Structure = {
  name: "zstd",
  harmless: {
    repacked: repacking(zstdPacking, zstdPacking.pack),
    inFrames: repacking(zstdPacking, (content, dice) =>
      concat(...halves(content, dice).map((half) => zstdPacking.pack(half, dice))),
    ),
    emptyBehind: around((bytes, dice) => concat(bytes, zstdPacking.pack(new Uint8Array(), dice))),
    /** The size of the frame, as pzstd writes it before. */
    announced: around((bytes) => concat(skippable(u32(bytes.length)), bytes)),
    /** A table of where frames begin, as the seekable format has it behind: one frame, no checksums. */
    seekable: repacking(zstdPacking, (content, dice) => {
      const frame = zstdPacking.pack(content, dice);
      const table = concat(u32(frame.length), u32(content.length), u32(1), [0], u32(0x8f92eab1));
      return concat(frame, skippable(table, 14));
    }),
  },
  odd: {
    skippableBefore: around((bytes, dice) => concat(skippable(new Uint8Array(dice.below(90)), dice.below(16)), bytes)),
    skippableBehind: around((bytes, dice) => concat(bytes, skippable(Buffer.from("a note"), dice.below(16)))),
    endless: repacking(zstdPacking, (content) => zstdFrame(content, { withoutLast: true })),
    unchecked: repacking(zstdPacking, (content) => zstdFrame(content, { isChecked: true, checksum: 7 })),
    followed: around((bytes) => concat(bytes, new Uint8Array(40))),
  },
  lies: {
    field: repacking(zstdPacking, lyingField),
    size: repacking(zstdPacking, (content, dice) =>
      zstdFrame(content, { sizeBytes: 8, size: lieAbout(content.length, dice) }),
    ),
    byte: around((bytes, dice) => lieAt(bytes, dice.below(Math.min(24, bytes.length)), 1, dice)),
  },
};
