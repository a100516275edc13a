import { ParseError } from "../../errors.js";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const SHORT_STRING = 48;
/** V8 keeps a longer sum of strings as a chain of its parts, a kilobyte for forty characters, until somebody looks at them. */
const FLAT_STRING = 12;
/** Longer digit runs would cost quadratic time as bigint; no loader keeps more than 64 bits of them. */
const MAX_EXACT_DIGITS = 400;
const SAFE_DIGITS = 15;

const ESCAPES = new Map<number, string>([
  [0x22, '"'],
  [0x5c, "\\"],
  [0x2f, "/"],
  [0x62, "\b"],
  [0x66, "\f"],
  [0x6e, "\n"],
  [0x72, "\r"],
  [0x74, "\t"],
]);
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;

/** The text of UTF-8 bytes; short ASCII, which nearly every key is, without the decoder's overhead. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number, offset: number): string {
  if (end - start <= SHORT_STRING && isAscii(bytes, start, end)) return asciiText(bytes, start, end);
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch (cause) {
    throw new ParseError(`string at ${offset} is not UTF-8`, offset, { cause });
  }
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] ?? 0) > 0x7f) return false;
  return true;
}

function asciiText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > FLAT_STRING) {
    return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
  }
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

/** The text between two quotes that holds at least one backslash. */
export function decodeEscaped(bytes: Uint8Array, start: number, end: number, offset: number): string {
  const parts: string[] = [];
  let from = start;
  let at = bytes.indexOf(BACKSLASH, start);
  while (at >= 0 && at < end) {
    parts.push(decodeUtf8(bytes, from, at, offset));
    const code = bytes[at + 1] ?? 0;
    if (code === LETTER_U) parts.push(String.fromCharCode(hex4(bytes, at + 2, end, offset)));
    else parts.push(ESCAPES.get(code) ?? badEscape(offset));
    from = at + (code === LETTER_U ? 6 : 2);
    at = bytes.indexOf(BACKSLASH, from);
  }
  parts.push(decodeUtf8(bytes, from, end, offset));
  return parts.join("");
}

function badEscape(offset: number): never {
  throw new ParseError(`string at ${offset} has an unknown escape`, offset);
}

function hex4(bytes: Uint8Array, start: number, end: number, offset: number): number {
  let value = 0;
  for (let at = start; at < start + 4; at++) {
    const digit = at < end ? hexDigit(bytes[at] ?? 0) : -1;
    if (digit < 0) return badEscape(offset);
    value = value * 16 + digit;
  }
  return value;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** A number token: exact for integers of any size that a 64-bit field could come from, a double otherwise. */
export function decodeNumber(text: string, isInteger: boolean): number | bigint {
  if (!isInteger || text.length <= SAFE_DIGITS || text.length > MAX_EXACT_DIGITS) return Number(text);
  const exact = BigInt(text);
  const value = Number(exact);
  return Number.isSafeInteger(value) ? value : exact;
}
