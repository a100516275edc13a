// A format as far as its files can be taken apart and put together again.

import type { Dice } from "../../builders/pickle-grammar.js";

/** The file changed; undefined where it is not of the form that this changes. */
export type Change = (bytes: Uint8Array, dice: Dice) => Uint8Array | undefined;

export type Changes = Readonly<Record<string, Change>>;

export interface Structure {
  readonly name: string;
  /** Files are known by their names, where content does not tell. */
  readonly names?: RegExp;
  /** To every loader the same file, and one that honest software writes. */
  readonly harmless?: Changes;
  /** Some loader still meets everything that is in it; nobody honest writes it so. */
  readonly odd?: Changes;
  /** Fields that lie, in a file that is sound around them. */
  readonly lies?: Changes;
}

/** Numbers that counts, lengths and offsets are checked against. */
const TELLING = [
  0n,
  1n,
  2n,
  0x7fn,
  0xffn,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  1n << 53n,
  (1n << 63n) - 1n,
];

/** A number where another stood: near to it, or one that is often forgotten. */
export function lieAbout(value: bigint | number, dice: Dice): bigint {
  const near = BigInt(value) + BigInt(dice.below(9) - 4);
  const lie = dice.below(2) === 0 ? near : dice.pick([...TELLING, (1n << 64n) - 1n]);
  return BigInt.asUintN(64, lie);
}

/** The number at `at`, of `width` bytes, replaced by a lie. */
export function lieAt(bytes: Uint8Array, at: number, width: 1 | 2 | 4 | 8, dice: Dice): Uint8Array {
  const copy = Buffer.from(bytes);
  if (at < 0 || at + width > copy.length) return copy;
  let value = 0n;
  for (let i = width - 1; i >= 0; i--) value = (value << 8n) | BigInt(copy.readUInt8(at + i));
  const lie = BigInt.asUintN(8 * width, lieAbout(value, dice));
  for (let i = 0; i < width; i++) copy.writeUInt8(Number((lie >> BigInt(8 * i)) & 0xffn), at + i);
  return new Uint8Array(copy);
}

/** In another order. */
export function shuffled<T>(items: readonly T[], dice: Dice): T[] {
  const left = [...items];
  return items.map(() => {
    const [item] = left.splice(dice.below(left.length), 1);
    if (item === undefined) throw new Error("nothing left to shuffle");
    return item;
  });
}

export function inserted<T>(items: readonly T[], at: number, ...more: readonly T[]): T[] {
  return [...items.slice(0, at), ...more, ...items.slice(at)];
}
