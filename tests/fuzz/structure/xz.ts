// .xz in other blocks, streams and checks, and headers that lie while their checksums are right.

import { concat } from "../../builders/bytes.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import { unxz, type XzOptions, xz } from "../../builders/xz.js";
import { halves, LARGEST_CONTENT, type Packing, repacking } from "./packing.js";
import { lieAbout, lieAt, type Structure } from "./structure.js";

function options(dice: Dice): XzOptions {
  return {
    check: dice.pick([0, 1, 4, 10]),
    isStored: dice.below(2) === 0,
    isSized: dice.below(2) === 0,
    blockBytes: dice.pick([100, 4000, 64 << 10]),
    dictionary: 16 + dice.below(9),
  };
}

export const xzPacking: Packing = {
  name: "xz",
  unpack: (bytes) => (bytes[0] === 0xfd && bytes[1] === 0x37 ? unxz(bytes, LARGEST_CONTENT) : undefined),
  pack: (content, dice) => xz(content, options(dice)),
};

/** Numbers of the format are below 2^63; ours are as far as they are exact. */
const LARGEST_NUMBER = 48;

function lyingNumber(content: Uint8Array, dice: Dice): Uint8Array {
  const field = dice.pick(["records", "unpadded", "uncompressed"] as const);
  return xz(content, {
    ...options(dice),
    [field]: Number(BigInt.asUintN(LARGEST_NUMBER, lieAbout(content.length, dice))),
  });
}

function lyingField(content: Uint8Array, dice: Dice): Uint8Array {
  const [field, width] = dice.pick([
    ["flags", 8],
    ["footerFlags", 8],
    ["blockFlags", 8],
    ["dictionary", 8],
    ["backward", 32],
  ] as const);
  return xz(content, { ...options(dice), [field]: Number(BigInt.asUintN(width, lieAbout(4, dice))) });
}

export const xzStructure: Structure = {
  name: "xz",
  harmless: {
    repacked: repacking(xzPacking, xzPacking.pack),
    inStreams: repacking(xzPacking, (content, dice) =>
      concat(...halves(content, dice).map((half) => xzPacking.pack(half, dice))),
    ),
    padded: repacking(xzPacking, (content, dice) =>
      concat(xzPacking.pack(content, dice), new Uint8Array(4 * (1 + dice.below(8)))),
    ),
  },
  odd: {
    delta: repacking(xzPacking, (content, dice) => xz(content, { ...options(dice), isDelta: true })),
    apart: repacking(xzPacking, (content, dice) => {
      const [first, second] = halves(content, dice);
      return concat(xzPacking.pack(first, dice), new Uint8Array(8), xzPacking.pack(second, dice));
    }),
    unchecked: repacking(xzPacking, (content) => xz(content, { wrongCheck: true })),
    reserved: repacking(xzPacking, (content, dice) => concat(xz(content), new Uint8Array(1 + dice.below(3)))),
  },
  lies: {
    number: repacking(xzPacking, lyingNumber),
    field: repacking(xzPacking, lyingField),
    byte: repacking(xzPacking, (content, dice) => {
      const stream = xz(content, options(dice));
      return lieAt(stream, dice.below(stream.length), 1, dice);
    }),
  },
};
