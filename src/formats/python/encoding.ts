// How Python finds out the encoding of a source file: https://docs.python.org/3/reference/lexical_analysis.html#encoding-declarations (PEP 263)
import { unescapePython } from "../code/decode.js";

export interface DecodedSource {
  readonly text: string;
  /** The declared encoding when it is not one in which people write: with it, Python runs other text than an editor shows. */
  readonly oddEncoding?: string;
}

/** The declaration stands in a comment on the first or second line. */
const DECLARATION = /^[ \t\f]*#.{0,200}?coding[:=][ \t]*([-\w.]{1,40})/;
const HEAD_BYTES = 1000;

export function decodeSource(bytes: Uint8Array): DecodedSource {
  const head = latin1(bytes.subarray(0, HEAD_BYTES)).replace(/^\xef\xbb\xbf/, "");
  const [first = "", second = ""] = head.split(/\r\n|\n|\r/);
  const isComment = /^[ \t\f]*(?:#|$)/.test(first);
  const declared = (DECLARATION.exec(first) ?? (isComment ? DECLARATION.exec(second) : null))?.[1];
  const name = declared?.toLowerCase().replaceAll("_", "-") ?? "utf-8";
  return decodeAs(bytes, name);
}

function decodeAs(bytes: Uint8Array, name: string): DecodedSource {
  if (name === "utf-7") return { text: fromUtf7(latin1(bytes)), oddEncoding: name };
  if (name.endsWith("-escape")) return { text: unescapePython(latin1(bytes)), oddEncoding: name };
  const label = labelOf(name);
  if (label !== undefined) return { text: new TextDecoder(label).decode(bytes) };
  return { text: latin1(bytes), oddEncoding: name };
}

/** Encodings of single characters that the platform knows; Python's spelling differs in a hyphen here and there. */
function labelOf(name: string): string | undefined {
  return [
    name,
    name.replace(/^latin-?1$/, "iso-8859-1"),
    name.replace(/^cp(?=\d)/, "windows-"),
    name.replaceAll("-", ""),
  ].find(isKnownLabel);
}

const LABELS = new Set(
  `utf-8 utf8 ascii us-ascii iso-8859-1 iso-8859-2 iso-8859-5 iso-8859-7 iso-8859-9 iso-8859-15 windows-1250 windows-1251 windows-1252 windows-1253
  windows-1254 gbk gb2312 gb18030 big5 euc-jp shift-jis euc-kr koi8-r koi8-u`.split(/\s+/),
);

function isKnownLabel(label: string): boolean {
  return LABELS.has(label);
}

/** RFC 2152: `+` begins modified base64 of UTF-16, `-` or any other character ends it. */
function fromUtf7(text: string): string {
  return text.replaceAll(/\+([A-Za-z0-9+/]*)-?/g, (_, encoded: string) => {
    if (encoded === "") return "+";
    const bytes = Buffer.from(encoded, "base64");
    return bytes
      .subarray(0, bytes.length & ~1)
      .swap16()
      .toString("utf16le");
  });
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
