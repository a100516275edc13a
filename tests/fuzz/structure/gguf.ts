// GGUF by entry and tensor: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md

import { concat, u32, u64 } from "../../builders/bytes.js";
import { ggufNumber, ggufText, ggufTexts } from "../../builders/gguf.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import { type Change, inserted, lieAt, type Structure, shuffled } from "./structure.js";

/** Bytes of a value by type; 8 is a text, 9 an array. */
const SIZES = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8];
const TEXT = 8;
const ARRAY = 9;
const ALIGNMENT = 32;

interface Gguf {
  readonly version: number;
  readonly entries: readonly Uint8Array[];
  readonly tensors: readonly Uint8Array[];
  readonly data: Uint8Array;
  /** Where numbers stand that count or measure something, and how wide they are. */
  readonly numbers: readonly (readonly [number, 4 | 8])[];
}

class Reader {
  at = 24;
  readonly numbers: (readonly [number, 4 | 8])[] = [
    [4, 4],
    [8, 8],
    [16, 8],
  ];

  constructor(private readonly bytes: Buffer) {}

  u32(): number {
    this.numbers.push([this.at, 4]);
    this.at += 4;
    return this.bytes.readUInt32LE(this.at - 4);
  }

  u64(): number {
    this.numbers.push([this.at, 8]);
    this.at += 8;
    return Number(this.bytes.readBigUInt64LE(this.at - 8));
  }

  text(): string {
    const length = this.u64();
    if (length > this.bytes.length) throw new RangeError("longer than the file");
    this.at += length;
    return this.bytes.toString("latin1", this.at - length, this.at);
  }

  value(type: number, depth = 0): void {
    if (type === TEXT) this.text();
    else if (type !== ARRAY) this.at += SIZES[type] ?? Number.NaN;
    else {
      const inner = this.u32();
      const count = this.u64();
      if (count > this.bytes.length || depth > 4) throw new RangeError("more than the file");
      for (let i = 0; i < count; i++) this.value(inner, depth + 1);
    }
    if (!(this.at <= this.bytes.length)) throw new RangeError("behind the end");
  }

  pieces(count: number, read: () => void): Uint8Array[] {
    if (count > this.bytes.length) throw new RangeError("more than the file");
    return Array.from({ length: count }, () => {
      const start = this.at;
      read();
      return this.bytes.subarray(start, this.at);
    });
  }
}

function read(content: Uint8Array): Gguf | undefined {
  const bytes = Buffer.from(content);
  if (bytes.toString("latin1", 0, 4) !== "GGUF" || bytes.length < 24) return undefined;
  const version = bytes.readUInt32LE(4);
  if (version !== 2 && version !== 3) return undefined;
  const reader = new Reader(bytes);
  try {
    const entries = reader.pieces(Number(bytes.readBigUInt64LE(16)), () => {
      reader.text();
      reader.value(reader.u32());
    });
    if (entries.some((entry) => Buffer.from(entry).includes("general.alignment"))) return undefined;
    const tensors = reader.pieces(Number(bytes.readBigUInt64LE(8)), () => {
      reader.text();
      for (let left = reader.u32(); left > 0 && left < 8; left--) reader.u64();
      reader.u32();
      reader.u64();
    });
    const start = Math.ceil(reader.at / ALIGNMENT) * ALIGNMENT;
    return { version, entries, tensors, data: bytes.subarray(start), numbers: reader.numbers };
  } catch (error) {
    if (error instanceof RangeError) return undefined; // cut or lying: not taken apart
    throw error;
  }
}

function write({ version, entries, tensors, data }: Gguf): Uint8Array {
  const head = concat("GGUF", u32(version), u64(tensors.length), u64(entries.length), ...entries, ...tensors);
  if (data.length === 0) return head;
  return concat(head, new Uint8Array(-head.length & (ALIGNMENT - 1)), data);
}

function rewriting(rewrite: (gguf: Gguf, dice: Dice) => Partial<Gguf>): Change {
  return (bytes, dice) => {
    const gguf = read(bytes);
    return gguf && write({ ...gguf, ...rewrite(gguf, dice) });
  };
}

/** A key may stand but once. */
function moreEntries(dice: Dice): Uint8Array {
  const key = `general.note_${dice.below(1e6)}`;
  return dice.pick([ggufText(key, "a small model"), ggufNumber(key, 7), ggufTexts(key, ["text-generation", "small"])]);
}

export const ggufStructure: Structure = {
  name: "gguf",
  harmless: {
    reordered: rewriting(({ entries }, dice) => ({ entries: shuffled(entries, dice) })),
    accompanied: rewriting(({ entries }, dice) => ({
      entries: inserted(entries, dice.below(entries.length + 1), moreEntries(dice)),
    })),
    tensorsReordered: rewriting(({ tensors }, dice) => ({ tensors: shuffled(tensors, dice) })),
    versioned: rewriting((_, dice) => ({ version: dice.pick([2, 3]) })),
  },
  lies: {
    number: (bytes, dice) => {
      const gguf = read(bytes);
      if (gguf === undefined) return undefined;
      const [at, width] = dice.pick(gguf.numbers);
      return lieAt(bytes, at, width, dice);
    },
  },
};
