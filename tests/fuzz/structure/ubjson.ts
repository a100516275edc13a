// UBJSON (draft 12) in other widths: XGBoost wants 64-bit lengths, other readers take any.

import { concat } from "../../builders/bytes.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import { type Change, lieAt, type Structure, shuffled } from "./structure.js";

type Value =
  | { readonly kind: "leaf"; readonly bytes: Uint8Array }
  | { readonly kind: "whole"; readonly number: bigint; readonly marker: string }
  | { readonly kind: "text"; readonly content: Uint8Array }
  | { readonly kind: "packed"; readonly type: string; readonly content: Uint8Array; readonly count: number }
  | { readonly kind: "list"; readonly items: readonly Value[]; readonly isCounted: boolean }
  | { readonly kind: "map"; readonly entries: readonly (readonly [Uint8Array, Value])[] };

const WHOLE: Readonly<Record<string, number>> = { i: 1, U: 1, I: 2, l: 4, L: 8 };
const LEAVES: Readonly<Record<string, number>> = { Z: 0, T: 0, F: 0, d: 4, D: 8, C: 1 };
const MOST_VALUES = 50_000;

class Unreadable extends Error {}

class Reader {
  at = 0;
  private values = 0;

  constructor(private readonly bytes: Buffer) {}

  value(depth = 0): Value {
    if (depth > 64 || ++this.values > MOST_VALUES) throw new Unreadable("too much");
    const marker = this.take(1).toString("latin1");
    if (marker === "[") return this.list(depth);
    if (marker === "{") return this.map(depth);
    if (marker === "S") return { kind: "text", content: this.take(this.length()) };
    const width = WHOLE[marker];
    if (width !== undefined) return { kind: "whole", marker, number: this.whole(marker, width) };
    const leaf = LEAVES[marker];
    if (leaf === undefined) throw new Unreadable(`marker ${marker}`);
    return { kind: "leaf", bytes: concat(marker, this.take(leaf)) };
  }

  private take(length: number): Buffer {
    if (length < 0 || this.at + length > this.bytes.length) throw new Unreadable("behind the end");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  private whole(marker: string, width: number): bigint {
    const bytes = this.take(width);
    const number = BigInt(`0x${bytes.toString("hex")}`);
    return marker === "U" ? number : BigInt.asIntN(8 * width, number);
  }

  private length(): number {
    const marker = this.take(1).toString("latin1");
    return Number(this.whole(marker, WHOLE[marker] ?? -1));
  }

  private isNext(letter: string): boolean {
    if (this.bytes[this.at] !== letter.charCodeAt(0)) return false;
    this.at++;
    return true;
  }

  private list(depth: number): Value {
    if (this.isNext("$")) {
      const type = this.take(1).toString("latin1");
      if (!this.isNext("#")) throw new Unreadable("no count");
      const count = this.length();
      return { kind: "packed", type, count, content: this.take(count * (WHOLE[type] ?? LEAVES[type] ?? -1)) };
    }
    const items: Value[] = [];
    const isCounted = this.isNext("#");
    if (isCounted) for (let left = this.length(); left > 0; left--) items.push(this.value(depth + 1));
    else while (!this.isNext("]")) items.push(this.value(depth + 1));
    return { kind: "list", items, isCounted };
  }

  private map(depth: number): Value {
    const entries: [Uint8Array, Value][] = [];
    if (this.bytes[this.at] === 0x23 || this.bytes[this.at] === 0x24) throw new Unreadable("counted");
    while (!this.isNext("}")) entries.push([this.take(this.length()), this.value(depth + 1)]);
    return { kind: "map", entries };
  }
}

interface Spelling {
  readonly dice: Dice;
  /** Markers of lengths, the narrowest that fits of them. */
  readonly lengths?: string;
  readonly widened?: boolean;
  readonly lists?: "open";
  readonly maps?: "counted";
  readonly isShuffled?: boolean;
}

function whole(marker: string, number: bigint): Uint8Array {
  const width = WHOLE[marker] ?? 8;
  return concat(
    marker,
    Buffer.from(
      BigInt.asUintN(8 * width, number)
        .toString(16)
        .padStart(2 * width, "0"),
      "hex",
    ),
  );
}

function fits(marker: string, number: bigint): boolean {
  const bits = 8 * (WHOLE[marker] ?? 8);
  return marker === "U" ? BigInt.asUintN(8, number) === number : BigInt.asIntN(bits, number) === number;
}

function length(value: number, { lengths = "L" }: Spelling): Uint8Array {
  const marker = [...lengths].find((one) => fits(one, BigInt(value))) ?? "L";
  return whole(marker, BigInt(value));
}

function write(value: Value, spelling: Spelling): Uint8Array {
  switch (value.kind) {
    case "leaf":
      return value.bytes;
    case "whole": {
      const wider = [..."iUIlL"].filter((marker) => fits(marker, value.number));
      return whole(spelling.widened ? spelling.dice.pick(wider) : value.marker, value.number);
    }
    case "text":
      return concat("S", length(value.content.length, spelling), value.content);
    case "packed":
      return concat("[$", value.type, "#", length(value.count, spelling), value.content);
    case "list": {
      const items = value.items.map((one) => write(one, spelling));
      const isCounted = value.isCounted && spelling.lists === undefined;
      return isCounted ? concat("[#", length(items.length, spelling), ...items) : concat("[", ...items, "]");
    }
    case "map": {
      const entries = spelling.isShuffled ? shuffled(value.entries, spelling.dice) : value.entries;
      const parts = entries.flatMap(([key, one]) => [length(key.length, spelling), key, write(one, spelling)]);
      return spelling.maps ? concat("{#", length(entries.length, spelling), ...parts) : concat("{", ...parts, "}");
    }
  }
}

function respelling(spelling: Omit<Spelling, "dice">): Change {
  return (bytes, dice) => {
    const value = read(bytes);
    return value && write(value, { ...spelling, dice });
  };
}

function read(bytes: Uint8Array): Value | undefined {
  if (bytes[0] !== 0x7b || bytes[1] === 0x22 || bytes.length > 256 << 10) return undefined;
  const reader = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  try {
    const value = reader.value();
    return reader.at === bytes.length ? value : undefined;
  } catch (error) {
    if (error instanceof Unreadable) return undefined; // JSON, or cut
    throw error;
  }
}

export const ubjsonStructure: Structure = {
  name: "ubjson",
  harmless: {
    widened: respelling({ widened: true }),
    reordered: respelling({ isShuffled: true }),
    uncounted: respelling({ lists: "open" }),
  },
  odd: {
    shortLengths: respelling({ lengths: "iUIlL" }),
    countedMaps: respelling({ maps: "counted" }),
  },
  lies: {
    byte: (bytes, dice) =>
      read(bytes) ? lieAt(bytes, dice.below(bytes.length), dice.pick([1, 4, 8]), dice) : undefined,
    length: (bytes, dice) => {
      const places = read(bytes)
        ? [
            ...Buffer.from(bytes)
              .toString("latin1")
              .matchAll(/L\0{4}/g),
          ]
        : [];
      return places.length > 0 ? lieAt(bytes, dice.pick(places).index + 8, 1, dice) : undefined;
    },
  },
};
