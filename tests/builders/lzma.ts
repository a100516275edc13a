// LZMA as in the LZMA SDK (lzma-specification.txt): files of literals alone, and everything taken apart.

import { concat, u32, u64 } from "./bytes.js";

const TOP = 2 ** 24;
const HALF = 1 << 10;
const UNKNOWN_SIZE = (1n << 64n) - 1n;
const LENGTH_END = -1;

export interface LzmaProperties {
  readonly lc: number;
  readonly lp: number;
  readonly pb: number;
}

export const USUAL: LzmaProperties = { lc: 3, lp: 0, pb: 2 };

export function propertiesByte({ lc, lp, pb }: LzmaProperties): number {
  return (pb * 5 + lp) * 9 + lc;
}

export function propertiesOf(byte: number): LzmaProperties {
  return { lc: byte % 9, lp: Math.floor(byte / 9) % 5, pb: Math.floor(byte / 45) };
}

export interface LzmaOptions {
  readonly properties?: LzmaProperties;
  readonly dictionary?: number;
  /** Told in the header, or left to the mark at the end. */
  readonly isSized?: boolean;
  readonly isMarked?: boolean;
  /** A size that is told whatever is so. */
  readonly size?: bigint;
}

/** The old .lzma format. */
export function lzmaFile(content: Uint8Array, options: LzmaOptions = {}): Uint8Array {
  const { properties = USUAL, dictionary = 1 << 20, isSized = true, isMarked = !isSized } = options;
  const size = options.size ?? (isSized ? BigInt(content.length) : UNKNOWN_SIZE);
  return concat([propertiesByte(properties)], u32(dictionary), u64(size), literalsOnly(content, properties, isMarked));
}

/** Every byte as a literal, and the mark that ends the stream where it is wanted. */
export function literalsOnly(content: Uint8Array, properties: LzmaProperties, isMarked = false): Uint8Array {
  const coder = new RangeEncoder();
  const model = new Model(properties);
  const posMask = (1 << properties.pb) - 1;
  for (const [at, byte] of content.entries()) {
    coder.bit(model.isMatch, at & posMask, 0);
    const probs = model.literal(at, content[at - 1] ?? 0);
    for (let bit = 7, symbol = 1; bit >= 0; bit--) {
      const value = (byte >> bit) & 1;
      coder.bit(probs, symbol, value);
      symbol = 2 * symbol + value;
    }
  }
  if (isMarked) writeMark(coder, model, content.length & posMask);
  return coder.finish();
}

/** A match of the shortest length at the largest distance. */
function writeMark(coder: RangeEncoder, model: Model, position: number): void {
  coder.bit(model.isMatch, position, 1);
  coder.bit(model.isRep, 0, 0);
  coder.bit(model.length.choice, 0, 0);
  for (let i = 0, symbol = 1; i < 3; i++, symbol *= 2) coder.bit(model.length.low(position), symbol, 0);
  for (let i = 0, symbol = 1; i < 6; i++, symbol = 2 * symbol + 1) coder.bit(model.slots(0), symbol, 1);
  for (let i = 0; i < 26; i++) coder.direct(1);
  for (let i = 0, symbol = 1; i < 4; i++, symbol = 2 * symbol + 1) coder.bit(model.align, symbol, 1);
}

type Probs = number[];

function probs(count: number): Probs {
  return new Array<number>(count).fill(HALF);
}

class LengthModel {
  readonly choice = probs(2);
  readonly high = probs(256);
  private readonly lows = Array.from({ length: 16 }, () => probs(8));
  private readonly mids = Array.from({ length: 16 }, () => probs(8));

  low(position: number): Probs {
    return this.lows[position] ?? [];
  }

  mid(position: number): Probs {
    return this.mids[position] ?? [];
  }
}

/** What is expected of each bit. Tables by state have sixteen places for each. */
class Model {
  readonly isMatch = probs(12 * 16);
  readonly isRep = probs(12);
  readonly isRepG0 = probs(12);
  readonly isRepG1 = probs(12);
  readonly isRepG2 = probs(12);
  readonly isRep0Long = probs(12 * 16);
  readonly align = probs(16);
  readonly special = probs(128);
  readonly length = new LengthModel();
  readonly repLength = new LengthModel();
  private readonly literals = new Map<number, Probs>();
  private readonly slotsByLength = Array.from({ length: 4 }, () => probs(64));

  constructor(readonly properties: LzmaProperties) {}

  literal(at: number, previous: number): Probs {
    const { lc, lp } = this.properties;
    const key = ((at & ((1 << lp) - 1)) << lc) + (previous >> (8 - lc));
    const found = this.literals.get(key) ?? probs(0x300);
    this.literals.set(key, found);
    return found;
  }

  slots(length: number): Probs {
    return this.slotsByLength[Math.min(length, 3)] ?? [];
  }
}

function learn(table: Probs, at: number, bit: number): void {
  const prob = table[at] ?? HALF;
  table[at] = bit === 0 ? prob + ((2048 - prob) >> 5) : prob - (prob >> 5);
}

class RangeEncoder {
  private low = 0;
  private range = 0xffffffff;
  private cache = 0;
  private cached = 1;
  private readonly out: number[] = [];

  bit(table: Probs, at: number, bit: number): void {
    const bound = (this.range >>> 11) * (table[at] ?? HALF);
    if (bit === 0) this.range = bound;
    else {
      this.low += bound;
      this.range -= bound;
    }
    learn(table, at, bit);
    this.normalise();
  }

  direct(bit: number): void {
    this.range = Math.floor(this.range / 2);
    if (bit === 1) this.low += this.range;
    this.normalise();
  }

  finish(): Uint8Array {
    for (let i = 0; i < 5; i++) this.shift();
    return Uint8Array.from(this.out);
  }

  private normalise(): void {
    while (this.range < TOP) {
      this.range *= 256;
      this.shift();
    }
  }

  private shift(): void {
    const carry = this.low >= 2 ** 32 ? 1 : 0;
    if (carry === 1 || this.low < 0xff000000) {
      for (let byte = this.cache; this.cached > 0; this.cached--, byte = 0xff) this.out.push((byte + carry) & 0xff);
      this.cache = Math.floor(this.low / TOP) & 0xff;
    }
    this.cached++;
    this.low = (this.low % TOP) * 256;
  }
}

class RangeDecoder {
  range = 0xffffffff;
  private code = 0;

  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
  ) {
    for (let i = 0; i < 5; i++) this.code = (this.code * 256 + this.next()) % 2 ** 32;
  }

  get isBehind(): boolean {
    return this.at > this.bytes.length;
  }

  bit(table: Probs, at: number): number {
    const bound = (this.range >>> 11) * (table[at] ?? HALF);
    const bit = this.code < bound ? 0 : 1;
    if (bit === 0) this.range = bound;
    else {
      this.code -= bound;
      this.range -= bound;
    }
    learn(table, at, bit);
    this.normalise();
    return bit;
  }

  direct(width: number): number {
    let value = 0;
    for (let left = width; left > 0; left--) {
      this.range = Math.floor(this.range / 2);
      const bit = this.code >= this.range ? 1 : 0;
      if (bit === 1) this.code -= this.range;
      value = 2 * value + bit;
      this.normalise();
    }
    return value;
  }

  tree(table: Probs, width: number): number {
    let symbol = 1;
    for (let left = width; left > 0; left--) symbol = 2 * symbol + this.bit(table, symbol);
    return symbol - 2 ** width;
  }

  reversed(table: Probs, width: number, start = 0): number {
    let value = 0;
    for (let i = 0, symbol = 1; i < width; i++) {
      const bit = this.bit(table, start + symbol);
      symbol = 2 * symbol + bit;
      value += bit << i;
    }
    return value;
  }

  private next(): number {
    return this.bytes[this.at++] ?? 0;
  }

  private normalise(): void {
    if (this.range >= TOP) return;
    this.range *= 256;
    this.code = this.code * 256 + this.next();
  }
}

/** Takes a stream, or one chunk of LZMA2 after the other, apart. */
export class LzmaDecoder {
  readonly out: number[] = [];
  private model = new Model(USUAL);
  private state = 0;
  private reps = [0, 0, 0, 0];
  /** Where the dictionary begins. */
  private start = 0;

  constructor(private readonly largest: number) {}

  forget(): void {
    this.start = this.out.length;
  }

  reset(properties: LzmaProperties = this.model.properties): void {
    this.model = new Model(properties);
    this.state = 0;
    this.reps = [0, 0, 0, 0];
  }

  /** Decodes until there are `size` bytes, or to the mark at the end; false where the data is not sound. */
  decode(bytes: Uint8Array, at: number, size: number): boolean {
    const coder = new RangeDecoder(bytes, at);
    while (this.out.length < size) {
      if (coder.isBehind || this.out.length > this.largest) return false;
      const length = this.step(coder);
      if (length === LENGTH_END) return true;
      if (length === undefined) return false;
    }
    return true;
  }

  private step(coder: RangeDecoder): number | undefined {
    const position = (this.out.length - this.start) & ((1 << this.model.properties.pb) - 1);
    if (coder.bit(this.model.isMatch, 16 * this.state + position) === 0) return this.literal(coder);
    if (coder.bit(this.model.isRep, this.state) === 0) {
      const length = this.length(coder, this.model.length, position);
      this.state = this.state < 7 ? 7 : 10;
      const distance = this.distance(coder, length);
      if (distance === 0xffffffff) return LENGTH_END;
      this.reps = [distance, ...this.reps.slice(0, 3)];
      return this.copy(length + 2);
    }
    return this.repeated(coder, position);
  }

  private literal(coder: RangeDecoder): number {
    const at = this.out.length - this.start;
    const table = this.model.literal(at, at > 0 ? (this.out.at(-1) ?? 0) : 0);
    let symbol = 1;
    if (this.state >= 7) {
      let match = this.out[this.out.length - (this.reps[0] ?? 0) - 1] ?? 0;
      while (symbol < 0x100) {
        const expected = (match >> 7) & 1;
        match <<= 1;
        const bit = coder.bit(table, ((1 + expected) << 8) + symbol);
        symbol = 2 * symbol + bit;
        if (bit !== expected) break;
      }
    }
    while (symbol < 0x100) symbol = 2 * symbol + coder.bit(table, symbol);
    this.out.push(symbol - 0x100);
    this.state = this.state < 4 ? 0 : this.state - (this.state < 10 ? 3 : 6);
    return 1;
  }

  private repeated(coder: RangeDecoder, position: number): number | undefined {
    const { model, state } = this;
    if (coder.bit(model.isRepG0, state) === 0) {
      if (coder.bit(model.isRep0Long, 16 * state + position) === 0) {
        this.state = state < 7 ? 9 : 11;
        return this.copy(1);
      }
    } else {
      const which = coder.bit(model.isRepG1, state) === 0 ? 1 : 2 + coder.bit(model.isRepG2, state);
      const [distance = 0] = this.reps.splice(which, 1);
      this.reps.unshift(distance);
    }
    const length = this.length(coder, model.repLength, position);
    this.state = state < 7 ? 8 : 11;
    return this.copy(length + 2);
  }

  private length(coder: RangeDecoder, model: LengthModel, position: number): number {
    if (coder.bit(model.choice, 0) === 0) return coder.tree(model.low(position), 3);
    if (coder.bit(model.choice, 1) === 0) return 8 + coder.tree(model.mid(position), 3);
    return 16 + coder.tree(model.high, 8);
  }

  private distance(coder: RangeDecoder, length: number): number {
    const slot = coder.tree(this.model.slots(length), 6);
    if (slot < 4) return slot;
    const width = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** width;
    if (slot < 14) return base + coder.reversed(this.model.special, width, base - slot);
    return base + coder.direct(width - 4) * 16 + coder.reversed(this.model.align, 4);
  }

  private copy(length: number): number | undefined {
    const from = this.out.length - (this.reps[0] ?? 0) - 1;
    if (from < this.start) return undefined;
    for (let i = 0; i < length; i++) this.out.push(this.out[from + i] ?? 0);
    return length;
  }
}

/** What a sound .lzma file holds. */
export function unlzma(bytes: Uint8Array, largest: number): Uint8Array | undefined {
  if (bytes.length < 18 || (bytes[0] ?? 255) >= 225) return undefined;
  const told = Buffer.from(bytes).readBigUInt64LE(5);
  if (told !== UNKNOWN_SIZE && told > BigInt(largest)) return undefined;
  const decoder = new LzmaDecoder(largest);
  decoder.reset(propertiesOf(bytes[0] ?? 0));
  const isSound = decoder.decode(bytes, 13, told === UNKNOWN_SIZE ? Number.POSITIVE_INFINITY : Number(told));
  return isSound ? Uint8Array.from(decoder.out) : undefined;
}

/** What a sound row of LZMA2 chunks holds, and where it ends. */
export function unlzma2(
  bytes: Uint8Array,
  start: number,
  largest: number,
): { content: Uint8Array; end: number } | undefined {
  const decoder = new LzmaDecoder(largest);
  for (let at = start; at < bytes.length; ) {
    const control = bytes[at++] ?? 0;
    if (control === 0) return { content: Uint8Array.from(decoder.out), end: at };
    const size = ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0) + 1;
    at += 2;
    if (control === 1 || control >= 0xe0) decoder.forget();
    if (control < 3) {
      for (const byte of bytes.subarray(at, at + size)) decoder.out.push(byte);
      at += size;
      continue;
    }
    if (control < 0x80) return undefined;
    const packed = ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0) + 1;
    at += 2;
    const kind = (control >> 5) & 3;
    if (kind >= 2) decoder.reset(propertiesOf(bytes[at++] ?? 0));
    else if (kind === 1) decoder.reset();
    const until = decoder.out.length + ((control & 31) << 16) + size;
    if (!decoder.decode(bytes.subarray(0, at + packed), at, until) || decoder.out.length !== until) return undefined;
    at += packed;
  }
  return undefined;
}

/** Chunks of LZMA2: as they are, or of literals. */
export function lzma2(
  content: Uint8Array,
  options: { readonly isStored: boolean; readonly chunkBytes?: number },
): Uint8Array {
  const { isStored, chunkBytes = 4096 } = options;
  const parts: (Uint8Array | number[])[] = [];
  for (let at = 0; at < content.length; at += chunkBytes) {
    const chunk = content.subarray(at, at + chunkBytes);
    if (isStored) parts.push([at === 0 ? 1 : 2, ...u16(chunk.length - 1)], chunk);
    else {
      const packed = literalsOnly(chunk, USUAL);
      // Everything anew with each chunk: the dictionary, state and properties.
      parts.push([0xe0, ...u16(chunk.length - 1), ...u16(packed.length - 1), propertiesByte(USUAL)], packed);
    }
  }
  return concat(...parts, [0]);
}

function u16(value: number): [number, number] {
  return [value >> 8, value & 0xff];
}
