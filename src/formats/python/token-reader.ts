import type { Expression } from "./ast.js";
import type { Lexer, Token } from "./tokens.js";

/** Words that cannot be names. `print` and `exec` are names in Python 3; `match`, `case` and `type` are names where they are not statements. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  "and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield".split(
    " ",
  ),
);

/**
 * Takes tokens off a lexer. There are no exceptions: the first thing that does not fit sets `broken`, every loop then ends, and whoever
 * reads statements starts again at the next line.
 */
export class TokenReader {
  protected token: Token;
  protected broken = false;

  constructor(protected readonly lexer: Lexer) {
    this.token = lexer.next();
  }

  get isBroken(): boolean {
    return this.broken;
  }

  protected advance(): Token {
    const token = this.token;
    this.token = this.lexer.next();
    return token;
  }

  protected fail(): void {
    this.broken = true;
  }

  protected is(kind: Token["kind"]): boolean {
    return this.token.kind === kind;
  }

  protected isOp(text: string): boolean {
    return this.token.kind === "op" && this.token.text === text;
  }

  protected isWord(text: string): boolean {
    return this.token.kind === "name" && this.token.text === text;
  }

  protected takeOp(text: string): boolean {
    if (this.broken || !this.isOp(text)) return false;
    this.advance();
    return true;
  }

  protected takeWord(text: string): boolean {
    if (this.broken || !this.isWord(text)) return false;
    this.advance();
    return true;
  }

  protected expectOp(text: string): void {
    if (!this.takeOp(text)) this.fail();
  }

  protected expectName(): string {
    if (this.token.kind !== "name" || KEYWORDS.has(this.token.text)) {
      this.fail();
      return "";
    }
    return this.advance().text;
  }

  protected get line(): number {
    return this.token.line;
  }

  protected missing(): Expression {
    this.fail();
    return { kind: "missing", line: this.line };
  }

  protected startsExpression(): boolean {
    const { kind, text } = this.token;
    if (this.broken || kind === "bad") return false;
    if (kind === "name") return !KEYWORDS.has(text) || ["lambda", "not", "await", "yield"].includes(text);
    return (
      kind === "number" ||
      kind === "string" ||
      (kind === "op" && ["(", "[", "{", "+", "-", "~", "*", "**", "...", "`"].includes(text))
    );
  }
}
