// R serialisation in its three encodings and two versions: "R Internals" 1.8.

import { R_TYPES as T } from "../../../src/formats/r/types.js";
import { concat } from "../../builders/bytes.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import { type Change, lieAbout, type Structure } from "./structure.js";

/** What a file is made of, whatever its encoding. */
type Token =
  | { readonly kind: "int" | "length"; readonly value: number }
  | { readonly kind: "double"; readonly value: number }
  | { readonly kind: "chars"; readonly bytes: Uint8Array }
  | { readonly kind: "raw"; readonly value: number };

interface RFile {
  readonly isWorkspace: boolean;
  readonly tokens: readonly Token[];
  /** Of the header in front: three numbers, or five with the native encoding. */
  readonly headTokens: number;
  readonly isAlternative: boolean;
}

const HAS_ATTRIBUTES = 1 << 9;
const HAS_TAG = 1 << 10;
const VERSION_2 = 2;
const NA = -0x80000000;
const LARGEST = 64 << 10;

/** Types that have no content, that have names, and that have attributes, tag, car and cdr. */
const BARE: ReadonlySet<number> = new Set([
  ...[T.nil, T.emptyEnvironment, T.baseEnvironment, T.globalEnvironment, T.unboundValue, T.missingArgument],
  T.baseNamespace,
]);
const NAMED: ReadonlySet<number> = new Set([T.persistent, T.package, T.namespace]);
const PAIRS: ReadonlySet<number> = new Set([T.pairlist, T.language, T.closure, T.promise, T.dots]);

class Unreadable extends Error {}

class Reader {
  readonly tokens: Token[] = [];
  isAlternative = false;
  private depth = 0;

  constructor(
    private readonly bytes: Buffer,
    private at: number,
    private readonly isLittle: boolean,
  ) {}

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  int(kind: "int" | "length" = "int"): number {
    this.need(4);
    const value = this.isLittle ? this.bytes.readInt32LE(this.at) : this.bytes.readInt32BE(this.at);
    this.at += 4;
    this.tokens.push({ kind, value });
    return value;
  }

  chars(length: number): void {
    this.need(length);
    this.tokens.push({ kind: "chars", bytes: this.bytes.subarray(this.at, this.at + length) });
    this.at += length;
  }

  item(): void {
    if (++this.depth > 400) throw new Unreadable("too deep");
    const flags = this.int();
    const type = flags & 0xff;
    this.content(type, flags);
    this.depth--;
  }

  private need(length: number): void {
    if (length < 0 || this.at + length > this.bytes.length) throw new Unreadable("behind the end");
  }

  private content(type: number, flags: number): void {
    if (BARE.has(type)) return;
    if (type === T.alternative) this.isAlternative = true;
    if (type === T.reference) {
      if (flags >>> 8 === 0) this.int();
    } else if (NAMED.has(type)) {
      this.int();
      this.items(this.int());
    } else if (PAIRS.has(type)) this.items((flags & HAS_ATTRIBUTES ? 1 : 0) + (flags & HAS_TAG ? 1 : 0) + 2);
    else if (type === T.symbol || type === T.alternative) this.items(type === T.symbol ? 1 : 3);
    else if (type === T.environment) {
      this.int();
      this.items(4);
    } else {
      this.vector(type);
      if (flags & HAS_ATTRIBUTES) this.item();
    }
  }

  private vector(type: number): void {
    if (type === T.string || type === T.special || type === T.builtin) {
      const length = this.int();
      if (length !== -1) this.chars(length);
    } else if (type === T.logical || type === T.integer) this.each(() => this.int());
    else if (type === T.real) this.each(() => this.double());
    else if (type === T.complex) this.each(() => [this.double(), this.double()]);
    else if (type === T.raw) this.each(() => this.raw());
    else if (type === T.character || type === T.list || type === T.expression) this.each(() => this.item());
    else if (type !== T.object) throw new Unreadable(`type ${type}`);
  }

  private items(count: number): void {
    if (count > 1000) throw new Unreadable("too many");
    for (let left = count; left > 0; left--) this.item();
  }

  private each(read: () => void): void {
    const length = this.int("length");
    this.need(length);
    for (let left = length; left > 0; left--) read();
  }

  private double(): void {
    this.need(8);
    const value = this.isLittle ? this.bytes.readDoubleLE(this.at) : this.bytes.readDoubleBE(this.at);
    this.at += 8;
    this.tokens.push({ kind: "double", value });
  }

  private raw(): void {
    this.need(1);
    this.tokens.push({ kind: "raw", value: this.bytes[this.at++] ?? 0 });
  }
}

function read(bytes: Uint8Array): RFile | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const [head, magic = "", letter] = /^(RD[XB][23]\n)?([XB])\n/.exec(file.toString("latin1", 0, 16)) ?? [];
  if (head === undefined || file.length > LARGEST) return undefined;
  const reader = new Reader(file, head.length, letter === "B");
  try {
    const version = reader.int();
    reader.int();
    reader.int();
    if (version > VERSION_2) reader.chars(reader.int());
    const headTokens = reader.tokens.length;
    reader.item();
    const { tokens, isAlternative } = reader;
    return reader.isAtEnd ? { isWorkspace: magic !== "", tokens, headTokens, isAlternative } : undefined;
  } catch (error) {
    if (error instanceof Unreadable) return undefined; // cut, or of bytecode
    throw error;
  }
}

type Encoding = "X" | "B" | "A";

function write({ isWorkspace, tokens }: RFile, encoding: Encoding): Uint8Array {
  const [version] = tokens;
  const magic = isWorkspace && version?.kind === "int" ? `RD${encoding}${version.value}\n` : "";
  return concat(
    magic,
    `${encoding}\n`,
    ...tokens.map((token) => (encoding === "A" ? asText(token) : asBytes(token, encoding === "B"))),
  );
}

function asBytes(token: Token, isLittle: boolean): Uint8Array {
  if (token.kind === "chars") return token.bytes;
  if (token.kind === "raw") return Uint8Array.of(token.value);
  const bytes = Buffer.alloc(token.kind === "double" ? 8 : 4);
  if (token.kind === "double") bytes.writeDoubleBE(token.value);
  else bytes.writeInt32BE(token.value);
  return isLittle ? bytes.reverse() : bytes;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\t": "\\t",
  "\v": "\\v",
  "\b": "\\b",
  "\r": "\\r",
  "\f": "\\f",
  "\x07": "\\a",
};

/** OutString of src/main/serialize.c: what is not printable in octal. */
function asText(token: Token): Uint8Array {
  if (token.kind === "raw") return Buffer.from(`${token.value.toString(16).padStart(2, "0")}\n`);
  if (token.kind !== "chars") return Buffer.from(`${numberAsText(token.value)}\n`);
  const letters = [...Buffer.from(token.bytes).toString("latin1")].map((letter) => {
    if (/[\\"'?]/.test(letter)) return `\\${letter}`;
    if (letter > " " && letter <= "~") return letter;
    return ESCAPES[letter] ?? `\\${letter.charCodeAt(0).toString(8).padStart(3, "0")}`;
  });
  return Buffer.from(`${letters.join("")}\n`);
}

function numberAsText(value: number): string {
  if (value === NA || Number.isNaN(value)) return "NA";
  return Number.isFinite(value) ? String(value) : value > 0 ? "Inf" : "-Inf";
}

function rewriting(rewrite: (file: RFile, dice: Dice) => Uint8Array | undefined): Change {
  return (bytes, dice) => {
    const file = read(bytes);
    return file && rewrite(file, dice);
  };
}

/** Version 2 has neither the native encoding, nor vectors of another kind. */
function ofOtherVersion(file: RFile): RFile | undefined {
  const [version, writer] = file.tokens;
  if (file.isAlternative || version?.kind !== "int" || writer === undefined) return undefined;
  const is2 = version.value === VERSION_2;
  const head: Token[] = [
    { kind: "int", value: is2 ? 3 : VERSION_2 },
    writer,
    { kind: "int", value: is2 ? 0x030500 : 0x020300 },
  ];
  const native: Token[] = [
    { kind: "int", value: 5 },
    { kind: "chars", bytes: Buffer.from("UTF-8") },
  ];
  return { ...file, tokens: [...head, ...(is2 ? native : []), ...file.tokens.slice(file.headTokens)] };
}

function lying(file: RFile, dice: Dice): Uint8Array {
  const numbers = [...file.tokens.keys()].filter((at) => file.tokens[at]?.kind !== "chars");
  const at = dice.pick(numbers);
  const token = file.tokens[at];
  if (token === undefined || token.kind === "chars") return write(file, "X");
  const value = Number(BigInt.asIntN(32, lieAbout(BigInt(Math.trunc(token.value) || 0), dice)));
  const lie: Token = token.kind === "raw" ? { kind: "raw", value: value & 0xff } : { ...token, value };
  return write({ ...file, tokens: file.tokens.with(at, lie) }, dice.pick<Encoding>(["X", "B", "A"]));
}

export const rStructure: Structure = {
  name: "R",
  harmless: {
    encoded: rewriting((file, dice) => write(file, dice.pick<Encoding>(["X", "B"]))),
    asText: rewriting((file) => write(file, "A")),
    ofOtherVersion: rewriting((file, dice) => {
      const other = ofOtherVersion(file);
      return other && write(other, dice.pick<Encoding>(["X", "A"]));
    }),
    writtenBy: rewriting((file, dice) =>
      write({ ...file, tokens: file.tokens.with(1, { kind: "int", value: 0x040000 | (dice.below(5) << 8) }) }, "X"),
    ),
  },
  odd: {
    /** Lengths as those of vectors of 2^31 elements and more. */
    longLengths: rewriting((file) => {
      const tokens = file.tokens.flatMap((token): Token[] =>
        token.kind === "length" ? [{ kind: "int", value: -1 }, { kind: "int", value: 0 }, token] : [token],
      );
      return write({ ...file, tokens }, "X");
    }),
    followed: rewriting((file) => concat(write(file, "X"), new Uint8Array(40))),
  },
  lies: {
    number: rewriting(lying),
    cut: rewriting((file, dice) =>
      write({ ...file, tokens: file.tokens.slice(0, 4 + dice.below(file.tokens.length)) }, "X"),
    ),
  },
};
