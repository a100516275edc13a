// The old .lzma format, with other properties and sizes.

import { concat } from "../../builders/bytes.js";
import { lzmaFile, unlzma } from "../../builders/lzma.js";
import { LARGEST_CONTENT, type Packing, repacking } from "./packing.js";
import { lieAbout, lieAt, type Structure } from "./structure.js";

const MIB = 1 << 20;

export const lzmaPacking: Packing = {
  name: "lzma",
  unpack: (bytes) =>
    bytes[0] === 0x5d && bytes[1] === 0 && bytes[13] === 0 ? unlzma(bytes, LARGEST_CONTENT) : undefined,
  /** R knows such files by a dictionary of 8 MiB. */
  pack: (content, dice) => lzmaFile(content, { dictionary: 8 * MIB, isSized: dice.below(2) === 0 }),
};

export const lzmaStructure: Structure = {
  name: "lzma",
  harmless: {
    repacked: repacking(lzmaPacking, lzmaPacking.pack),
    dictionary: repacking(lzmaPacking, (content, dice) =>
      lzmaFile(content, { dictionary: dice.pick([1, 3, 6, 48]) * MIB }),
    ),
    sizedAndMarked: repacking(lzmaPacking, (content) => lzmaFile(content, { isMarked: true })),
  },
  odd: {
    padded: repacking(lzmaPacking, (content) => concat(lzmaFile(content), new Uint8Array(512))),
  },
  lies: {
    size: repacking(lzmaPacking, (content, dice) => lzmaFile(content, { size: lieAbout(content.length, dice) })),
    header: repacking(lzmaPacking, (content, dice) =>
      lieAt(lzmaFile(content), dice.pick([0, 1, 5, 13]), dice.pick([1, 4]), dice),
    ),
    byte: repacking(lzmaPacking, (content, dice) => {
      const file = lzmaFile(content);
      return lieAt(file, dice.below(file.length), 1, dice);
    }),
  },
};

/** Only the first of the properties is known by its bytes; of others the name tells. */
export const namedLzmaStructure: Structure = {
  name: "lzma by name",
  names: /\.lzma$/,
  odd: {
    properties: repacking(lzmaPacking, (content, dice) =>
      lzmaFile(content, { properties: { lc: dice.below(4), lp: dice.below(2), pb: dice.below(5) } }),
    ),
  },
};
