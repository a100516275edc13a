import { ParseError } from "../../errors.js";

/** The encodings CPython's json.detect_encoding tells apart, by byte order mark or by where the zero bytes of the first characters are. */
type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "utf-32le" | "utf-32be";

/** The document as UTF-8 without a byte order mark. UTF-8 input is a view; offsets into other encodings are those of the converted text. */
export function toUtf8(bytes: Uint8Array): Uint8Array {
  const encoding = detectEncoding(bytes);
  if (encoding === "utf-8") return hasUtf8Mark(bytes) ? blankMark(bytes) : bytes;
  const text = encoding.startsWith("utf-16")
    ? decodeUtf16(bytes, encoding)
    : decodeUtf32(bytes, encoding === "utf-32le");
  return new TextEncoder().encode(text.startsWith("\ufeff") ? text.slice(1) : text);
}

function hasUtf8Mark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** Three blanks in place of the mark keep every offset true. */
function blankMark(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy.fill(0x20, 0, 3);
  return copy;
}

function detectEncoding(bytes: Uint8Array): Encoding {
  const [a = 1, b = 1, c = 1, d = 1] = bytes;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? "utf-32le" : "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  if (a === 0 && b === 0) return "utf-32be";
  if (a === 0) return "utf-16be";
  if (b === 0) return c === 0 && d === 0 ? "utf-32le" : "utf-16le";
  return "utf-8";
}

function decodeUtf16(bytes: Uint8Array, encoding: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ParseError(`text is not valid ${encoding}`, 0, { cause });
  }
}

function decodeUtf32(bytes: Uint8Array, littleEndian: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const code = view.getUint32(at, littleEndian);
    if (code > 0x10ffff) throw new ParseError(`code point ${code} at ${at} is beyond Unicode`, at);
    parts.push(String.fromCodePoint(code));
  }
  return parts.join("");
}
