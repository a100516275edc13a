// MessagePack in other widths and orders: https://github.com/msgpack/msgpack/blob/master/spec.md

import { concat } from "../../builders/bytes.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import { type Change, lieAt, type Structure, shuffled } from "./structure.js";

/** A value: its head and content, or the values in it. Keys and values of a map stand in one row. */
type Item =
  | { readonly kind: "leaf"; readonly bytes: Uint8Array }
  | { readonly kind: "text" | "bytes"; readonly content: Uint8Array }
  | { readonly kind: "extension"; readonly type: number; readonly content: Uint8Array }
  | Several;

interface Several {
  readonly kind: "list" | "map";
  readonly items: readonly Item[];
}

const MOST_ITEMS = 20_000;

/** Bytes behind the code of a number. */
const NUMBERS = new Map<number, number>([
  ...([
    [0xca, 4],
    [0xcb, 8],
    [0xcc, 1],
    [0xcd, 2],
    [0xce, 4],
    [0xcf, 8],
    [0xd0, 1],
    [0xd1, 2],
    [0xd2, 4],
    [0xd3, 8],
  ] as const),
]);

/** Width of the length of everything else: by kind, the codes from the narrowest on. */
const LENGTHS = {
  bytes: [0xc4, 0xc5, 0xc6],
  text: [0xd9, 0xda, 0xdb],
  extension: [0xc7, 0xc8, 0xc9],
  list: [0xdc, 0xdd],
  map: [0xde, 0xdf],
} as const;

class Reader {
  at = 0;
  private items = 0;

  constructor(private readonly bytes: Buffer) {}

  item(depth = 0): Item | undefined {
    const code = this.bytes[this.at];
    if (code === undefined || ++this.items > MOST_ITEMS || depth > 64) return undefined;
    const start = this.at++;
    if (code < 0x80 || code >= 0xe0 || code === 0xc0 || code === 0xc2 || code === 0xc3) return this.leaf(start);
    if (code < 0x90) return this.several("map", 2 * (code & 15), depth);
    if (code < 0xa0) return this.several("list", code & 15, depth);
    if (code < 0xc0) return this.content("text", code & 31);
    const number = NUMBERS.get(code);
    if (number !== undefined) {
      this.at += number;
      return this.leaf(start);
    }
    if (code >= 0xd4 && code <= 0xd8) return this.extension(1 << (code - 0xd4));
    return this.long(code, depth);
  }

  private long(code: number, depth: number): Item | undefined {
    for (const kind of ["bytes", "text", "extension", "list", "map"] as const) {
      const row: readonly number[] = LENGTHS[kind];
      if (!row.includes(code)) continue;
      const width = 2 ** (row.indexOf(code) + (row.length === 2 ? 1 : 0));
      if (this.at + width > this.bytes.length) return undefined;
      const length = this.bytes.readUIntBE(this.at, width);
      this.at += width;
      if (kind === "list") return this.several(kind, length, depth);
      if (kind === "map") return this.several(kind, 2 * length, depth);
      return kind === "extension" ? this.extension(length) : this.content(kind, length);
    }
    return undefined;
  }

  private leaf(start: number): Item | undefined {
    return this.at > this.bytes.length ? undefined : { kind: "leaf", bytes: this.bytes.subarray(start, this.at) };
  }

  private content(kind: "text" | "bytes", length: number): Item | undefined {
    const content = this.take(length);
    return content.length === length ? { kind, content } : undefined;
  }

  private take(length: number): Uint8Array {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  private extension(length: number): Item | undefined {
    const type = this.bytes[this.at++];
    const content = this.take(length);
    return type !== undefined && content.length === length ? { kind: "extension", type, content } : undefined;
  }

  private several(kind: "list" | "map", count: number, depth: number): Item | undefined {
    const items: Item[] = [];
    for (let left = count; left > 0; left--) {
      const item = this.item(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return { kind, items };
  }
}

/** How values are written: which of the widths that are wide enough, and in which order the pairs of a map stand. */
interface Spelling {
  readonly widen: () => number;
  readonly order: (pairs: Item[][]) => Item[][];
}

function write(item: Item, spelling: Spelling): Uint8Array {
  if (item.kind === "leaf") return item.bytes;
  if ("items" in item) return writeSeveral(item, spelling);
  const type = item.kind === "extension" ? [item.type] : [];
  return concat(head(LENGTHS[item.kind], item.content.length, spelling.widen()), type, item.content);
}

function writeSeveral({ kind, items }: Several, spelling: Spelling): Uint8Array {
  if (kind === "list")
    return concat(head(LENGTHS.list, items.length, spelling.widen()), ...items.map((one) => write(one, spelling)));
  const pairs = Array.from({ length: items.length / 2 }, (_, i) => items.slice(2 * i, 2 * i + 2));
  const ordered = spelling.order(pairs).flat();
  return concat(head(LENGTHS.map, pairs.length, spelling.widen()), ...ordered.map((one) => write(one, spelling)));
}

function head(row: readonly number[], length: number, wider: number): Uint8Array {
  const first = row.length === 2 ? 1 : 0;
  const needed = row.findIndex((_, i) => length < 256 ** (2 ** (i + first)));
  const at = Math.min(row.length - 1, needed + wider);
  const bytes = Buffer.alloc(1 + 2 ** (at + first));
  bytes.writeUInt8(row[at] ?? 0, 0);
  bytes.writeUIntBE(length, 1, bytes.length - 1);
  return bytes;
}

/** Anything is some value to MessagePack: only files that hold one map or list are taken for it. */
function readFile(bytes: Uint8Array): Item | undefined {
  const code = bytes[0] ?? 0;
  if (!((code >= 0x80 && code < 0xa0) || (code >= 0xdc && code <= 0xdf))) return undefined;
  const reader = new Reader(Buffer.from(bytes));
  const item = reader.item();
  return reader.at === bytes.length ? item : undefined;
}

function rewriting(rewrite: (item: Item, dice: Dice) => Item, spelling: (dice: Dice) => Partial<Spelling>): Change {
  return (bytes, dice) => {
    const item = readFile(bytes);
    return item && write(rewrite(item, dice), { widen: () => 0, order: (pairs) => pairs, ...spelling(dice) });
  };
}

const same = (item: Item): Item => item;

export const msgpackStructure: Structure = {
  name: "msgpack",
  names: /\.(?:msgpack|mpk)$|checkpoint/,
  harmless: {
    widened: rewriting(same, (dice) => ({ widen: () => dice.below(3) })),
    reordered: rewriting(same, (dice) => ({ order: (pairs) => shuffled(pairs, dice) })),
    accompanied: rewriting(
      (item) =>
        item.kind === "map"
          ? {
              kind: "map",
              items: [
                ...item.items,
                { kind: "text", content: Buffer.from("step") },
                { kind: "leaf", bytes: Uint8Array.of(7) },
              ],
            }
          : item,
      () => ({}),
    ),
  },
  lies: {
    length: (bytes, dice) =>
      readFile(bytes) && lieAt(bytes, dice.below(Math.min(bytes.length, 64)), dice.pick([1, 2, 4]), dice),
  },
};
