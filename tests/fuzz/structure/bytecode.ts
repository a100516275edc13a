// Compiled Python: other headers (PEP 552), and marshal with references or without (Python/marshal.c).

import { codeFieldCounts } from "../../../src/formats/marshal/code-object.js";
import { concat, u32 } from "../../builders/bytes.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import { type Change, lieAt, type Structure } from "./structure.js";

const FLAG_REF = 0x80;
/** First magic numbers of 3.0, 3.3 and 3.7, of which the header grew. */
const [FIRST_OF_3, WITH_SIZE, WITH_FLAGS] = [3000, 3190, 3390];
/** Of 3.11, whose code has one table of variables. */
const FLAT_CODE = 3450;
const MOST_ITEMS = 20_000;
/** Types that the flag means something for. */
const MAY_BE_KEPT = /^[ligysztuaAZ()[<>c:]$/;
const CHECKED_HASH = 3;
const UNCHECKED_HASH = 1;

interface Pyc {
  readonly header: Buffer;
  readonly hasFlags: boolean;
  readonly body: Buffer;
}

function read(bytes: Uint8Array): Pyc | undefined {
  const file = Buffer.from(bytes);
  if (file.length < 20 || file.toString("latin1", 2, 4) !== "\r\n") return undefined;
  const magic = file.readUInt16LE(0);
  if (magic < FIRST_OF_3 || magic > 3700) return undefined;
  const length = magic < WITH_SIZE ? 8 : magic < WITH_FLAGS ? 12 : 16;
  if ((file.readUInt8(length) & 0x7f) !== 0x63) return undefined;
  return { header: file.subarray(0, length), hasFlags: length === 16, body: file.subarray(length) };
}

function rewriting(rewrite: (pyc: Pyc, dice: Dice) => Uint8Array | undefined): Change {
  return (bytes, dice) => {
    const pyc = read(bytes);
    return pyc && rewrite(pyc, dice);
  };
}

/** Another time of the source, and another size where there is one. */
function dated({ header, hasFlags, body }: Pyc, dice: Dice): Uint8Array {
  const copy = Buffer.from(header);
  const start = hasFlags ? 8 : 4;
  if (hasFlags) copy.writeUInt32LE(0, 4);
  copy.writeUInt32LE(dice.next(), start);
  if (copy.length > start + 4) copy.writeUInt32LE(dice.below(100_000), start + 4);
  return concat(copy, body);
}

function hashed(flags: number): Change {
  return rewriting(({ header, hasFlags, body }, dice) => {
    if (!hasFlags) return undefined;
    return concat(header.subarray(0, 4), u32(flags), u32(dice.next()), u32(dice.next()), body);
  });
}

/** A value without those inside it: marshal is a row of such heads. */
interface Item {
  readonly type: string;
  /** Counted among those that may be referred to. */
  readonly isKept: boolean;
  readonly rest: Uint8Array;
}

class Unreadable extends Error {}

/** What follows the type: fixed bytes; a length and so many bytes; a count of values. */
const FIXED: Readonly<Record<string, number>> = {
  ...{ N: 0, F: 0, T: 0, S: 0, ".": 0, i: 4, g: 8, y: 16, r: 4 },
};
const COUNTED: Readonly<Record<string, 1 | 4>> = { s: 4, t: 4, u: 4, a: 4, A: 4, z: 1, Z: 1 };
const HOLDING: Readonly<Record<string, 1 | 4>> = { "(": 4, ")": 1, "[": 4, "<": 4, ">": 4 };
const VALUES_BEFORE_LINE = 8;

class Reader {
  readonly items: Item[] = [];
  at = 0;

  constructor(
    private readonly bytes: Buffer,
    private readonly valuesBehindLine: 1 | 2,
  ) {}

  value(depth = 0): void {
    if (depth > 200 || this.items.length > MOST_ITEMS) throw new Unreadable("too much");
    const byte = this.take(1)[0] ?? 0;
    const type = String.fromCharCode(byte & ~FLAG_REF);
    const isKept = (byte & FLAG_REF) !== 0;
    const { length, values } = this.extentOf(type);
    this.items.push({ type, isKept, rest: this.take(length) });
    for (let left = values; left > 0; left--) this.value(depth + 1);
    if (type !== "c") return;
    this.items.push({ type: "", isKept: false, rest: this.take(4) }); // first line
    for (let left = this.valuesBehindLine; left > 0; left--) this.value(depth + 1);
  }

  private extentOf(type: string): { readonly length: number; readonly values: number } {
    const fixed = FIXED[type];
    if (fixed !== undefined) return { length: fixed, values: 0 };
    const counted = COUNTED[type];
    if (counted !== undefined) return { length: counted + this.peek(counted), values: 0 };
    const holding = HOLDING[type];
    if (holding !== undefined) return { length: holding, values: this.peek(holding) };
    if (type === "l") return { length: 4 + 2 * Math.abs(this.peek(4) | 0), values: 0 };
    if (type === ":") return { length: 0, values: 3 };
    const [fields] = type === "c" ? codeFieldCounts(this.bytes, this.at) : [];
    if (fields === undefined) throw new Unreadable(`type ${type}`);
    return { length: 4 * fields, values: VALUES_BEFORE_LINE };
  }

  private peek(width: 1 | 4): number {
    if (this.at + width > this.bytes.length) throw new Unreadable("behind the end");
    return this.bytes.readUIntLE(this.at, width);
  }

  private take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new Unreadable("behind the end");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

function itemsOf({ header, body }: Pyc): readonly Item[] | undefined {
  const reader = new Reader(body, header.readUInt16LE(0) < FLAT_CODE ? 1 : 2);
  try {
    reader.value();
  } catch (error) {
    if (error instanceof Unreadable) return undefined; // cut, or of Python 2
    throw error;
  }
  return reader.at === body.length ? reader.items : undefined;
}

function write(header: Uint8Array, items: readonly Item[]): Uint8Array {
  const parts = items.map(({ type, isKept, rest }) =>
    concat(type === "" ? [] : [type.charCodeAt(0) | (isKept ? FLAG_REF : 0)], rest),
  );
  return concat(header, ...parts);
}

/** The item that each reference means. */
function targetsOf(items: readonly Item[]): Map<Item, Item> {
  const kept = items.filter(({ isKept }) => isKept);
  const targets = new Map<Item, Item>();
  for (const item of items) {
    const target = item.type === "r" ? kept[Buffer.from(item.rest).readUInt32LE(0)] : undefined;
    if (target !== undefined) targets.set(item, target);
  }
  return targets;
}

/** With other items kept: references count anew. */
function keeping(isKept: (item: Item, isReferred: boolean) => boolean): Change {
  return rewriting((pyc) => {
    const items = itemsOf(pyc);
    if (items === undefined) return undefined;
    const targets = targetsOf(items);
    const referred = new Set(targets.values());
    const order = new Map<Item, number>();
    const chosen = items.map((item) => {
      const keeps = MAY_BE_KEPT.test(item.type) && isKept(item, referred.has(item));
      if (keeps) order.set(item, order.size);
      return { ...item, isKept: keeps };
    });
    return write(
      pyc.header,
      chosen.map((item, at) => {
        const target = targets.get(items[at] ?? item);
        return target === undefined ? item : { ...item, rest: u32(order.get(target) ?? 0) };
      }),
    );
  });
}

function eachItem(change: (item: Item, dice: Dice) => Item): Change {
  return rewriting((pyc, dice) => {
    const items = itemsOf(pyc);
    return (
      items &&
      write(
        pyc.header,
        items.map((item) => change(item, dice)),
      )
    );
  });
}

/** Texts as interned or not, with long lengths or short ones. */
const INTERNED: Readonly<Record<string, string>> = { z: "Z", Z: "z", a: "A", A: "a", u: "t" };

function lengthened(item: Item): Item {
  const [length = 0] = item.rest;
  if (item.type === "z" || item.type === "Z")
    return { ...item, type: item.type === "z" ? "a" : "A", rest: concat(u32(length), item.rest.subarray(1)) };
  return item.type === ")" ? { ...item, type: "(", rest: u32(length) } : item;
}

export const bytecodeStructure: Structure = {
  name: "bytecode",
  harmless: {
    dated: rewriting(dated),
    hashed: hashed(UNCHECKED_HASH),
    hashedAndChecked: hashed(CHECKED_HASH),
    /** As builds that are to be the same every time leave it. */
    unkept: keeping((_, isReferred) => isReferred),
    interned: eachItem((item, dice) =>
      dice.below(2) === 0 ? item : { ...item, type: INTERNED[item.type] ?? item.type },
    ),
    lengthened: eachItem(lengthened),
  },
  odd: {
    kept: keeping(() => true),
    /** Bits of the header that no Python looks at. */
    flagged: rewriting(({ header, hasFlags, body }) =>
      hasFlags ? concat(header.subarray(0, 4), u32(1), header.subarray(8), body) : undefined,
    ),
    followed: rewriting(({ header, body }) => concat(header, body, new Uint8Array(40))),
  },
  lies: {
    item: eachItem((item, dice) => {
      if (dice.below(20) > 0 || item.rest.length === 0) return item;
      return { ...item, rest: lieAt(item.rest, 0, item.rest.length < 4 ? 1 : 4, dice) };
    }),
    type: eachItem((item, dice) =>
      dice.below(30) > 0 ? item : { ...item, type: dice.pick([..."NTFS.ilgrsuazZ()[<>c{:"]) },
    ),
    header: rewriting(({ header, body }, dice) => concat(lieAt(header, dice.below(header.length - 1), 1, dice), body)),
  },
};
