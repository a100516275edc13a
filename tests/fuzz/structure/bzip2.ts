// bzip2 in other blocks and streams.

import { concat } from "../../builders/bytes.js";
import { type Bzip2Options, bzip2, unbzip2 } from "../../builders/bzip2.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import { halves, LARGEST_CONTENT, type Packing, repacking } from "./packing.js";
import { lieAbout, lieAt, type Structure } from "./structure.js";

export const bzip2Packing: Packing = {
  name: "bzip2",
  unpack: (bytes) =>
    Buffer.from(bytes).toString("latin1", 0, 3) === "BZh" ? unbzip2(bytes, LARGEST_CONTENT) : undefined,
  pack: (content, dice) => bzip2(content, { level: 1 + dice.below(9), blockBytes: dice.pick([100, 1000, 8000]) }),
};

/** Fields and their widths in bits. */
const FIELDS: readonly (readonly [keyof Bzip2Options, number])[] = [
  ...([
    ["blockMagic", 48],
    ["endMagic", 48],
    ["blockCrc", 32],
    ["streamCrc", 32],
    ["origin", 24],
    ["selectors", 15],
  ] as const),
];

function lyingField(content: Uint8Array, dice: Dice): Uint8Array {
  const [field, width] = dice.pick(FIELDS);
  return bzip2(content, { [field]: Number(BigInt.asUintN(width, lieAbout(content.length, dice))) });
}

export const bzip2Structure: Structure = {
  name: "bzip2",
  harmless: {
    repacked: repacking(bzip2Packing, bzip2Packing.pack),
    /** As parallel compressors write. */
    inStreams: repacking(bzip2Packing, (content, dice) =>
      concat(...halves(content, dice).map((half) => bzip2Packing.pack(half, dice))),
    ),
    emptyBehind: repacking(bzip2Packing, (content, dice) =>
      concat(bzip2Packing.pack(content, dice), bzip2(new Uint8Array())),
    ),
  },
  odd: {
    padded: repacking(bzip2Packing, (content) => concat(bzip2(content), new Uint8Array(512))),
    emptyBefore: repacking(bzip2Packing, (content) => concat(bzip2(new Uint8Array()), bzip2(content))),
    /** Decoders find an error only behind what they have handed over. */
    unchecked: repacking(bzip2Packing, (content) => bzip2(content, { streamCrc: 7 })),
  },
  lies: {
    field: repacking(bzip2Packing, lyingField),
    level: repacking(bzip2Packing, (content, dice) => bzip2(content, { level: dice.below(10) })),
    byte: repacking(bzip2Packing, (content, dice) => {
      const stream = bzip2(content);
      return lieAt(stream, dice.below(Math.min(stream.length, 60)), 1, dice);
    }),
  },
};
