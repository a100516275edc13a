// bzip2 streams (https://github.com/dsnet/compress/blob/master/doc/bzip2-format.pdf), with Huffman codes as flat as can be.

import { BitReader, BitWriter } from "./bits.js";
import { concat } from "./bytes.js";
import { bzip2Crc } from "./checksums.js";

const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;
/** Sorting is plain, so blocks are short; a block may be as short as one likes. */
const BLOCK_BYTES = 8 << 10;
const GROUP = 50;
const LONGEST_RUN = 255;
const RUN_A = 0;
const RUN_B = 1;

export interface Bzip2Options {
  readonly level?: number;
  readonly blockBytes?: number;
  /** Fields that do not say what is so. */
  readonly blockMagic?: number;
  readonly endMagic?: number;
  readonly blockCrc?: number;
  readonly streamCrc?: number;
  readonly origin?: number;
  readonly selectors?: number;
}

export function bzip2(content: Uint8Array, options: Bzip2Options = {}): Uint8Array {
  const { level = 9, blockBytes = BLOCK_BYTES } = options;
  const bits = new BitWriter();
  let combined = 0;
  for (let at = 0; at < content.length; at += blockBytes) {
    const block = content.subarray(at, at + blockBytes);
    const crc = bzip2Crc(block);
    combined = (((combined << 1) | (combined >>> 31)) ^ crc) >>> 0;
    bits.write(options.blockMagic ?? BLOCK_MAGIC, 48);
    bits.write(options.blockCrc ?? crc, 32);
    writeBlock(bits, withRunsCounted(block), options);
  }
  bits.write(options.endMagic ?? END_MAGIC, 48);
  bits.write(options.streamCrc ?? combined, 32);
  return concat(`BZh${level}`, bits.finish());
}

/** Four of the same and how many more: the first step. */
function withRunsCounted(block: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let at = 0; at < block.length; ) {
    const byte = block[at] ?? 0;
    let run = 1;
    while (run < LONGEST_RUN && block[at + run] === byte) run++;
    for (let i = 0; i < Math.min(run, 4); i++) out.push(byte);
    if (run >= 4) out.push(run - 4);
    at += run;
  }
  return Uint8Array.from(out);
}

function writeBlock(bits: BitWriter, block: Uint8Array, options: Bzip2Options): void {
  const order = sortedRotations(block);
  bits.bit(0); // not randomised
  bits.write(options.origin ?? order.indexOf(0), 24);
  const used = [...new Set(block)].sort((a, b) => a - b);
  writeUsed(bits, used);
  const last = order.map((start) => block[(start + block.length - 1) % block.length] ?? 0);
  const symbols = inFront(last, used);
  const lengths = flatLengths(used.length + 2);
  const groups = Math.ceil(symbols.length / GROUP);
  bits.write(2, 3); // tables
  bits.write(options.selectors ?? groups, 15);
  for (let i = 0; i < groups; i++) bits.bit(0); // the table that is in front: the first one
  for (let table = 0; table < 2; table++) writeLengths(bits, lengths);
  const codes = codesOf(lengths);
  for (const symbol of symbols) bits.write(codes[symbol] ?? 0, lengths[symbol] ?? 0);
}

/** Where each rotation of the block begins, in their order: by ranks of prefixes of doubled length. */
function sortedRotations(block: Uint8Array): number[] {
  const { length } = block;
  let ranks = Array.from({ length }, (_, i) => block[i] ?? 0);
  const order = ranks.map((_, i) => i);
  for (let width = 0; ; width = Math.max(1, 2 * width)) {
    const key = (i: number) =>
      (ranks[i] ?? 0) * (length + 256) + (width === 0 ? 0 : (ranks[(i + width) % length] ?? 0));
    order.sort((a, b) => key(a) - key(b));
    const next = new Array<number>(length);
    let rank = 0;
    for (const [i, at] of order.entries()) {
      if (i > 0 && key(at) !== key(order[i - 1] ?? 0)) rank++;
      next[at] = rank;
    }
    ranks = next;
    if (rank === length - 1 || width >= length) return order;
  }
}

function writeUsed(bits: BitWriter, used: readonly number[]): void {
  const rows = Array.from({ length: 16 }, (_, row) => used.filter((byte) => byte >> 4 === row));
  for (const row of rows) bits.bit(row.length > 0 ? 1 : 0);
  for (const row of rows) {
    if (row.length > 0) for (let low = 0; low < 16; low++) bits.bit(row.some((byte) => (byte & 15) === low) ? 1 : 0);
  }
}

/** Each byte by how long ago it was met; how often the same one comes again in digits of RUNA and RUNB; then the end. */
function inFront(bytes: readonly number[], used: readonly number[]): number[] {
  const recent = [...used];
  const symbols: number[] = [];
  let run = 0;
  const flush = () => {
    for (; run > 0; run = (run - 1) >> 1) symbols.push((run & 1) === 1 ? RUN_A : RUN_B);
  };
  for (const byte of bytes) {
    const at = recent.indexOf(byte);
    if (at === 0) {
      run++;
      continue;
    }
    flush();
    symbols.push(at + 1);
    recent.unshift(...recent.splice(at, 1));
  }
  flush();
  return [...symbols, used.length + 1];
}

/** Lengths of a complete code for so many symbols that differ by one at most. */
function flatLengths(count: number): number[] {
  const longest = Math.ceil(Math.log2(count));
  const short = 2 ** longest - count;
  return Array.from({ length: count }, (_, i) => (i < short ? longest - 1 : longest));
}

function writeLengths(bits: BitWriter, lengths: readonly number[]): void {
  let current = lengths[0] ?? 0;
  bits.write(current, 5);
  for (const length of lengths) {
    for (; current < length; current++) bits.write(2, 2);
    for (; current > length; current--) bits.write(3, 2);
    bits.bit(0);
  }
}

function codesOf(lengths: readonly number[]): number[] {
  const codes = new Array<number>(lengths.length).fill(0);
  let code = 0;
  for (let length = 1; length <= 20; length++, code <<= 1) {
    for (const [symbol, its] of lengths.entries()) if (its === length) codes[symbol] = code++;
  }
  return codes;
}

/** What sound streams hold; undefined where they are not. */
export function unbzip2(bytes: Uint8Array, largest: number): Uint8Array | undefined {
  const bits = new BitReader(bytes);
  const parts: Uint8Array[] = [];
  let size = 0;
  while (bits.at < 8 * bytes.length) {
    if (bits.read(24) !== 0x425a68) return undefined; // BZh
    bits.read(8);
    for (let magic = bits.read(48); magic !== END_MAGIC; magic = bits.read(48)) {
      if (magic !== BLOCK_MAGIC || bits.isBehind) return undefined;
      const crc = bits.read(32);
      const block = readBlock(bits);
      if (block === undefined || bzip2Crc(block) !== crc) return undefined;
      size += block.length;
      if (size > largest) return undefined;
      parts.push(block);
    }
    bits.read(32);
    bits.align();
  }
  return concat(...parts);
}

function readBlock(bits: BitReader): Uint8Array | undefined {
  if (bits.bit() === 1) return undefined;
  const origin = bits.read(24);
  const used = readUsed(bits);
  const tables = bits.read(3);
  const selectors = readSelectors(bits, tables);
  const codes = Array.from({ length: tables }, () => readTable(bits, used.length + 2));
  const last = outOfFront(bits, { used, selectors, codes });
  return last && withoutCounts(inOrder(last, origin));
}

function readUsed(bits: BitReader): number[] {
  const rows = Array.from({ length: 16 }, () => bits.bit());
  return rows.flatMap((isUsed, row) =>
    isUsed ? Array.from({ length: 16 }, (_, low) => (bits.bit() ? [16 * row + low] : [])).flat() : [],
  );
}

function readSelectors(bits: BitReader, tables: number): number[] {
  const recent = Array.from({ length: tables }, (_, i) => i);
  return Array.from({ length: bits.read(15) }, () => {
    let at = 0;
    while (at < tables && bits.bit() === 1) at++;
    recent.unshift(...recent.splice(at, 1));
    return recent[0] ?? 0;
  });
}

/** Symbols by their length and code. */
function readTable(bits: BitReader, count: number): Map<number, number> {
  let length = bits.read(5);
  const lengths = Array.from({ length: count }, () => {
    while (bits.bit() === 1 && !bits.isBehind) length += bits.bit() === 0 ? 1 : -1;
    return length;
  });
  return new Map(codesOf(lengths).map((code, symbol) => [2 ** (lengths[symbol] ?? 0) + code, symbol]));
}

interface Coded {
  readonly used: readonly number[];
  readonly selectors: readonly number[];
  readonly codes: readonly Map<number, number>[];
}

function outOfFront(bits: BitReader, { used, selectors, codes }: Coded): number[] | undefined {
  const recent = [...used];
  const out: number[] = [];
  let run = 0;
  let digit = 1;
  for (let count = 0; !bits.isBehind && out.length < 900_000; count++) {
    const symbol = readSymbol(bits, codes[selectors[Math.floor(count / GROUP)] ?? 0]);
    if (symbol === undefined) return undefined;
    if (symbol <= RUN_B) {
      run += digit << symbol;
      digit <<= 1;
      continue;
    }
    for (; run > 0; run--) out.push(recent[0] ?? 0);
    digit = 1;
    if (symbol === used.length + 1) return out;
    recent.unshift(...recent.splice(symbol - 1, 1));
    out.push(recent[0] ?? 0);
  }
  return undefined;
}

function readSymbol(bits: BitReader, codes: Map<number, number> | undefined): number | undefined {
  for (let code = 1, length = 0; length <= 20; length++) {
    code = 2 * code + bits.bit();
    const symbol = codes?.get(code);
    if (symbol !== undefined) return symbol;
  }
  return undefined;
}

function inOrder(last: readonly number[], origin: number): number[] {
  const starts = new Array<number>(257).fill(0);
  for (const byte of last) starts[byte + 1] = (starts[byte + 1] ?? 0) + 1;
  for (let byte = 1; byte < 257; byte++) starts[byte] = (starts[byte] ?? 0) + (starts[byte - 1] ?? 0);
  const next = new Array<number>(last.length).fill(0);
  for (const [at, byte] of last.entries()) {
    const place = starts[byte] ?? 0;
    next[place] = at;
    starts[byte] = place + 1;
  }
  let at = next[origin] ?? 0;
  return last.map(() => {
    const byte = last[at] ?? 0;
    at = next[at] ?? 0;
    return byte;
  });
}

function withoutCounts(bytes: readonly number[]): Uint8Array {
  const out: number[] = [];
  let run = 0;
  for (const [at, byte] of bytes.entries()) {
    if (run === 4) {
      for (let left = byte; left > 0; left--) out.push(bytes[at - 1] ?? 0);
      run = 0;
      continue;
    }
    run = run > 0 && byte === bytes[at - 1] ? run + 1 : 1;
    out.push(byte);
  }
  return Uint8Array.from(out);
}
