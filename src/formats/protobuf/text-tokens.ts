// Protocol Buffers text format: https://protobuf.dev/reference/protobuf/textformat-spec/ (2024)
import { ParseError } from "../../errors.js";

export type Token =
  | { readonly kind: "name" | "number" | "symbol"; readonly text: string; readonly at: number }
  /** `text` holds one character a byte. */
  | { readonly kind: "string"; readonly text: string; readonly at: number }
  | { readonly kind: "end"; readonly text: ""; readonly at: number };

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
/** Integers of any base and floats; what they mean is decided by whoever reads the value. */
const NUMBER = /(?:0[xX][0-9A-Fa-f]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fF]?)/y;
const SPACE = /(?:[\s\v]+|#[^\n]*)+/y;
const SYMBOLS = "{}<>[]:,;-/.";
const ESCAPE = /\\(?:([0-7]{1,3})|[xX]([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([\s\S]))/g;
const SIMPLE_ESCAPES = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["v", "\v"],
]);
const MAX_CODE_POINT = 0x10ffff;

/** Splits text format into tokens. The text holds one character a byte, so that positions are those of the file. */
export class Tokens {
  private at = 0;

  constructor(private readonly text: string) {}

  next(): Token {
    this.match(SPACE);
    const at = this.at;
    const char = this.text[at];
    if (char === undefined) return { kind: "end", text: "", at };
    if (char === '"' || char === "'") return { kind: "string", text: this.string(char), at };
    const name = this.match(NAME);
    if (name !== undefined) return { kind: "name", text: name, at };
    const number = /[0-9.]/.test(char) ? this.match(NUMBER) : undefined;
    if (number !== undefined) return { kind: "number", text: number, at };
    if (!SYMBOLS.includes(char)) throw new ParseError(`unexpected character ${JSON.stringify(char)} at ${at}`, at);
    this.at++;
    return { kind: "symbol", text: char, at };
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private string(quote: string): string {
    const start = this.at;
    let end = start + 1;
    while (this.text[end] !== quote) {
      if (end >= this.text.length || this.text[end] === "\n") {
        throw new ParseError(`string at ${start} has no end`, start);
      }
      end += this.text[end] === "\\" ? 2 : 1;
    }
    this.at = end + 1;
    return decodeEscapes(this.text.slice(start + 1, end));
  }
}

function decodeEscapes(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(ESCAPE, (_, octal?: string, hex?: string, short?: string, long?: string, char?: string) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    const code = short ?? long;
    if (code !== undefined) return utf8Bytes(Number.parseInt(code, 16));
    return SIMPLE_ESCAPES.get(char ?? "") ?? char ?? "";
  });
}

/** A character by number, as the bytes of its UTF-8 form. */
function utf8Bytes(code: number): string {
  return Buffer.from(String.fromCodePoint(Math.min(code, MAX_CODE_POINT)), "utf8").toString("latin1");
}
