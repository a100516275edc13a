/** A text and how its characters lie in the file. */
export interface DecodedText {
  readonly text: string;
  /** Byte offset of the character at `index`, inside the artifact. */
  offsetAt(index: number): number;
}

const UTF8_MARK = "\ufeff";

/**
 * Reads text as Python's YAML and XML readers do: UTF-16 when a byte order mark says so, UTF-8 otherwise. Bytes that are no UTF-8 become
 * replacement characters: what stands around them is still read.
 */
export function decodeText(bytes: Uint8Array, base = 0): DecodedText {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return decodeUtf16(bytes, "utf-16le", base);
  if (a === 0xfe && b === 0xff) return decodeUtf16(bytes, "utf-16be", base);
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const marked = text.startsWith(UTF8_MARK);
  const body = marked ? text.slice(1) : text;
  const start = base + (marked ? 3 : 0);
  const isAscii = body.length === bytes.length - (marked ? 3 : 0);
  return { text: body, offsetAt: (index) => start + (isAscii ? index : Buffer.byteLength(body.slice(0, index))) };
}

function decodeUtf16(bytes: Uint8Array, encoding: "utf-16le" | "utf-16be", base: number): DecodedText {
  return { text: new TextDecoder(encoding).decode(bytes), offsetAt: (index) => base + 2 + index * 2 };
}
