// Operators, calls and subscripts of Python: https://docs.python.org/3/reference/expressions.html

import type { Arguments, Expression, Trailer } from "./ast.js";
import { AtomParser } from "./atoms.js";
import { fieldsIn } from "./literals.js";
import { Lexer } from "./tokens.js";

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
/** f-strings inside f-strings, and fields inside format specifications. */
const MAX_NESTING = 6;

/** Parses whole expressions. */
export class ExpressionParser extends AtomParser {
  constructor(
    lexer: Lexer,
    /** How many f-strings this one stands in. */
    private readonly nesting = 0,
  ) {
    super(lexer);
  }

  protected resetDepth(): void {
    this.depth = 0;
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
    if (this.isTooDeep()) return this.missing();
    const result = this.isWord("lambda") ? this.lambda() : this.isWord("yield") ? this.yielded() : this.conditional();
    this.depth--;
    return result;
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
    const comparisons: string[] = [];
    let count = 0;
    do {
      while (this.takeWord("not")) count++;
      operands.push(this.bitwise(0));
      comparisons.push(this.token.kind === "op" ? this.token.text : "");
    } while (this.takeConnective() && ++count > 0);
    const [only] = operands;
    if (only !== undefined && count === 0) return only;
    const [comparison] = comparisons;
    const isSingle = count === 1 && operands.length === 2 && comparison !== undefined && comparison !== "";
    return isSingle ? { kind: "operation", operands, comparison, line } : { kind: "operation", operands, line };
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
    if (this.isTooDeep()) return this.missing();
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

  private yielded(): Expression {
    const { line } = this.advance();
    this.takeWord("from");
    const operands = this.startsExpression() ? [this.expressionList()] : [];
    return { kind: "operation", operands, line };
  }

  /** `expression!r:specification`; what follows the expression is looked through for further fields. */
  protected replacement(text: string, line: number): Expression {
    if (this.nesting >= MAX_NESTING) return this.missing();
    const parser = new ExpressionParser(new Lexer(text, line, true, this.lexer.count), this.nesting + 1);
    const value = parser.field();
    if (parser.isBroken) this.fail();
    const fields = fieldsIn(text.slice(parser.token.at)).map((field) => parser.replacement(field, line));
    return fields.length === 0 ? value : { kind: "operation", operands: [value, ...fields], line };
  }
}
