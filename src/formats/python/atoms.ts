// Atoms of Python's expressions: https://docs.python.org/3/reference/expressions.html#atoms
import type { Constant } from "../code/value.js";
import type { Expression, ForClause, Parameter } from "./ast.js";
import { concatenate, isFormatted, literalOf, numberOf, piecesOf } from "./literals.js";
import { KEYWORDS, TokenReader } from "./token-reader.js";
import type { Token } from "./tokens.js";

const CONSTANTS: ReadonlyMap<string, Constant> = new Map([
  ["None", null],
  ["True", true],
  ["False", false],
]);
/** MAXLEVEL of CPython's tokenizer: more open brackets are a syntax error there. Other nesting (`not not ...`) gets the same bound. */
const MAX_DEPTH = 200;

/** Parses names, literals, brackets, comprehensions and lambdas. */
export abstract class AtomParser extends TokenReader {
  /** While the target of `for ... in` is read, `in` is no operator. */
  protected inTarget = false;
  protected depth = 0;

  protected abstract expression(): Expression;
  protected abstract expressionList(): Expression;
  protected abstract disjunction(): Expression;
  protected abstract starred(): Expression;
  /** The parts of a replacement field of an f-string. */
  protected abstract replacement(text: string, line: number): Expression;

  protected isTooDeep(): boolean {
    return ++this.depth > MAX_DEPTH;
  }

  /** Inside brackets `in` is an operator again. */
  protected outsideTarget<T>(read: () => T): T {
    const before = this.inTarget;
    this.inTarget = false;
    const result = read();
    this.inTarget = before;
    return result;
  }

  protected atom(): Expression {
    const { line } = this;
    const { kind, text } = this.token;
    if (this.broken) return this.missing();
    if (kind === "string") return this.strings();
    if (kind === "number") return { kind: "constant", value: numberOf(this.advance().text), line };
    if (kind === "name" && !KEYWORDS.has(text)) return this.nameOrConstant();
    if (kind !== "op") return this.missing();
    if (this.isTooDeep()) return this.missing();
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

  protected comprehension(
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
    const { line } = token;
    if (!isFormatted(token)) return [{ kind: "constant", value: literalOf(token), line }];
    const parts = piecesOf(token).map((piece): Expression => {
      return "text" in piece ? { kind: "constant", value: piece.text, line } : this.replacement(piece.field, line);
    });
    return parts.length === 0 ? [{ kind: "constant", value: "", line }] : parts;
  }
}
