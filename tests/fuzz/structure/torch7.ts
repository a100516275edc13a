// Torch7 files in their two encodings: https://github.com/torch/torch7/blob/master/File.lua

import { concat } from "../../builders/bytes.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import { type Change, lieAbout, type Structure } from "./structure.js";

type Token =
  | { readonly kind: "int" | "index" | "size"; readonly value: number }
  | { readonly kind: "long"; readonly value: bigint }
  | { readonly kind: "double" | "float"; readonly value: number }
  | { readonly kind: "chars"; readonly bytes: Uint8Array };

const TYPES = { nil: 0, number: 1, string: 2, table: 3, torch: 4, boolean: 5, function: 6, legacy: 7, recursive: 8 };
/** How elements of a storage are kept. */
const ELEMENTS: Readonly<Record<string, "chars" | "int" | "long" | "float" | "double">> = {
  ...{ Byte: "chars", Char: "chars", Int: "int", Long: "long", Float: "float", Double: "double" },
};
const NUMERIC = /^torch\.(?:Cuda)?(Byte|Char|Int|Long|Float|Double)(Tensor|Storage)$/;
const LARGEST = 64 << 10;

class Unreadable extends Error {}

class Reader {
  readonly tokens: Token[] = [];
  at = 0;
  private readonly seen = new Set<number>();
  private depth = 0;

  constructor(private readonly bytes: Buffer) {}

  object(): void {
    if (++this.depth > 200) throw new Unreadable("too deep");
    const type = this.int("int");
    if (type === TYPES.number) this.double();
    else if (type === TYPES.boolean) this.int("int");
    else if (type === TYPES.string) this.string();
    else if (type === TYPES.function) this.function();
    else if (type > TYPES.recursive || type < 0) throw new Unreadable(`type ${type}`);
    else if (type !== TYPES.nil && this.isNew()) {
      if (type === TYPES.table) this.table();
      else if (type === TYPES.torch) this.instance();
      else this.function();
    }
    this.depth--;
  }

  private isNew(): boolean {
    const index = this.int("index");
    if (this.seen.has(index)) return false;
    this.seen.add(index);
    return true;
  }

  private table(): void {
    for (let left = 2 * this.int("size"); left > 0; left--) this.object();
  }

  private function(): void {
    this.string();
    this.object();
  }

  private instance(): void {
    const version = this.string();
    const name = version.startsWith("V ") ? this.string() : version;
    const [, element = "", kind] = NUMERIC.exec(name) ?? [];
    if (kind === "Tensor") {
      for (let left = 2 * this.int("size") + 1; left > 0; left--) this.long();
      this.object();
    } else if (kind === "Storage") this.elements(ELEMENTS[element] ?? "chars");
    else this.object();
  }

  private elements(kind: "chars" | "int" | "long" | "float" | "double"): void {
    const count = Number(this.long());
    if (kind === "chars") this.chars(count);
    else
      for (let left = count; left > 0; left--) {
        if (kind === "int") this.int("int");
        else if (kind === "long") this.long();
        else if (kind === "float") this.float();
        else this.double();
      }
  }

  private string(): string {
    const start = this.tokens.length;
    this.chars(this.int("size"));
    const token = this.tokens[start + 1];
    return token?.kind === "chars" ? Buffer.from(token.bytes).toString("latin1") : "";
  }

  private take(width: number): number {
    if (width < 0 || this.at + width > this.bytes.length) throw new Unreadable("behind the end");
    this.at += width;
    return this.at - width;
  }

  private int(kind: "int" | "index" | "size"): number {
    const value = this.bytes.readInt32LE(this.take(4));
    this.tokens.push({ kind, value });
    return value;
  }

  private long(): bigint {
    const value = this.bytes.readBigInt64LE(this.take(8));
    this.tokens.push({ kind: "long", value });
    return value;
  }

  private double(): void {
    this.tokens.push({ kind: "double", value: this.bytes.readDoubleLE(this.take(8)) });
  }

  private float(): void {
    this.tokens.push({ kind: "float", value: this.bytes.readFloatLE(this.take(4)) });
  }

  private chars(length: number): void {
    const start = this.take(length);
    this.tokens.push({ kind: "chars", bytes: this.bytes.subarray(start, start + length) });
  }
}

function read(bytes: Uint8Array): Token[] | undefined {
  if (bytes.length > LARGEST || bytes.length < 8 || bytes[1] !== 0 || (bytes[0] ?? 0) > TYPES.recursive)
    return undefined;
  const reader = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  try {
    reader.object();
  } catch (error) {
    if (error instanceof Unreadable) return undefined; // something else, or cut
    throw error;
  }
  return reader.at === bytes.length && reader.tokens.length > 2 ? reader.tokens : undefined;
}

function asBytes(token: Token): Uint8Array {
  if (token.kind === "chars") return token.bytes;
  const bytes = Buffer.alloc(token.kind === "long" || token.kind === "double" ? 8 : 4);
  if (token.kind === "long") bytes.writeBigInt64LE(token.value);
  else if (token.kind === "double") bytes.writeDoubleLE(token.value);
  else if (token.kind === "float") bytes.writeFloatLE(token.value);
  else bytes.writeInt32LE(token.value);
  return bytes;
}

/** One line each: the reader takes the one character behind a number, or behind a text, for a separator. */
function asText(token: Token): Uint8Array {
  return concat(token.kind === "chars" ? token.bytes : String(token.value), "\n");
}

function rewriting(rewrite: (tokens: readonly Token[], dice: Dice) => readonly Token[]): Change {
  return (bytes, dice) => {
    const tokens = read(bytes);
    return tokens && concat(...rewrite(tokens, dice).map(asBytes));
  };
}

/** Old files name the class where others have "V 1". */
function withoutVersions(tokens: readonly Token[]): readonly Token[] {
  const isVersion = (token: Token | undefined) =>
    token?.kind === "chars" && Buffer.from(token.bytes).toString("latin1") === "V 1";
  return tokens.filter((token, at) => !isVersion(token) && !isVersion(tokens[at + 1]));
}

export const torch7Structure: Structure = {
  name: "torch7",
  harmless: {
    asText: (bytes) => {
      const tokens = read(bytes);
      return tokens && concat(...tokens.map(asText));
    },
    renumbered: rewriting((tokens, dice) => {
      const more = 1 + dice.below(1000);
      return tokens.map((token) => (token.kind === "index" ? { kind: "index", value: token.value + more } : token));
    }),
  },
  odd: {
    unversioned: rewriting(withoutVersions),
    followed: (bytes) => (read(bytes) ? concat(bytes, new Uint8Array(40)) : undefined),
  },
  lies: {
    number: rewriting((tokens, dice) => {
      const places = [...tokens.keys()].filter((at) => ["int", "index", "size"].includes(tokens[at]?.kind ?? ""));
      const at = dice.pick(places);
      const token = tokens[at];
      const value = token === undefined || token.kind === "chars" ? 0 : Number(token.value);
      return tokens.with(at, { kind: "int", value: Number(BigInt.asIntN(32, lieAbout(value, dice))) });
    }),
    long: rewriting((tokens, dice) =>
      tokens.map((token) =>
        token.kind === "long" && dice.below(3) === 0
          ? { kind: "long", value: BigInt.asIntN(64, lieAbout(BigInt.asUintN(63, token.value), dice)) }
          : token,
      ),
    ),
  },
};
