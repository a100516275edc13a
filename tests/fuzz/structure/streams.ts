// gzip, zlib and brotli around other content.

import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
} from "node:zlib";
import { concat } from "../../builders/bytes.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import type { Packing } from "./packing.js";
import type { Change, Structure } from "./structure.js";

const LARGEST = 1 << 20;
const GZIP_HEADER = 10;

/** What the stream holds, where it is sound. */
function unpack(bytes: Uint8Array): { content: Uint8Array; kind: "gzip" | "zlib" } | undefined {
  try {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b)
      return { content: gunzipSync(bytes, { maxOutputLength: LARGEST }), kind: "gzip" };
    if (bytes[0] === 0x78) return { content: inflateSync(bytes, { maxOutputLength: LARGEST }), kind: "zlib" };
  } catch {
    // cut or damaged: not taken apart
  }
  return undefined;
}

function pack(content: Uint8Array, kind: "gzip" | "zlib", dice: Dice): Uint8Array {
  // Level 0 leaves an archive inside in plain sight, which zip readers then find as well.
  const options = { level: 1 + dice.below(9), strategy: dice.pick([0, constants.Z_FIXED, constants.Z_HUFFMAN_ONLY]) };
  return new Uint8Array(kind === "gzip" ? gzipSync(content, options) : deflateSync(content, options));
}

function rewriting(
  rewrite: (content: Uint8Array, kind: "gzip" | "zlib", dice: Dice) => Uint8Array | undefined,
): Change {
  return (bytes, dice) => {
    const unpacked = unpack(bytes);
    return unpacked && rewrite(unpacked.content, unpacked.kind, dice);
  };
}

function gzipOnly(rewrite: (content: Uint8Array, dice: Dice) => Uint8Array): Change {
  return rewriting((content, kind, dice) => (kind === "gzip" ? rewrite(content, dice) : undefined));
}

/** Optional fields of a header, RFC 1952 2.3: what was before them stays as it was. */
function withFields(stream: Uint8Array, flags: number, fields: Uint8Array): Uint8Array {
  const copy = concat(stream.subarray(0, GZIP_HEADER), fields, stream.subarray(GZIP_HEADER));
  copy[3] = flags;
  return copy;
}

function packing(name: "gzip" | "zlib"): Packing {
  return {
    name,
    unpack: (bytes) => {
      const unpacked = unpack(bytes);
      return unpacked?.kind === name ? unpacked.content : undefined;
    },
    pack: (content, dice) => pack(content, name, dice),
  };
}

export const gzipPacking: Packing = packing("gzip");
export const zlibPacking: Packing = packing("zlib");

export const streamStructure: Structure = {
  name: "stream",
  harmless: {
    repacked: rewriting(pack),
    named: gzipOnly((content) => withFields(new Uint8Array(gzipSync(content)), 8, Buffer.from("model.pkl\0"))),
  },
  odd: {
    described: gzipOnly((content, dice) => {
      const extra = new Uint8Array(dice.below(200));
      return withFields(new Uint8Array(gzipSync(content)), 4 | 16, concat([extra.length, 0], extra, "a comment\0"));
    }),
    inMembers: gzipOnly((content, dice) => {
      const middle = dice.below(content.length + 1);
      return concat(gzipSync(content.subarray(0, middle)), gzipSync(content.subarray(middle)));
    }),
    padded: gzipOnly((content) => concat(gzipSync(content), new Uint8Array(512))),
    twice: rewriting((content, _, dice) => pack(pack(content, "gzip", dice), "gzip", dice)),
  },
};

/** Brotli has no magic: only for files of its name. */
export const brotliStructure: Structure = {
  name: "brotli",
  names: /\.br$/,
  harmless: {
    repacked: (bytes, dice) => {
      try {
        const content = brotliDecompressSync(bytes, { maxOutputLength: LARGEST });
        return new Uint8Array(
          brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: dice.below(10) } }),
        );
      } catch {
        return undefined; // cut or damaged: not taken apart
      }
    },
  },
};
