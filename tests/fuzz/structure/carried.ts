// Content carried over from one compressor to another, where the loader of the file accepts any.

import { bzip2Packing } from "./bzip2.js";
import { lz4Packing } from "./lz4.js";
import { lzmaPacking } from "./lzma.js";
import { LARGEST_CONTENT, type Packing } from "./packing.js";
import { gzipPacking, zlibPacking } from "./streams.js";
import type { Change, Structure } from "./structure.js";
import { xzPacking } from "./xz.js";
import { zstdPacking } from "./zstd.js";

const plainPacking: Packing = { name: "plain", unpack: (bytes) => bytes, pack: (content) => content };

export const PACKINGS: readonly Packing[] = [
  ...[gzipPacking, zlibPacking, bzip2Packing, xzPacking, lzmaPacking, lz4Packing, zstdPacking],
];

/** From any of these compressors to another of them. */
function carrying(packings: readonly Packing[]): Change {
  return (bytes, dice) => {
    for (const from of packings) {
      const content = from.unpack(bytes);
      if (content === undefined || content.length > LARGEST_CONTENT) continue;
      return dice.pick(packings.filter((packing) => packing !== from)).pack(content, dice);
    }
    return undefined;
  };
}

/** joblib tells the compressor by the first bytes, whatever the file is called. */
export const joblibStructure: Structure = {
  name: "joblib",
  names: /\.joblib$/,
  harmless: {
    carriedOver: carrying([gzipPacking, zlibPacking, bzip2Packing, xzPacking, lzmaPacking, lz4Packing, plainPacking]),
  },
};

/** So does R, in gzcon and gzfile. */
export const packedRStructure: Structure = {
  name: "packed R",
  names: /\.(?:rds|rda|rdata)$/i,
  harmless: { carriedOver: carrying([gzipPacking, bzip2Packing, xzPacking, lzmaPacking, plainPacking]) },
};

/** Whoever unpacks by hand goes by the content. */
export const carriedStructure: Structure = {
  name: "carried",
  odd: {
    over: carrying(PACKINGS),
    twice: (bytes, dice) => {
      const packing = PACKINGS.find(({ unpack }) => unpack(bytes) !== undefined);
      return packing && bytes.length < LARGEST_CONTENT ? dice.pick(PACKINGS).pack(bytes, dice) : undefined;
    },
  },
};

function isQuick(name: string): boolean {
  return name === "gzip" || name === "zlib";
}

/** A change to what a stream holds. */
export function insidePackings(change: Change): Change {
  return (bytes, dice) => {
    for (const { name, unpack, pack } of PACKINGS) {
      const content = unpack(bytes);
      const changed = content && change(content, dice);
      if (changed !== undefined)
        return changed.length <= LARGEST_CONTENT || isQuick(name) ? pack(changed, dice) : undefined;
    }
    return undefined;
  };
}
