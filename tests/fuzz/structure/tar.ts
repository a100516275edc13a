// tar archives by entry, checksums right again after every change.

import type { Dice } from "../../builders/pickle-grammar.js";
import { entry, pax } from "../../builders/tar.js";
import { type Change, inserted, lieAbout, type Structure, shuffled } from "./structure.js";

const BLOCK = 512;
/** GNU tar writes records of this many bytes. */
const RECORD = 20 * BLOCK;
/** Types that say something of the entry behind them. */
const BEFORE_ENTRY = /[xLKV]/;
/** Regular files, and nothing that refers to another entry. */
const PLAIN = /[0\0]/;

interface TarEntry {
  readonly header: Buffer;
  readonly data: Buffer;
  /** Headers that belong to it, with their data. */
  readonly before: Buffer;
}

export function readTar(content: Uint8Array): TarEntry[] | undefined {
  const bytes = Buffer.from(content);
  const entries: TarEntry[] = [];
  let before = Buffer.alloc(0);
  let at = 0;
  while (at + BLOCK <= bytes.length && bytes[at] !== 0) {
    const header = bytes.subarray(at, at + BLOCK);
    const size = /^[0-7]+[ \0]/.test(text(header, 124, 12)) ? Number.parseInt(text(header, 124, 12), 8) : Number.NaN;
    const next = at + BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (checksumOf(header) !== Number.parseInt(text(header, 148, 8), 8) || !(next <= bytes.length)) return undefined;
    if (typeOf(header) === "S") return undefined; // a sparse file's map may go on behind its header
    if (BEFORE_ENTRY.test(typeOf(header))) before = Buffer.concat([before, bytes.subarray(at, next)]);
    else {
      entries.push({ header, data: bytes.subarray(at + BLOCK, at + BLOCK + size), before });
      before = Buffer.alloc(0);
    }
    at = next;
  }
  return entries.length > 0 && before.length === 0 && bytes.subarray(at).every((byte) => byte === 0)
    ? entries
    : undefined;
}

function text(header: Buffer, at: number, length: number): string {
  return header.toString("latin1", at, at + length);
}

function typeOf(header: Buffer): string {
  return text(header, 156, 1);
}

function checksumOf(header: Buffer): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

function withChecksum(header: Buffer): Buffer {
  header.write(`${checksumOf(header).toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

function write(entries: readonly (TarEntry | Buffer)[], record = 2 * BLOCK): Uint8Array {
  const parts = entries.map((one) =>
    Buffer.isBuffer(one)
      ? one
      : Buffer.concat([one.before, one.header, one.data, Buffer.alloc(-one.data.length & (BLOCK - 1))]),
  );
  const body = Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
  return new Uint8Array(Buffer.concat([body, Buffer.alloc((record - (body.length % record)) % record)]));
}

function rewriting(rewrite: (entries: TarEntry[], dice: Dice) => readonly (TarEntry | Buffer)[] | undefined): Change {
  return (bytes, dice) => {
    const entries = readTar(bytes);
    const rewritten = entries && rewrite(entries, dice);
    return rewritten && write(rewritten);
  };
}

function setting(at: number, width: number, value: (dice: Dice) => string): Change {
  return rewriting((entries, dice) =>
    entries.map((one) => {
      const header = Buffer.from(one.header);
      header.fill(0, at, at + width);
      header.write(value(dice), at, width, "latin1");
      return { ...one, header: withChecksum(header) };
    }),
  );
}

function octal(dice: Dice, digits: number, most: number): string {
  return dice.below(most).toString(8).padStart(digits, "0");
}

export function insideTar(change: Change): Change {
  return rewriting((entries, dice) => {
    const at = dice.below(entries.length);
    const one = entries[at];
    const data = one && PLAIN.test(typeOf(one.header)) && one.before.length === 0 ? change(one.data, dice) : undefined;
    if (one === undefined || data === undefined) return undefined;
    const header = Buffer.from(one.header);
    header.write(`${data.length.toString(8).padStart(11, "0")}\0`, 124, "latin1");
    return entries.toSpliced(at, 1, { ...one, header: withChecksum(header), data: Buffer.from(data) });
  });
}

/** Where numbers and texts stand in a header, POSIX.1-1988. */
const FIELDS: readonly (readonly [number, number])[] = [
  ...([
    [0, 100],
    [100, 8],
    [108, 8],
    [116, 8],
    [124, 12],
    [136, 12],
    [156, 1],
    [157, 100],
    [257, 8],
    [329, 8],
    [345, 155],
  ] as const),
];

const lyingField = rewriting((entries, dice) => {
  const at = dice.below(entries.length);
  const one = entries[at];
  if (one === undefined) return undefined;
  const header = Buffer.from(one.header);
  const [start, width] = dice.pick(FIELDS);
  if (dice.below(3) === 0) header[start + dice.below(width)] = dice.below(256);
  else if (dice.below(2) === 0)
    header.write(`${lieAbout(one.data.length, dice).toString(8)}\0`, start, width, "latin1");
  else {
    // GNU's base 256: the first bit set, the rest a number from the other end.
    header.fill(0x80, start, start + 1).fill(dice.pick([0, 0xff]), start + 1, start + width);
    header[start + width - 1] = dice.below(256);
  }
  return entries.toSpliced(at, 1, { ...one, header: withChecksum(header) });
});

export const tarStructure: Structure = {
  name: "tar",
  harmless: {
    owned: setting(108, 8, (dice) => octal(dice, 7, 60_000)),
    dated: setting(136, 12, (dice) => octal(dice, 11, 0x7000_0000)),
    moded: setting(100, 8, (dice) => dice.pick(["0000644", "0000600", "0000755"])),
    reordered: rewriting((entries, dice) =>
      entries.every(({ header }) => PLAIN.test(typeOf(header))) ? shuffled(entries, dice) : undefined,
    ),
    accompanied: rewriting((entries, dice) =>
      inserted<TarEntry | Buffer>(
        entries,
        dice.below(entries.length + 1),
        entry({ name: "notes.txt", data: "tuesday\n" }),
      ),
    ),
    extended: rewriting((entries) =>
      entries.map((one) => ({ ...one, before: Buffer.concat([pax({ mtime: "1700000000.25" }), one.before]) })),
    ),
    inRecords: (bytes) => {
      const entries = readTar(bytes);
      return entries && write(entries, RECORD);
    },
  },
  odd: {
    renamed: setting(0, 100, (dice) => `part-${dice.below(1e6)}`),
    old: setting(257, 8, () => ""),
    gnu: setting(257, 8, () => "ustar  "),
  },
  lies: { field: lyingField },
};
