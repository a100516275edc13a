import type { Constant } from "../code/value.js";
import type { Expression, Given, Trailer } from "./ast.js";
import type { JinjaToken } from "./lexer.js";

/** Brackets in brackets; people stay below five. */
const MAX_DEPTH = 100;
const END: JinjaToken = { kind: "end", text: "", at: 0 };
const LITERALS: ReadonlyMap<string, Constant> = new Map<string, Constant>([
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false],
  ["none", null],
  ["None", null],
]);
/** Binary operators from loosest to tightest, below comparisons. */
const LEVELS: readonly (readonly string[])[] = [["+", "-"], ["~"], ["*", "/", "//", "%"], ["**"]];
const COMPARISONS = ["==", "!=", "<", "<=", ">", ">="];
/** Words that end an expression or join two. */
const JOINING = new Set(["if", "else", "and", "or", "not", "in", "is"]);
/** Words that may follow an expression. Where one is expected they are names like any other: templates have a variable `context`. */
const WORDS = new Set([...JOINING, "recursive", "as", "import", "with", "without", "ignore", "context"]);

/** Parses the expressions of one tag. There are no exceptions: the first thing that does not fit sets `isBroken`. */
export class JinjaExpressions {
  isBroken = false;
  private index = 0;
  private depth = 0;

  constructor(
    private readonly tokens: readonly JinjaToken[],
    private readonly at: number,
  ) {}

  get token(): JinjaToken {
    return this.tokens[this.index] ?? { ...END, at: this.tokens[this.tokens.length - 1]?.at ?? this.at };
  }

  get isDone(): boolean {
    return this.index >= this.tokens.length;
  }

  advance(): JinjaToken {
    const { token } = this;
    this.index++;
    return token;
  }

  takeOp(text: string): boolean {
    return this.take("op", text);
  }

  takeWord(text: string): boolean {
    return this.take("name", text);
  }

  isOp(text: string): boolean {
    return this.token.kind === "op" && this.token.text === text;
  }

  isWord(text: string): boolean {
    return this.token.kind === "name" && this.token.text === text;
  }

  private take(kind: JinjaToken["kind"], text: string): boolean {
    if (this.isBroken || this.token.kind !== kind || this.token.text !== text) return false;
    this.index++;
    return true;
  }

  expectOp(text: string): void {
    if (!this.takeOp(text)) this.isBroken = true;
  }

  name(): string {
    if (this.token.kind === "name") return this.advance().text;
    this.isBroken = true;
    return "";
  }

  private missing(): Expression {
    this.isBroken = true;
    return { kind: "missing", at: this.token.at };
  }

  /** `a, b`: a tuple when there is a comma. */
  list(): Expression {
    const first = this.expression();
    if (!this.isOp(",")) return first;
    const items = [first];
    while (this.takeOp(",") && this.startsExpression()) items.push(this.expression());
    return { kind: "list", items, at: first.at };
  }

  startsExpression(): boolean {
    const { kind, text } = this.token;
    if (this.isBroken || this.isDone || kind === "bad") return false;
    if (kind === "name") return !WORDS.has(text) || text === "not";
    return kind !== "op" || ["(", "[", "{", "+", "-"].includes(text);
  }

  expression(withCondition = true): Expression {
    if (++this.depth > MAX_DEPTH) return this.missing();
    let value = this.disjunction();
    while (withCondition && this.takeWord("if")) {
      const operands = [value, this.disjunction()];
      if (this.takeWord("else")) operands.push(this.expression());
      value = { kind: "operation", operands, at: value.at };
    }
    this.depth--;
    return value;
  }

  /** `or`, `and`, `not`, comparisons: nothing of them is folded. */
  private disjunction(): Expression {
    const { at } = this.token;
    const operands: Expression[] = [];
    let count = 0;
    do {
      while (this.takeWord("not")) count++;
      operands.push(this.binary(0));
    } while (this.takeConnective() && ++count > 0);
    const [only] = operands;
    return only !== undefined && count === 0 ? only : { kind: "operation", operands, at };
  }

  private takeConnective(): boolean {
    if (this.isBroken) return false;
    if (this.token.kind === "op" && COMPARISONS.includes(this.token.text)) return this.advance() !== undefined;
    if (this.takeWord("and") || this.takeWord("or") || this.takeWord("in")) return true;
    if (!this.takeWord("not")) return false;
    if (!this.takeWord("in")) this.isBroken = true;
    return !this.isBroken;
  }

  private binary(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.unary();
    const first = this.binary(level + 1);
    const rest: { operator: string; operand: Expression }[] = [];
    while (!this.isBroken && this.token.kind === "op" && operators.includes(this.token.text)) {
      const operator = this.advance().text;
      rest.push({ operator, operand: this.binary(level + 1) });
    }
    return rest.length === 0 ? first : { kind: "binary", first, rest, at: first.at };
  }

  private unary(): Expression {
    const { at } = this.token;
    let isNegative = false;
    while (this.isOp("-") || this.isOp("+")) if (this.advance().text === "-") isNegative = !isNegative;
    const operand = this.primary();
    if (!isNegative) return operand;
    if (operand.kind === "constant" && typeof operand.value === "number") return { ...operand, value: -operand.value };
    return { kind: "operation", operands: [operand], at };
  }

  private primary(): Expression {
    const base = this.atom();
    const trailers: Trailer[] = [];
    for (let trailer = this.trailer(); trailer; trailer = this.trailer()) trailers.push(trailer);
    return trailers.length === 0 ? base : { kind: "chain", base, trailers, at: base.at };
  }

  private trailer(): Trailer | undefined {
    const { at } = this.token;
    if (this.isBroken) return undefined;
    if (this.takeOp(".")) return this.attribute(at);
    if (this.takeOp("[")) return this.subscript(at);
    if (this.takeOp("(")) return { kind: "call", ...this.given(), at };
    if (this.isOp("|")) return this.filter();
    if (!this.takeWord("is")) return undefined;
    this.takeWord("not");
    return this.test(at);
  }

  private attribute(at: number): Trailer {
    const { kind, text } = this.token;
    if (kind === "number") {
      this.advance();
      return { kind: "item", key: { kind: "constant", value: Number(text), at }, at };
    }
    return { kind: "attribute", name: this.name(), at };
  }

  private subscript(at: number): Trailer {
    const bound = () => (this.startsExpression() ? this.expression() : undefined);
    const start = bound();
    if (!this.isOp(":")) {
      const keys = start === undefined ? [this.missing()] : [start];
      while (this.takeOp(",")) keys.push(this.expression());
      this.expectOp("]");
      const [key] = keys;
      return { kind: "item", key: keys.length === 1 && key ? key : { kind: "list", items: keys, at }, at };
    }
    this.takeOp(":");
    const stop = bound();
    const step = this.takeOp(":") ? bound() : undefined;
    this.expectOp("]");
    return { kind: "slice", start, stop, step, at };
  }

  /** `|name`, `|package.name(arguments)`; the bar has not been taken. */
  filter(): Trailer {
    const { at } = this.token;
    this.expectOp("|");
    return { kind: "filter", name: this.dottedName(), ...this.optionalGiven(), at };
  }

  dottedName(): string {
    let name = this.name();
    while (this.takeOp(".")) name += `.${this.name()}`;
    return name;
  }

  optionalGiven(): Given {
    return this.takeOp("(") ? this.given() : { args: [], keywords: [] };
  }

  /** `is divisibleby 3`, `is divisibleby(3)`, `is defined`. */
  private test(at: number): Trailer {
    const name = this.dottedName();
    if (this.isOp("(")) return { kind: "test", name, ...this.optionalGiven(), at };
    const takesArgument = this.startsExpression() && !this.isWord("not") && !["+", "-"].some((sign) => this.isOp(sign));
    return { kind: "test", name, args: takesArgument ? [this.primary()] : [], keywords: [], at };
  }

  private given(): Given {
    const args: Expression[] = [];
    const keywords: { name: string; value: Expression }[] = [];
    while (!this.isBroken && !this.isOp(")")) {
      if (this.takeOp("**")) keywords.push({ name: "", value: this.expression() });
      else if (this.takeOp("*")) args.push(this.expression());
      else {
        const value = this.expression();
        if (value.kind === "name" && this.takeOp("=")) keywords.push({ name: value.name, value: this.expression() });
        else args.push(value);
      }
      if (!this.takeOp(",")) break;
    }
    this.expectOp(")");
    return { args, keywords };
  }

  private atom(): Expression {
    const { kind, text, at } = this.token;
    if (this.isBroken || this.isDone) return this.missing();
    if (kind === "string") return this.strings(at);
    if (kind === "number") return { kind: "constant", value: Number(this.advance().text.replaceAll("_", "")), at };
    if (kind === "name" && !JOINING.has(text)) {
      this.advance();
      const literal = LITERALS.get(text);
      return literal === undefined ? { kind: "name", name: text, at } : { kind: "constant", value: literal, at };
    }
    return kind === "op" ? this.bracketed(at) : this.missing();
  }

  /** Adjacent strings are one. */
  private strings(at: number): Expression {
    let value = "";
    while (this.token.kind === "string") value += this.advance().text;
    return { kind: "constant", value, at };
  }

  private bracketed(at: number): Expression {
    if (this.takeOp("(")) {
      if (this.takeOp(")")) return { kind: "list", items: [], at };
      const value = this.list();
      this.expectOp(")");
      return value;
    }
    if (this.takeOp("[")) {
      const items: Expression[] = [];
      while (!this.isBroken && !this.isOp("]")) {
        items.push(this.expression());
        if (!this.takeOp(",")) break;
      }
      this.expectOp("]");
      return { kind: "list", items, at };
    }
    return this.takeOp("{") ? this.dictionary(at) : this.missing();
  }

  private dictionary(at: number): Expression {
    const entries: [Expression, Expression][] = [];
    while (!this.isBroken && !this.isOp("}")) {
      const key = this.expression();
      this.expectOp(":");
      entries.push([key, this.expression()]);
      if (!this.takeOp(",")) break;
    }
    this.expectOp("}");
    return { kind: "dict", entries, at };
  }
}
