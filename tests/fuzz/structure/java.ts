// Java serialisation in other blocks and spellings: https://docs.oracle.com/javase/8/docs/platform/serialization/spec/protocol.html

import { concat } from "../../builders/bytes.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import { type Change, lieAbout, lieAt, type Structure } from "./structure.js";

const MAGIC = "\xac\xed\0\x05";
const CODES = {
  ...{ nothing: 0x70, reference: 0x71, class: 0x72, object: 0x73, string: 0x74, array: 0x75, classValue: 0x76 },
  ...{ block: 0x77, end: 0x78, reset: 0x79, longBlock: 0x7a, longString: 0x7c, proxy: 0x7d, enum: 0x7e },
};
const FIRST_HANDLE = 0x7e0000;
const WIDTHS: Readonly<Record<string, number>> = { B: 1, C: 2, D: 8, F: 4, I: 4, J: 8, S: 2, Z: 1 };
const LARGEST = 64 << 10;

/** What may be written in another way, and everything between. */
interface Piece {
  readonly kind: "bytes" | "number" | "block" | "string" | "name";
  readonly bytes: Uint8Array;
}

interface Descriptor {
  readonly name: string;
  flags: number;
  readonly fields: string[];
  parent: Descriptor | undefined;
}

class Unreadable extends Error {}

class Reader {
  readonly pieces: Piece[] = [];
  at = MAGIC.length;
  private readonly handles: (Descriptor | undefined)[] = [];
  private depth = 0;

  constructor(private readonly bytes: Buffer) {}

  content(): void {
    if (++this.depth > 200) throw new Unreadable("too deep");
    const code = this.bytes[this.at];
    if (code === CODES.block || code === CODES.longBlock) this.block(code === CODES.block ? 1 : 4);
    else if (code === CODES.string) this.string();
    else if (code === CODES.nothing) this.take(1);
    else if (code === CODES.reference) this.reference();
    else if (code === CODES.object) this.object();
    else if (code === CODES.array) this.array();
    else if (code === CODES.enum) this.enum();
    else if (code === CODES.classValue) {
      this.take(1);
      this.descriptor();
      this.handles.push(undefined);
    } else throw new Unreadable(`code ${code}`);
    this.depth--;
  }

  private take(length: number, kind: "bytes" | "number" = "bytes"): Buffer {
    if (length < 0 || this.at + length > this.bytes.length) throw new Unreadable("behind the end");
    const bytes = this.bytes.subarray(this.at, this.at + length);
    this.pieces.push({ kind, bytes });
    this.at += length;
    return bytes;
  }

  private block(width: 1 | 4): void {
    const length = this.bytes.readUIntBE(this.at + 1, width);
    this.at += 1 + width;
    const bytes = this.take(length);
    this.pieces.splice(-1, 1, { kind: "block", bytes });
  }

  private string(): void {
    this.at++;
    this.handles.push(undefined);
    this.pieces.push({ kind: "string", bytes: this.text() });
  }

  private text(): Buffer {
    if (this.at + 2 > this.bytes.length) throw new Unreadable("behind the end");
    const length = this.bytes.readUInt16BE(this.at);
    this.at += 2;
    const text = this.take(length);
    this.pieces.pop();
    return text;
  }

  private name(): string {
    const bytes = this.text();
    this.pieces.push({ kind: "name", bytes });
    return bytes.toString("latin1");
  }

  private reference(): Descriptor | undefined {
    this.take(1);
    return this.handles[this.take(4, "number").readUInt32BE() - FIRST_HANDLE];
  }

  private object(): void {
    this.take(1);
    const chain: Descriptor[] = [];
    for (let one = this.descriptor(); one !== undefined && chain.length < 100; one = one.parent) chain.unshift(one);
    this.handles.push(undefined);
    for (const { flags, fields } of chain) {
      if ((flags & 4) !== 0 && (flags & 8) === 0) throw new Unreadable("stores itself");
      if ((flags & 4) === 0) for (const type of fields) this.field(type);
      if ((flags & 5) !== 0) this.annotation();
    }
  }

  private field(type: string): void {
    const width = WIDTHS[type];
    if (width === undefined) this.content();
    else this.take(width);
  }

  private annotation(): void {
    while (this.bytes[this.at] !== CODES.end) this.content();
    this.take(1);
  }

  private array(): void {
    this.take(1);
    const type = this.descriptor()?.name.charAt(1) ?? "";
    this.handles.push(undefined);
    const length = this.take(4, "number").readInt32BE();
    if (length > LARGEST) throw new Unreadable("too long");
    for (let left = length; left > 0; left--) this.field(type);
  }

  private enum(): void {
    this.take(1);
    this.descriptor();
    this.handles.push(undefined);
    this.content();
  }

  private descriptor(): Descriptor | undefined {
    const code = this.bytes[this.at];
    if (code === CODES.reference) return this.reference();
    this.take(1);
    if (code === CODES.nothing) return undefined;
    if (code !== CODES.class && code !== CODES.proxy) throw new Unreadable(`class ${code}`);
    const found = code === CODES.class ? this.named() : this.proxy();
    this.annotation();
    found.parent = this.descriptor();
    return found;
  }

  private named(): Descriptor {
    const found: Descriptor = { name: this.name(), flags: 0, fields: [], parent: undefined };
    this.take(8);
    this.handles.push(found);
    found.flags = this.take(1).readUInt8();
    for (let left = this.take(2, "number").readUInt16BE(); left > 0; left--) {
      const type = this.take(1).toString("latin1");
      this.name();
      if (WIDTHS[type] === undefined) this.content();
      found.fields.push(type);
    }
    return found;
  }

  private proxy(): Descriptor {
    const found: Descriptor = { name: "", flags: 0, fields: [], parent: undefined };
    this.handles.push(found);
    for (let left = this.take(4, "number").readInt32BE(); left > 0; left--) this.name();
    return found;
  }
}

function read(bytes: Uint8Array): readonly Piece[] | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (file.toString("latin1", 0, 4) !== MAGIC || file.length > LARGEST) return undefined;
  const reader = new Reader(file);
  try {
    while (reader.at < file.length) reader.content();
  } catch (error) {
    if (error instanceof Unreadable || error instanceof RangeError) return undefined; // cut, or with what we do not write
    throw error;
  }
  return reader.pieces;
}

/** How the parts that may be written in several ways are. */
interface Spelling {
  readonly block?: (bytes: Uint8Array) => Uint8Array;
  readonly string?: (bytes: Uint8Array) => Uint8Array;
  readonly text?: (bytes: Uint8Array) => Uint8Array;
}

function write(pieces: readonly Piece[], spelling: Spelling = {}): Uint8Array {
  const {
    block = shortBlock,
    text = (bytes) => bytes,
    string = (bytes) => concat([CODES.string], counted(bytes, 2)),
  } = spelling;
  const parts = pieces.map(({ kind, bytes }) => {
    if (kind === "block") return block(bytes);
    if (kind === "string") return string(text(bytes));
    return kind === "name" ? counted(text(bytes), 2) : bytes;
  });
  return concat(Buffer.from(MAGIC, "latin1"), ...parts);
}

function counted(bytes: Uint8Array, width: 1 | 2 | 4 | 8): Uint8Array {
  const head = Buffer.alloc(width);
  head.writeUIntBE(bytes.length, Math.max(0, width - 6), Math.min(6, width));
  return concat(head, bytes);
}

function shortBlock(bytes: Uint8Array): Uint8Array {
  return bytes.length < 256 ? concat([CODES.block], counted(bytes, 1)) : longBlock(bytes);
}

function longBlock(bytes: Uint8Array): Uint8Array {
  return concat([CODES.longBlock], counted(bytes, 4));
}

/** A character in more bytes than it needs: readUTF takes them all. */
function overlong(bytes: Uint8Array, dice: Dice): Uint8Array {
  return concat(
    ...[...bytes].map((byte) => {
      const way = byte < 0x80 ? dice.below(3) : 0;
      if (way === 1) return [0xc0 | (byte >> 6), 0x80 | (byte & 0x3f)];
      return way === 2 ? [0xe0, 0x80 | (byte >> 6), 0x80 | (byte & 0x3f)] : [byte];
    }),
  );
}

function rewriting(rewrite: (pieces: readonly Piece[], dice: Dice) => Uint8Array | undefined): Change {
  return (bytes, dice) => {
    const pieces = read(bytes);
    return pieces && rewrite(pieces, dice);
  };
}

export const javaStructure: Structure = {
  name: "java",
  harmless: {
    /** As `reset` writes it before the first object. */
    reset: rewriting((pieces) => write([{ kind: "bytes", bytes: Uint8Array.of(CODES.reset) }, ...pieces])),
    accompanied: rewriting((pieces) => write([...pieces, { kind: "block", bytes: Buffer.from([0, 0, 0, 7]) }])),
  },
  odd: {
    longBlocks: rewriting((pieces) => write(pieces, { block: longBlock })),
    blocksInPieces: rewriting((pieces) =>
      write(pieces, { block: (bytes) => concat(...[...bytes].map((byte) => shortBlock(Uint8Array.of(byte)))) }),
    ),
    longStrings: rewriting((pieces) =>
      write(pieces, { string: (bytes) => concat([CODES.longString], counted(bytes, 8)) }),
    ),
    overlong: rewriting((pieces, dice) => write(pieces, { text: (bytes) => overlong(bytes, dice) })),
    resets: rewriting((pieces) => write([{ kind: "bytes", bytes: new Uint8Array(3).fill(CODES.reset) }, ...pieces])),
  },
  lies: {
    number: rewriting((pieces, dice) => {
      const numbers = pieces.filter(({ kind }) => kind === "number");
      if (numbers.length === 0) return undefined;
      const lied = dice.pick(numbers);
      return write(
        pieces.map((piece) => {
          if (piece !== lied) return piece;
          const bytes = Buffer.from(piece.bytes);
          const width = bytes.length;
          bytes.writeUIntBE(Number(BigInt.asUintN(8 * width, lieAbout(bytes.readUIntBE(0, width), dice))), 0, width);
          return { kind: "number", bytes };
        }),
      );
    }),
    byte: rewriting((pieces, dice) => {
      const bytes = write(pieces);
      return lieAt(bytes, dice.below(bytes.length), 1, dice);
    }),
    piece: rewriting((pieces, dice) => write(pieces.toSpliced(dice.below(pieces.length), 1))),
  },
};
