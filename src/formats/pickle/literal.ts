import { OP } from "./opcodes.js";
import type { Window } from "./window.js";

/** Longer texts and bytes are cut when they are decoded for judging or display. */
const MAX_DECODED = 1 << 20;

/** Python keeps a byte order mark as a character. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

export interface LiteralRange {
  /** Offset of the first byte of the content. */
  readonly start: number;
  readonly length: number;
}

/** Width of the length field behind an opcode with counted content. */
const LENGTH_BYTES = new Map<number, 1 | 4 | 8>([
  [OP.SHORT_BINSTRING, 1],
  [OP.SHORT_BINBYTES, 1],
  [OP.SHORT_BINUNICODE, 1],
  [OP.BINSTRING, 4],
  [OP.BINBYTES, 4],
  [OP.BINUNICODE, 4],
  [OP.BINUNICODE8, 8],
  [OP.BINBYTES8, 8],
  [OP.BYTEARRAY8, 8],
]);

/** Where the content of the literal lies that the opcode at `offset` pushes. Text lines are cut after `MAX_DECODED` bytes. */
export function literalRange(window: Window, offset: number): LiteralRange {
  const head = window.peek(offset, 9);
  const width = LENGTH_BYTES.get(head[0] ?? 0);
  if (width === undefined) return lineRange(window, offset + 1);
  let length = 0;
  for (let i = width; i >= 1; i--) length = length * 256 + (head[i] ?? 0);
  const start = offset + 1 + width;
  return { start, length: Math.max(0, Math.min(length, window.end - start)) };
}

/** Bytes in which the end of a line is looked for first: a stream may hold millions of lines, and a megabyte read for each takes hours. */
const SHORT_LINE = 256;

function lineRange(window: Window, start: number): LiteralRange {
  const most = Math.min(MAX_DECODED, window.end - start);
  for (let wanted = SHORT_LINE; ; wanted *= 16) {
    const line = window.peek(start, Math.min(wanted, most));
    const newline = line.indexOf(0x0a);
    if (newline >= 0) return { start, length: newline };
    // Without a newline the file's last byte is taken for it, as Python's own unpickler does.
    const isLast = start + line.length === window.end;
    if (wanted >= most) return { start, length: Math.max(0, line.length - (isLast ? 1 : 0)) };
  }
}

export function literalBytes(window: Window, offset: number, limit = MAX_DECODED): Uint8Array {
  const opcode = window.peek(offset, 1)[0];
  const { start, length } = literalRange(window, offset);
  const raw = window.peek(start, Math.min(length, limit));
  if (opcode === OP.STRING) return unescapeString(raw);
  return raw;
}

/** The text that the opcode at `offset` pushes, as the loader would decode it; undecodable bytes become U+FFFD. */
export function literalText(window: Window, offset: number, limit = MAX_DECODED): string {
  const opcode = window.peek(offset, 1)[0];
  const bytes = literalBytes(window, offset, limit);
  if (opcode === OP.UNICODE) return rawUnicodeEscape(bytes);
  return utf8.decode(bytes);
}

/** A line that is cut has this length, and none that is not cut does but by chance. */
export function isWhole({ length }: LiteralRange, limit: number): boolean {
  return length <= limit && length !== MAX_DECODED;
}

const HALVES = /[\ud800-\udfff]/;
const ASCII = /^[\x00-\x7f]*$/;
/** Texts of Python 2: decoded as whoever loads them says. */
const OLD_TEXTS: ReadonlySet<number | undefined> = new Set([OP.STRING, OP.BINSTRING, OP.SHORT_BINSTRING]);

/**
 * The text, undefined where not all loaders agree on its characters, or where JavaScript counts them otherwise: halves of characters
 * stay apart in Python (`surrogatepass`), and become one or three here.
 */
export function exactText(window: Window, offset: number, limit: number): string | undefined {
  const opcode = window.peek(offset, 1)[0];
  const text = literalText(window, offset, limit);
  if (opcode === OP.UNICODE) return HALVES.test(text) ? undefined : text;
  const isSure = OLD_TEXTS.has(opcode) ? ASCII.test(text) : !text.includes("\ufffd");
  return isSure ? text : undefined;
}

const SIMPLE_ESCAPES = new Map([
  [0x6e, 0x0a],
  [0x74, 0x09],
  [0x72, 0x0d],
  [0x61, 0x07],
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x76, 0x0b],
  [0x5c, 0x5c],
  [0x27, 0x27],
  [0x22, 0x22],
]);

/** The argument of STRING: a quoted Python 2 string literal with its escapes (`_PyBytes_DecodeEscape`). */
function unescapeString(line: Uint8Array): Uint8Array {
  let end = line.length;
  while (end > 0 && (line[end - 1] ?? 0) <= 0x20) end--;
  const quote = line[0];
  const quoted = (quote === 0x27 || quote === 0x22) && end >= 2 && line[end - 1] === quote;
  const out: number[] = [];
  for (let i = quoted ? 1 : 0, stop = quoted ? end - 1 : end; i < stop; i++) {
    const byte = line[i] ?? 0;
    if (byte !== 0x5c || i + 1 >= stop) {
      out.push(byte);
      continue;
    }
    const next = line[++i] ?? 0;
    const simple = SIMPLE_ESCAPES.get(next);
    if (simple !== undefined) out.push(simple);
    else if (next === 0x78) {
      out.push(hexByte(line, i + 1));
      i += 2;
    } else if (next >= 0x30 && next <= 0x37) {
      let value = 0;
      let digits = 0;
      while (digits < 3 && isOctal(line[i + digits])) value = value * 8 + ((line[i + digits++] ?? 0) - 0x30);
      out.push(value & 0xff);
      i += digits - 1;
    } else out.push(0x5c, next);
  }
  return Uint8Array.from(out);
}

function isOctal(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x37;
}

function hexByte(line: Uint8Array, at: number): number {
  const value = Number.parseInt(String.fromCharCode(line[at] ?? 0, line[at + 1] ?? 0), 16);
  return Number.isNaN(value) ? 0x3f : value;
}

/** A backslash and what it takes with it: of `\\u0041` nothing is an escape. */
const RAW_ESCAPE = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|[^uU])/g;

/** The argument of UNICODE: latin-1 with `\uXXXX` and `\UXXXXXXXX` (raw-unicode-escape). */
function rawUnicodeEscape(bytes: Uint8Array): string {
  const text = latin1(bytes);
  if (!text.includes("\\")) return text;
  return text.replace(RAW_ESCAPE, (whole, short?: string, long?: string) => {
    const code = Number.parseInt(short ?? long ?? "", 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/**
 * The number of an INT or LONG argument as `strtol(s, &end, 0)` and `PyLong_FromString(s, NULL, 0)` read it: base by prefix, ends at
 * NUL. NaN where it is no number.
 */
export function parseInteger(line: Uint8Array): number {
  const text = digitsOf(line).replace(/L$/, "");
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|\d+)$/.exec(text);
  if (!match?.[2]) return Number.NaN;
  const digits = /^0[0-7]+$/.test(match[2]) ? `0o${match[2].slice(1)}` : match[2];
  const value = Number(digits);
  return match[1] === "-" ? -value : value;
}

/** The number of a GET or PUT argument as `PyLong_FromString(s, NULL, 10)` reads it: `010` is ten. NaN where it is no safe integer. */
export function parseDecimal(line: Uint8Array): number {
  const text = digitsOf(line);
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

/** Up to a NUL, where C ends a text. */
function digitsOf(line: Uint8Array): string {
  const nul = line.indexOf(0);
  return latin1(nul < 0 ? line : line.subarray(0, nul))
    .trim()
    .replaceAll("_", "");
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
