// Python's lexical analysis, of 3.14 and 2.7 at once: https://docs.python.org/3/reference/lexical_analysis.html
import { formattedEnd, isLineEnd, plainEnd } from "./string-ends.js";

export type TokenKind = "name" | "number" | "string" | "op" | "newline" | "indent" | "dedent" | "end" | "bad";

export interface Token {
  readonly kind: TokenKind;
  /** The text itself; of a string without prefix and quotes. */
  readonly text: string;
  readonly line: number;
  /** Offset of the first character. */
  readonly at: number;
  /** Lower-case letters before a string's quotes. */
  readonly prefix?: string;
}

/** Longest first, so that the first that fits is the one. */
const OPERATORS =
  "**= //= >>= <<= ... == != <> <= >= -> := += -= *= /= %= &= |= ^= @= ** // << >> + - * / % @ & | ^ ~ < > ( ) [ ] { } , : . ; = ` ! $ ?".split(
    " ",
  );
const OPERATORS_BY_FIRST = new Map<string, string[]>();
for (const operator of OPERATORS) {
  const first = operator.charAt(0);
  const list = OPERATORS_BY_FIRST.get(first);
  if (list) list.push(operator);
  else OPERATORS_BY_FIRST.set(first, [operator]);
}

const NAME = /[A-Za-z_\u0080-\u{10ffff}][A-Za-z0-9_\u0080-\u{10ffff}]*/uy;
const NUMBER =
  /(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)[jJlL]{0,2}/y;
const STRING_START = /([rRbBuUfFtT]{0,3})("""|'''|"|')/y;
const SPACE = /(?:[ \t\f]|\\\r?\n|\\\r)+/y;
/** Tabs go to the next multiple of eight. */
const TAB = 8;
/** MAXINDENT of CPython's tokenizer: deeper is a syntax error there. */
const MAX_INDENTS = 100;

/**
 * Tokens of one source, those read twice included: a token becomes some hundred bytes of syntax tree. People's files have a tenth of it,
 * tables that a program wrote into a module stay below.
 */
export const MAX_TOKENS = 1_000_000;

/** Counts the tokens of a source and of what is inside its strings. */
export class TokenCount {
  private tokens = 0;

  get isSpent(): boolean {
    return this.tokens >= MAX_TOKENS;
  }

  spend(): void {
    this.tokens++;
  }
}

export interface LexerState {
  readonly at: number;
  readonly line: number;
  readonly brackets: number;
  readonly indents: readonly number[];
  readonly pending: readonly Token[];
  readonly lineStart: boolean;
}

/** Cuts source into tokens, one at a time. Never fails: what is no token comes out as `bad`, a character at least at a time. */
export class Lexer {
  private at = 0;
  private line = 1;
  private brackets = 0;
  private indents: number[] = [0];
  private pending: Token[] = [];
  private lineStart = true;

  constructor(
    readonly source: string,
    firstLine = 1,
    /** Inside a replacement field of an f-string lines mean nothing. */
    private readonly isExpression = false,
    readonly count = new TokenCount(),
  ) {
    this.line = firstLine;
    this.lineStart = !isExpression;
  }

  save(): LexerState {
    const { at, line, brackets, lineStart } = this;
    return { at, line, brackets, lineStart, indents: [...this.indents], pending: [...this.pending] };
  }

  restore(state: LexerState): void {
    this.at = state.at;
    this.line = state.line;
    this.brackets = state.brackets;
    this.lineStart = state.lineStart;
    this.indents = [...state.indents];
    this.pending = [...state.pending];
  }

  /** Goes to the end of the current line and forgets open brackets: where reading starts again after an error. */
  skipLine(): void {
    while (this.at < this.source.length && !isLineEnd(this.source.charAt(this.at))) this.at++;
    this.brackets = 0;
    this.pending = [];
    this.takeLineEnd();
    this.lineStart = true;
  }

  /** The next token; when too many were read, the end. */
  next(): Token {
    if (this.count.isSpent) return this.token("end", "");
    this.count.spend();
    const waiting = this.pending.shift();
    if (waiting) return waiting;
    if (this.lineStart && this.brackets === 0 && !this.isExpression) {
      const token = this.indentation();
      if (token) return token;
    }
    return this.plain();
  }

  private token(kind: TokenKind, text: string, at = this.at): Token {
    return { kind, text, line: this.line, at };
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    return pattern.exec(this.source)?.[0];
  }

  /** Blank lines and comments do not count; the first other line decides about indents and dedents. */
  private indentation(): Token | undefined {
    for (;;) {
      const column = this.column();
      const char = this.source.charAt(this.at);
      if (char === "#") this.skipComment();
      const isBlank = char === "#" || isLineEnd(char);
      if (isBlank && this.at < this.source.length) {
        this.takeLineEnd();
        continue;
      }
      if (this.at >= this.source.length) return undefined;
      this.lineStart = false;
      return this.indentTo(column);
    }
  }

  private column(): number {
    let column = 0;
    for (; this.at < this.source.length; this.at++) {
      const char = this.source.charAt(this.at);
      if (char === " ") column++;
      else if (char === "\t") column += TAB - (column % TAB);
      else if (char === "\f" || char === "\ufeff") column = 0;
      else break;
    }
    return column;
  }

  private indentTo(column: number): Token | undefined {
    const current = this.indents[this.indents.length - 1] ?? 0;
    if (column > current && this.indents.length < MAX_INDENTS) {
      this.indents.push(column);
      return this.token("indent", "");
    }
    while (this.indents.length > 1 && column < (this.indents[this.indents.length - 1] ?? 0)) {
      this.indents.pop();
      this.pending.push(this.token("dedent", ""));
    }
    return this.pending.shift();
  }

  private plain(): Token {
    this.skipSpace();
    const { at } = this;
    if (at >= this.source.length) return this.end();
    const char = this.source.charAt(at);
    if (isLineEnd(char)) return this.lineEnd();
    const string = this.string();
    if (string) return string;
    const name = this.match(NAME);
    if (name !== undefined) return this.take("name", name, isAscii(name) ? name : name.normalize("NFKC"));
    const number = this.match(NUMBER);
    if (number !== undefined) return this.take("number", number);
    const operator = OPERATORS_BY_FIRST.get(char)?.find((candidate) => this.source.startsWith(candidate, at));
    if (operator === undefined) return this.take("bad", char);
    if ("([{".includes(operator)) this.brackets++;
    else if (")]}".includes(operator)) this.brackets = Math.max(0, this.brackets - 1);
    return this.take("op", operator);
  }

  private take(kind: TokenKind, raw: string, text = raw): Token {
    const token = this.token(kind, text);
    this.at += raw.length;
    return token;
  }

  private skipSpace(): void {
    for (;;) {
      const space = this.match(SPACE);
      if (space !== undefined) {
        this.line += countLines(space);
        this.at += space.length;
      }
      const char = this.source.charAt(this.at);
      if (char === "#") this.skipComment();
      else if ((this.brackets > 0 || this.isExpression) && isLineEnd(char) && this.at < this.source.length)
        this.takeLineEnd();
      else if (space === undefined) return;
    }
  }

  private skipComment(): void {
    while (this.at < this.source.length && !isLineEnd(this.source.charAt(this.at))) this.at++;
  }

  private takeLineEnd(): void {
    if (this.source.charAt(this.at) === "\r" && this.source.charAt(this.at + 1) === "\n") this.at++;
    if (this.at < this.source.length) this.at++;
    this.line++;
  }

  private lineEnd(): Token {
    const token = this.token("newline", "\n");
    this.takeLineEnd();
    this.lineStart = true;
    return token;
  }

  /** A last line without its end still ends, and open blocks close. */
  private end(): Token {
    if (!this.lineStart && !this.isExpression) {
      this.lineStart = true;
      return this.token("newline", "");
    }
    if (this.indents.length > 1) {
      this.indents.pop();
      return this.token("dedent", "");
    }
    return this.token("end", "");
  }

  private string(): Token | undefined {
    STRING_START.lastIndex = this.at;
    const [start, letters = "", quotes = ""] = STRING_START.exec(this.source) ?? [];
    if (start === undefined) return undefined;
    const prefix = letters.toLowerCase();
    const from = this.at + start.length;
    const isFormatted = prefix.includes("f") || prefix.includes("t");
    const end = isFormatted ? formattedEnd(this.source, from, quotes) : plainEnd(this.source, from, quotes);
    const token: Token = {
      kind: end.closed ? "string" : "bad",
      text: this.source.slice(from, end.at),
      line: this.line,
      at: this.at,
      prefix,
    };
    this.line += countLines(this.source.slice(this.at, end.at));
    this.at = end.closed ? end.at + quotes.length : Math.max(end.at, this.at + 1);
    return token;
  }
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function countLines(text: string): number {
  let lines = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 10 || (char === 13 && text.charCodeAt(i + 1) !== 10)) lines++;
  }
  return lines;
}
