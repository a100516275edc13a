// A compressor as far as its streams can be taken apart and made: what every structure of a stream begins with.

import type { Dice } from "../../builders/pickle-grammar.js";
import type { Change } from "./structure.js";

/** Content that is packed anew: our own compressors are plain and slow. */
export const LARGEST_CONTENT = 128 << 10;

export interface Packing {
  readonly name: string;
  /** What a sound stream holds, where it is not too large. */
  readonly unpack: (bytes: Uint8Array) => Uint8Array | undefined;
  /** One of the streams that honest software writes. */
  readonly pack: (content: Uint8Array, dice: Dice) => Uint8Array;
}

/** A stream of this compressor made again out of its content. */
export function repacking(
  { unpack }: Packing,
  repack: (content: Uint8Array, dice: Dice) => Uint8Array | undefined,
): Change {
  return (bytes, dice) => {
    const content = unpack(bytes);
    return content && content.length <= LARGEST_CONTENT ? repack(content, dice) : undefined;
  };
}

/** Two pieces, the first of which may be empty. */
export function halves(content: Uint8Array, dice: Dice): [Uint8Array, Uint8Array] {
  const middle = dice.below(content.length + 1);
  return [content.subarray(0, middle), content.subarray(middle)];
}
