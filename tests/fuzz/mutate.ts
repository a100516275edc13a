// Damage done to files: flipped bytes, splices, cuts, and lengths that lie. Same dice, same damage.

import type { Dice } from "../builders/pickle-grammar.js";

/** Numbers that counts and lengths are checked against. */
const TELLING_NUMBERS = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  1n << 53n,
  0x7fff_ffff_ffff_ffffn,
  0xffff_ffff_ffff_ffffn,
];
const MOST_FLIPS = 8;
const MOST_DAMAGES = 4;

type Mutation = (bytes: Uint8Array, dice: Dice, other: Uint8Array) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [flip, flip, lie, lie, lie, splice, cut, repeat, insert, remove];

export function mutate(bytes: Uint8Array, dice: Dice, other: Uint8Array): Uint8Array {
  let damaged = bytes;
  for (let left = 1 + dice.below(MOST_DAMAGES); left > 0 && damaged.length > 0; left--) {
    damaged = dice.pick(MUTATIONS)(damaged, dice, other);
  }
  return damaged;
}

function flip(bytes: Uint8Array, dice: Dice): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let left = 1 + dice.below(MOST_FLIPS); left > 0; left--) {
    const at = place(copy, dice);
    copy[at] = dice.below(2) === 0 ? (copy[at] ?? 0) ^ (1 << dice.below(8)) : dice.below(256);
  }
  return copy;
}

/** A number of 1, 2, 4 or 8 bytes, in either order, where a length may have stood. */
function lie(bytes: Uint8Array, dice: Dice): Uint8Array {
  const width = dice.pick([1, 2, 4, 8]);
  const near = BigInt(bytes.length + dice.below(5) - 2);
  const value = dice.below(3) === 0 ? near : dice.pick(TELLING_NUMBERS);
  const copy = Uint8Array.from(bytes);
  const at = place(bytes, dice);
  const isLittle = dice.below(3) > 0;
  for (let i = 0; i < width && at + i < copy.length; i++) {
    const shift = BigInt(8 * (isLittle ? i : width - 1 - i));
    copy[at + i] = Number((value >> shift) & 0xffn);
  }
  return copy;
}

function splice(bytes: Uint8Array, dice: Dice, other: Uint8Array): Uint8Array {
  return join(bytes.subarray(0, dice.below(bytes.length)), other.subarray(dice.below(other.length + 1)));
}

function cut(bytes: Uint8Array, dice: Dice): Uint8Array {
  return bytes.subarray(0, dice.below(bytes.length + 1));
}

function repeat(bytes: Uint8Array, dice: Dice): Uint8Array {
  const [from, to] = range(bytes, dice);
  const piece = bytes.subarray(from, to);
  const pieces = Array.from({ length: 1 + dice.below(16) }, () => piece);
  return join(bytes.subarray(0, to), ...pieces, bytes.subarray(to));
}

function insert(bytes: Uint8Array, dice: Dice, other: Uint8Array): Uint8Array {
  const at = place(bytes, dice);
  const [from, to] = range(other, dice);
  return join(bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(at));
}

function remove(bytes: Uint8Array, dice: Dice): Uint8Array {
  const [from, to] = range(bytes, dice);
  return join(bytes.subarray(0, from), bytes.subarray(to));
}

/** Headers and directories lie at the ends: those are met more often. */
function place(bytes: Uint8Array, dice: Dice): number {
  const near = Math.min(bytes.length, 128);
  const where = dice.below(3);
  if (where === 0) return dice.below(near);
  return where === 1 ? bytes.length - 1 - dice.below(near) : dice.below(bytes.length);
}

/** At most 1 KiB somewhere. */
function range(bytes: Uint8Array, dice: Dice): [number, number] {
  const from = dice.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + dice.below(1024))];
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
