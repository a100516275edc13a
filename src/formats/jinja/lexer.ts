// Jinja2's lexical analysis, with its default delimiters: https://jinja.palletsprojects.com/en/3.1.x/templates/ and jinja2/lexer.py of 3.1.
import { unescapePython } from "../code/decode.js";

export type JinjaTokenKind = "name" | "number" | "string" | "op" | "bad" | "end";

export interface JinjaToken {
  readonly kind: JinjaTokenKind;
  /** The text; of a string its value, escapes resolved. */
  readonly text: string;
  readonly at: number;
}

/** One `{{ ... }}` or `{% ... %}` with the tokens between its delimiters. */
export interface Tag {
  readonly kind: "output" | "statement";
  readonly tokens: readonly JinjaToken[];
  /** Offsets of the tag in the template. */
  readonly from: number;
  readonly to: number;
  /** The tag was not closed. */
  readonly isOpen: boolean;
}

const OPENING = /\{\{|\{%|\{#/g;
const RAW_BEGIN = /\{%[-+]?\s*raw\s*[-+]?%\}/y;
const RAW_END = /\{%[-+]?\s*endraw\s*[-+]?%\}/g;
const NAME = /[A-Za-z_\u0080-\u{10ffff}][A-Za-z0-9_\u0080-\u{10ffff}]*/uy;
const NUMBER = /0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d[\d_]*)?/y;
const PAIRS = new Set(["//", "**", "==", "!=", ">=", "<="]);
const SINGLES = "+-/*%~[](){}><=.:|,;";
const SPACES = " \t\n\r\v\f\u00a0\u2028\u2029";
const CLOSERS: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);

/** Unclosed tags behind which reading starts again; each of them costs the rest of the template. */
const MAX_UNCLOSED = 4;

/** Cuts a template into its tags; text, comments and raw blocks are passed over. Linear in the template's length, and never fails. */
export function lexTemplate(template: string): Tag[] {
  const tags: Tag[] = [];
  let unclosed = 0;
  OPENING.lastIndex = 0;
  for (let found = OPENING.exec(template); found; found = OPENING.exec(template)) {
    const [opening] = found;
    if (opening === "{#") {
      const end = template.indexOf("#}", found.index + 2);
      OPENING.lastIndex = end < 0 ? template.length : end + 2;
      continue;
    }
    const raw = endOfRaw(template, found.index);
    if (raw !== undefined) {
      OPENING.lastIndex = raw;
      continue;
    }
    const tag = new TagLexer(template, found.index, opening === "{{" ? "}}" : "%}").read();
    tags.push(tag);
    // A tag that never closes takes the rest of the template with it: what stands in that rest is read on its own.
    OPENING.lastIndex = tag.isOpen && ++unclosed <= MAX_UNCLOSED ? tag.from + 2 : tag.to;
  }
  return tags;
}

function endOfRaw(template: string, from: number): number | undefined {
  RAW_BEGIN.lastIndex = from;
  if (!RAW_BEGIN.test(template)) return undefined;
  RAW_END.lastIndex = RAW_BEGIN.lastIndex;
  return RAW_END.test(template) ? RAW_END.lastIndex : template.length;
}

class TagLexer {
  private at: number;
  private readonly tokens: JinjaToken[] = [];
  private readonly brackets: string[] = [];

  constructor(
    private readonly template: string,
    private readonly from: number,
    private readonly closing: string,
  ) {
    this.at = from + 2;
  }

  read(): Tag {
    if (/[-+]/.test(this.template.charAt(this.at))) this.at++;
    let isOpen = true;
    while (isOpen && this.at < this.template.length) {
      this.skipSpace();
      const end = this.closingLength();
      if (end > 0) {
        this.at += end;
        isOpen = false;
      } else if (this.at < this.template.length) this.token();
    }
    const kind = this.closing === "}}" ? "output" : "statement";
    return { kind, tokens: this.tokens, from: this.from, to: this.at, isOpen };
  }

  /** The delimiter closes the tag only where no bracket is open: `{{ {"a": {}} }}`. */
  private closingLength(): number {
    if (this.brackets.length > 0) return 0;
    const isMarked = /[-+]/.test(this.template.charAt(this.at)) && this.template.startsWith(this.closing, this.at + 1);
    if (isMarked) return 3;
    return this.template.startsWith(this.closing, this.at) ? 2 : 0;
  }

  private skipSpace(): void {
    while (this.at < this.template.length && SPACES.includes(this.template.charAt(this.at))) this.at++;
  }

  private token(): void {
    const char = this.template.charAt(this.at);
    if (char === "'" || char === '"') {
      this.string(char);
      return;
    }
    const name = this.match(NAME);
    if (name !== undefined) {
      this.push("name", name, name.normalize("NFKC"));
      return;
    }
    const number = this.match(NUMBER);
    if (number !== undefined) {
      this.push("number", number);
      return;
    }
    const pair = this.template.slice(this.at, this.at + 2);
    const operator = PAIRS.has(pair) ? pair : SINGLES.includes(char) ? char : undefined;
    if (operator !== undefined) this.bracket(operator);
    this.push(operator === undefined ? "bad" : "op", operator ?? char);
  }

  private bracket(operator: string): void {
    const closer = CLOSERS.get(operator);
    if (closer !== undefined) this.brackets.push(closer);
    else if (this.brackets[this.brackets.length - 1] === operator) this.brackets.pop();
  }

  private string(quote: string): void {
    let end = this.at + 1;
    while (end < this.template.length && this.template.charAt(end) !== quote)
      end += this.template.charAt(end) === "\\" ? 2 : 1;
    const isClosed = end < this.template.length;
    const raw = this.template.slice(this.at + 1, end);
    this.tokens.push({ kind: isClosed ? "string" : "bad", text: unescapePython(raw), at: this.at });
    this.at = isClosed ? end + 1 : this.template.length;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    return pattern.exec(this.template)?.[0];
  }

  private push(kind: JinjaTokenKind, raw: string, text = raw): void {
    this.tokens.push({ kind, text, at: this.at });
    this.at += raw.length;
  }
}
