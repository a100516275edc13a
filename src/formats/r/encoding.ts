import { ParseError } from "../../errors.js";
import type { SyncByteSource } from "../../io/byte-source.js";
import { EncodedReader } from "../../io/encoded-reader.js";
import { SyncReader } from "../../io/sync-reader.js";

/** How R writes integers, texts and numbers: XDR (`X`), ASCII (`A`) or as they lie in memory (`B`). */
export interface REncoding {
  readonly kind: "xdr" | "ascii" | "native";
  readonly offset: number;
  readonly remaining: number;
  readonly loaded: number;
  int(): number;
  /** Characters of a text, cut after `kept`. */
  chars(length: number, kept: number): string;
  /** Steps over the elements of a vector. */
  elements(count: number, kind: ElementKind): void;
}

export type ElementKind = "int" | "double" | "byte";

const WIDTHS: Readonly<Record<ElementKind, number>> = { int: 4, double: 8, byte: 1 };

class BinaryEncoding extends EncodedReader implements REncoding {
  constructor(
    reader: SyncReader,
    readonly kind: "xdr" | "native",
  ) {
    super(reader);
  }

  int(): number {
    return this.reader.i32();
  }

  chars(length: number, kept: number): string {
    const text = Buffer.from(this.reader.raw(Math.min(length, kept))).toString("utf8");
    this.reader.skip(Math.max(0, length - kept));
    return text;
  }

  elements(count: number, kind: ElementKind): void {
    this.reader.skip(count * WIDTHS[kind]);
  }
}

/** The longest number that R prints, with room. */
const MAX_TOKEN = 64;
/** What R's reader takes for `NA_integer_`. */
const NA_INTEGER = -0x80000000;
const BACKSLASH = 0x5c;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["v", "\v"],
  ["b", "\b"],
  ["r", "\r"],
  ["f", "\f"],
  ["a", "\x07"],
]);

class AsciiEncoding extends EncodedReader implements REncoding {
  readonly kind = "ascii";

  int(): number {
    const start = this.offset;
    const token = this.token(MAX_TOKEN);
    if (token === "NA") return NA_INTEGER;
    if (!/^-?\d{1,11}$/.test(token)) throw new ParseError(`no integer at ${start}`, start);
    return Number(token);
  }

  chars(length: number, kept: number): string {
    this.skipBlanks();
    const bytes: number[] = [];
    for (let i = 0; i < length; i++) {
      const byte = this.char();
      if (i < kept) bytes.push(byte);
    }
    return Buffer.from(bytes).toString("utf8");
  }

  /** A byte, or the escape that stands for one. */
  private char(): number {
    const byte = this.reader.u8();
    if (byte !== BACKSLASH) return byte;
    const next = this.reader.latin1(1);
    if (!/[0-7]/.test(next)) return (ESCAPES.get(next) ?? next).charCodeAt(0);
    let octal = next;
    while (octal.length < 3 && this.reader.remaining > 0 && isOctal(this.reader.peek())) octal += this.reader.latin1(1);
    return Number.parseInt(octal, 8) & 0xff;
  }

  elements(count: number): void {
    for (let i = 0; i < count; i++) this.token(MAX_TOKEN);
  }
}

function isOctal(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x37;
}

/** Whether a workspace (`RDX3`) or one object, and how it is written. */
export function openR(source: SyncByteSource): { readonly isWorkspace: boolean; readonly from: REncoding } {
  const reader = new SyncReader(source, false);
  const head = Buffer.from(source.readSync(0, 16)).toString("latin1");
  const [, magic = "", letter] = /^(RD[XAB][23]\r?\n)?([XAB])\r?\n/.exec(head) ?? [];
  if (letter === undefined) throw new ParseError("no R serialisation: neither X, A nor B begins the file", 0);
  reader.skip(head.indexOf("\n", magic.length) + 1);
  if (letter === "A") return { isWorkspace: magic !== "", from: new AsciiEncoding(reader) };
  if (letter === "B") reader.littleEndian = isLittle(reader, source);
  return { isWorkspace: magic !== "", from: new BinaryEncoding(reader, letter === "X" ? "xdr" : "native") };
}

/** The version, 2 or 3, is the first number. */
function isLittle({ offset }: SyncReader, source: SyncByteSource): boolean {
  const [first = 0] = source.readSync(offset, 1);
  return first !== 0;
}
