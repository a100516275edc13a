// Python's expressions: https://docs.python.org/3/reference/expressions.html
import { unescapePython } from "../code/decode.js";
import type { Constant } from "../code/value.js";
import type { Arguments, Expression, ForClause, Parameter, Trailer } from "./ast.js";
import { fieldEnd, Lexer, type Token } from "./tokens.js";

/** Words that cannot be names. `print` and `exec` are names in Python 3; `match`, `case` and `type` are names where they are not statements. */
const KEYWORDS: ReadonlySet<string> = new Set(
  "and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield".split(
    " ",
  ),
);
const CONSTANTS: ReadonlyMap<string, Constant> = new Map([
  ["None", null],
  ["True", true],
  ["False", false],
]);

/** Binary operators from loosest to tightest; all but `**` group to the left, which a flat list keeps. */
const LEVELS: readonly ReadonlySet<string>[] = [
  new Set(["|"]),
  new Set(["^"]),
  new Set(["&"]),
  new Set(["<<", ">>"]),
  new Set(["+", "-"]),
  new Set(["*", "/", "//", "%", "@"]),
];
const COMPARISONS: ReadonlySet<string> = new Set(["<", ">", "==", ">=", "<=", "!=", "<>"]);

/** MAXLEVEL of CPython's tokenizer: more open brackets are a syntax error there. Other nesting (`not not ...`) gets the same bound. */
const MAX_DEPTH = 200;
/** Digits of a number that is kept as it is. */
const MAX_DIGITS = 60;

/**
 * Parses expressions off a lexer. There are no exceptions: the first thing that does not fit sets `broken`, every loop then ends, and whoever
 * reads statements starts again at the next line.
 */
export class ExpressionParser {
  protected token: Token;
  protected broken = false;
  private depth = 0;

  constructor(
    protected readonly lexer: Lexer,
    /** How many f-strings this one stands in. */
    private readonly nesting = 0,
  ) {
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

  protected resetDepth(): void {
    this.depth = 0;
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

  /** A whole replacement field: an expression list, up to its end. */
  field(): Expression {
    return this.expressionList();
  }

  /** `a, *b, c`: a tuple when there is a comma. */
  expressionList(): Expression {
    const { line } = this;
    const first = this.starred();
    if (!this.isOp(",")) return first;
    const items = [first];
    while (this.takeOp(",") && this.startsExpression()) items.push(this.starred());
    return { kind: "sequence", type: "tuple", items, line };
  }

  protected starred(): Expression {
    const { line } = this;
    if (this.takeOp("*")) return { kind: "starred", value: this.expression(), line };
    return this.named();
  }

  /** An expression, or `name := expression`. */
  protected named(): Expression {
    const left = this.expression();
    if (left.kind !== "name" || !this.takeOp(":=")) return left;
    return { kind: "walrus", name: left.name, value: this.expression(), line: left.line };
  }

  expression(): Expression {
    if (++this.depth > MAX_DEPTH) return this.missing();
    const result = this.isWord("lambda") ? this.lambda() : this.isWord("yield") ? this.yielded() : this.conditional();
    this.depth--;
    return result;
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

  private conditional(): Expression {
    const then = this.disjunction();
    if (!this.takeWord("if")) return then;
    const test = this.disjunction();
    // A comprehension's condition ends without an else.
    if (!this.takeWord("else")) {
      this.fail();
      return then;
    }
    return { kind: "conditional", test, then, otherwise: this.expression(), line: then.line };
  }

  /** `or`, `and`, `not` and comparisons: nothing of them is folded, so their grouping does not matter. */
  protected disjunction(): Expression {
    const { line } = this;
    const operands: Expression[] = [];
    let count = 0;
    do {
      while (this.takeWord("not")) count++;
      operands.push(this.bitwise(0));
    } while (this.takeConnective() && ++count > 0);
    const [only] = operands;
    return only !== undefined && count === 0 ? only : { kind: "operation", operands, line };
  }

  private takeConnective(): boolean {
    if (this.broken) return false;
    if (this.token.kind === "op" && COMPARISONS.has(this.token.text)) return this.advance() !== undefined;
    if (this.takeWord("and") || this.takeWord("or") || this.takeWord("is") || (!this.inTarget && this.takeWord("in")))
      return true;
    if (!this.isWord("not")) return false;
    this.advance();
    if (!this.takeWord("in")) this.fail();
    return !this.broken;
  }

  /** While the target of `for ... in` is read, `in` is no operator. */
  protected inTarget = false;

  private bitwise(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.unary();
    const first = this.bitwise(level + 1);
    const rest: { operator: string; operand: Expression }[] = [];
    while (!this.broken && this.token.kind === "op" && operators.has(this.token.text)) {
      const operator = this.advance().text;
      rest.push({ operator, operand: this.bitwise(level + 1) });
    }
    return rest.length === 0 ? first : { kind: "binary", first, rest, line: first.line };
  }

  private unary(): Expression {
    const { line } = this;
    let sign = "";
    while (!this.broken && this.token.kind === "op" && ["+", "-", "~"].includes(this.token.text))
      sign += this.advance().text;
    const operand = this.power();
    if (sign === "" || sign === "+") return operand;
    if (sign === "-" && operand.kind === "constant" && typeof operand.value === "number")
      return { ...operand, value: -operand.value };
    return { kind: "operation", operands: [operand], line };
  }

  private power(): Expression {
    const { line } = this;
    const isAwait = this.takeWord("await");
    // Before 3.7 `await` was a name like any other.
    if (isAwait && !this.startsExpression()) return { kind: "name", name: "await", line };
    const base = this.primary();
    const awaited: Expression = isAwait ? { kind: "operation", operands: [base], line } : base;
    if (!this.takeOp("**")) return awaited;
    if (++this.depth > MAX_DEPTH) return this.missing();
    const exponent = this.unary();
    this.depth--;
    return { kind: "operation", operands: [awaited, exponent], line };
  }

  private primary(): Expression {
    const base = this.atom();
    const trailers: Trailer[] = [];
    for (let trailer = this.trailer(); trailer; trailer = this.trailer()) trailers.push(trailer);
    return trailers.length === 0 ? base : { kind: "chain", base, trailers, line: base.line };
  }

  private trailer(): Trailer | undefined {
    const { line } = this;
    if (this.takeOp(".")) {
      if (this.token.kind !== "name") this.fail();
      return { kind: "attribute", name: this.broken ? "" : this.advance().text, line };
    }
    if (this.takeOp("(")) return { kind: "call", ...this.outsideTarget(() => this.arguments()), line };
    if (!this.takeOp("[")) return undefined;
    const keys: Expression[] = [];
    this.outsideTarget(() => {
      while (!this.broken && !this.isOp("]")) {
        keys.push(this.slice());
        if (!this.takeOp(",")) break;
      }
    });
    this.expectOp("]");
    return { kind: "subscript", keys, line };
  }

  /** Inside brackets `in` is an operator again. */
  private outsideTarget<T>(read: () => T): T {
    const before = this.inTarget;
    this.inTarget = false;
    const result = read();
    this.inTarget = before;
    return result;
  }

  private slice(): Expression {
    const { line } = this;
    const bound = () => (this.startsExpression() ? this.starred() : undefined);
    const start = bound();
    if (!this.takeOp(":")) return start ?? this.missing();
    const stop = bound();
    const step = this.takeOp(":") ? bound() : undefined;
    return { kind: "slice", start, stop, step, line };
  }

  /** What stands between the parentheses of a call or a class; the opening one is taken. */
  protected arguments(): Arguments {
    const args: Expression[] = [];
    const keywords: { name: string; value: Expression }[] = [];
    while (!this.broken && !this.isOp(")")) {
      if (this.takeOp("**")) keywords.push({ name: "", value: this.expression() });
      else this.argument(args, keywords);
      if (!this.takeOp(",")) break;
    }
    this.expectOp(")");
    return { args, keywords };
  }

  private argument(args: Expression[], keywords: { name: string; value: Expression }[]): void {
    const value = this.starred();
    if (value.kind === "name" && this.takeOp("=")) keywords.push({ name: value.name, value: this.expression() });
    else args.push(this.comprehension("generator", [value]) ?? value);
  }

  private atom(): Expression {
    const { line } = this;
    const { kind, text } = this.token;
    if (this.broken) return this.missing();
    if (kind === "string") return this.strings();
    if (kind === "number") return { kind: "constant", value: numberOf(this.advance().text), line };
    if (kind === "name" && !KEYWORDS.has(text)) return this.nameOrConstant();
    if (kind !== "op") return this.missing();
    if (++this.depth > MAX_DEPTH) return this.missing();
    const result = this.outsideTarget(() => this.bracketed());
    this.depth--;
    return result;
  }

  private nameOrConstant(): Expression {
    const { line } = this;
    const { text } = this.advance();
    const value = CONSTANTS.get(text);
    return value === undefined ? { kind: "name", name: text.trim(), line } : { kind: "constant", value, line };
  }

  private bracketed(): Expression {
    const { line } = this;
    if (this.takeOp("...")) return { kind: "operation", operands: [], line };
    if (this.takeOp("(")) return this.parenthesised(line);
    if (this.takeOp("[")) return this.sequence("list", "]", line);
    if (this.takeOp("{")) return this.braced(line);
    if (!this.takeOp("`")) return this.missing();
    const quoted = this.expressionList();
    this.expectOp("`");
    return { kind: "operation", operands: [quoted], line };
  }

  private parenthesised(line: number): Expression {
    if (this.takeOp(")")) return { kind: "sequence", type: "tuple", items: [], line };
    const first = this.starred();
    const made = this.comprehension("generator", [first]);
    if (made || this.isOp(")")) {
      this.expectOp(")");
      return made ?? first;
    }
    return this.items("tuple", ")", [first], line);
  }

  private sequence(type: "list" | "set", close: string, line: number): Expression {
    if (this.takeOp(close)) return { kind: "sequence", type, items: [], line };
    const first = this.starred();
    const made = this.comprehension(type, [first]);
    if (made) {
      this.expectOp(close);
      return made;
    }
    return this.items(type, close, [first], line);
  }

  private items(type: "tuple" | "list" | "set", close: string, items: Expression[], line: number): Expression {
    while (this.takeOp(",")) {
      if (this.isOp(close)) break;
      items.push(this.starred());
    }
    this.expectOp(close);
    return { kind: "sequence", type, items, line };
  }

  private braced(line: number): Expression {
    if (this.takeOp("}")) return { kind: "dict", entries: [], line };
    if (this.isOp("**")) return this.dictionary([this.entry()], line);
    const first = this.starred();
    if (!this.takeOp(":")) return this.setOf(first, line);
    const value = this.expression();
    const made = this.comprehension("dict", [first, value]);
    if (!made) return this.dictionary([[first, value]], line);
    this.expectOp("}");
    return made;
  }

  private setOf(first: Expression, line: number): Expression {
    const made = this.comprehension("set", [first]);
    if (!made) return this.items("set", "}", [first], line);
    this.expectOp("}");
    return made;
  }

  private dictionary(entries: [Expression | undefined, Expression][], line: number): Expression {
    while (this.takeOp(",") && !this.isOp("}")) entries.push(this.entry());
    this.expectOp("}");
    return { kind: "dict", entries, line };
  }

  /** `key: value`, or `**mapping`, which has no key. */
  private entry(): [Expression | undefined, Expression] {
    if (this.takeOp("**")) return [undefined, this.expression()];
    const key = this.expression();
    this.expectOp(":");
    return [key, this.expression()];
  }

  private comprehension(
    type: "generator" | "list" | "set" | "dict",
    elements: readonly Expression[],
  ): Expression | undefined {
    if (!this.isWord("for") && !this.isWord("async")) return undefined;
    const clauses: ForClause[] = [];
    const { line } = this;
    while (this.takeFor()) {
      const target = this.target();
      if (!this.takeWord("in")) this.fail();
      const iterable = this.isWord("lambda") ? this.lambda() : this.disjunction();
      const conditions: Expression[] = [];
      while (this.takeWord("if")) conditions.push(this.conditionOf());
      clauses.push({ target, iterable, conditions });
    }
    return { kind: "comprehension", type, elements, clauses, line };
  }

  private takeFor(): boolean {
    if (this.takeWord("async") && !this.isWord("for")) this.fail();
    return this.takeWord("for");
  }

  private conditionOf(): Expression {
    const condition = this.isWord("lambda") ? this.lambda() : this.disjunction();
    if (condition.kind !== "name" || !this.takeOp(":=")) return condition;
    return { kind: "walrus", name: condition.name, value: this.disjunction(), line: condition.line };
  }

  /** The target of a for clause: everything up to its `in`. */
  protected target(): Expression {
    this.inTarget = true;
    const target = this.expressionList();
    this.inTarget = false;
    return target;
  }

  protected lambda(): Expression {
    const { line } = this.advance();
    const parameters = this.parameters(":");
    this.expectOp(":");
    return { kind: "lambda", parameters, body: this.expression(), line };
  }

  /** Parameters of a function or lambda, up to the closing token, which stays. */
  protected parameters(close: string): Parameter[] {
    const parameters: Parameter[] = [];
    while (!this.broken && !this.isOp(close)) {
      if (this.takeOp("/") || ((this.takeOp("*") || this.takeOp("**")) && this.isOp(","))) {
        if (!this.takeOp(",")) break;
        continue;
      }
      parameters.push(this.parameter(close));
      if (!this.takeOp(",")) break;
    }
    return parameters;
  }

  private parameter(close: string): Parameter {
    if (this.takeOp("(")) {
      // Python 2 takes tuples apart in the parameter list.
      const [first] = this.parameters(")");
      this.expectOp(")");
      return { name: first?.name ?? "", default: this.takeOp("=") ? this.expression() : undefined };
    }
    const name = this.expectName();
    const annotation = close !== ":" && this.takeOp(":") ? this.starred() : undefined;
    return { name, annotation, default: this.takeOp("=") ? this.expression() : undefined };
  }

  private yielded(): Expression {
    const { line } = this.advance();
    this.takeWord("from");
    const operands = this.startsExpression() ? [this.expressionList()] : [];
    return { kind: "operation", operands, line };
  }

  /** Adjacent literals are one string. */
  private strings(): Expression {
    const { line } = this;
    const parts: Expression[] = [];
    while (!this.broken && this.token.kind === "string") parts.push(...this.literal(this.advance()));
    const [first] = parts;
    if (parts.every((part) => part.kind === "constant") && first?.kind === "constant") {
      return {
        kind: "constant",
        value: concatenate(parts.map((part) => (part.kind === "constant" ? part.value : ""))),
        line,
      };
    }
    return { kind: "joined", parts, line };
  }

  private literal(token: Token): Expression[] {
    const { prefix = "", text, line } = token;
    if (prefix.includes("f") || prefix.includes("t")) return this.formatted(token);
    const isBytes = prefix.includes("b");
    const plain = prefix.includes("r") ? text : unescapePython(text, isBytes);
    return [{ kind: "constant", value: isBytes ? Buffer.from(plain, "latin1") : plain, line }];
  }

  /** The literal and replaced parts of an f-string. */
  private formatted({ prefix = "", text, line }: Token): Expression[] {
    const parts: Expression[] = [];
    const resolve = (piece: string) => (prefix.includes("r") ? piece : unescapePython(piece));
    let from = 0;
    for (let at = 0; at <= text.length; at++) {
      const char = text.charAt(at);
      if (char === "{" && text.charAt(at + 1) === "{") at++;
      else if (char === "{" || at === text.length) {
        const piece = text.slice(from, at).replaceAll("{{", "{").replaceAll("}}", "}");
        if (piece !== "") parts.push({ kind: "constant", value: resolve(piece), line });
        if (at === text.length) break;
        const end = fieldEnd(text, at + 1);
        parts.push(...this.replacement(text.slice(at + 1, end), line));
        at = end;
        from = end + 1;
      }
    }
    return parts.length === 0 ? [{ kind: "constant", value: "", line }] : parts;
  }

  /** `expression!r:specification`; what follows the expression is looked through for further fields. */
  private replacement(text: string, line: number): Expression[] {
    if (this.nesting > 5) return [this.missing()];
    const parser = new ExpressionParser(new Lexer(text, line, true), this.nesting + 1);
    const value = parser.field();
    if (parser.isBroken) this.fail();
    const fields: Expression[] = [value];
    const rest = text.slice(parser.token.at);
    for (let at = rest.indexOf("{"); at >= 0; at = rest.indexOf("{", fieldEnd(rest, at + 1))) {
      fields.push(...this.replacement(rest.slice(at + 1, fieldEnd(rest, at + 1)), line));
    }
    return fields.length === 1 ? fields : [{ kind: "operation", operands: fields, line }];
  }
}

function numberOf(text: string): Constant {
  const digits = text.replaceAll("_", "");
  if (digits.length > MAX_DIGITS || /[jJ]$/.test(digits)) return Number.NaN;
  const isOldOctal = /^0[0-7]+[lL]?$/.test(digits);
  const plain = digits.replace(/[lL]$/, "");
  const value = isOldOctal ? Number.parseInt(plain, 8) : Number(plain);
  if (Number.isSafeInteger(value) || !/^(\d+|0[xXbBoO][0-9a-fA-F]+)$/.test(plain)) return value;
  return BigInt(plain);
}

function concatenate(values: readonly Constant[]): Constant {
  if (values.length === 1) return values[0] ?? "";
  if (values.every((value) => value instanceof Uint8Array)) return Buffer.concat(values);
  return values
    .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value)))
    .join("");
}
