// Statements that fit on a line: https://docs.python.org/3/reference/simple_stmts.html
import type { Alias, Expression, Statement } from "./ast.js";
import { ExpressionParser } from "./expressions.js";

type Simple = (parser: SimpleStatementParser) => Statement;

export class SimpleStatementParser extends ExpressionParser {
  protected simpleStatements(): Statement[] {
    const statements = [this.simple()];
    while (this.takeOp(";")) {
      if (this.is("newline") || this.is("end")) break;
      statements.push(this.simple());
    }
    if (this.is("newline")) this.advance();
    else if (!this.is("end")) this.fail();
    return statements;
  }

  private simple(): Statement {
    const { kind, text } = this.token;
    const read = kind === "name" ? SIMPLE.get(text) : undefined;
    if (read) return read(this);
    return this.oldStatement() ?? this.typeAlias() ?? this.assignment();
  }

  private assignment(): Statement {
    const { line } = this;
    const first = this.expressionList();
    if (this.takeOp(":")) return this.annotated(first, line);
    if (this.is("op") && this.token.text.length > 1 && this.token.text.endsWith("=") && !this.isComparison()) {
      const operator = this.advance().text.slice(0, -1);
      return { kind: "update", target: first, operator, value: this.expressionList(), line };
    }
    const targets: Expression[] = [];
    let value = first;
    while (this.takeOp("=")) {
      targets.push(value);
      value = this.expressionList();
    }
    return targets.length === 0 ? { kind: "expression", value, line } : { kind: "assign", targets, value, line };
  }

  private isComparison(): boolean {
    return ["==", "!=", "<=", ">=", ":="].includes(this.token.text);
  }

  private annotated(target: Expression, line: number): Statement {
    const annotation = this.expression();
    if (!this.takeOp("=")) return { kind: "annotate", target, annotation, line };
    return { kind: "assign", targets: [target], annotation, value: this.expressionList(), line };
  }

  /** `print x` and `exec code` of Python 2: a name, and behind it what cannot follow a name. */
  private oldStatement(): Statement | undefined {
    if (!this.isWord("print") && !this.isWord("exec")) return undefined;
    const state = this.lexer.save();
    const word = this.advance();
    const { kind, text } = this.token;
    const isOld =
      kind === "string" ||
      kind === "number" ||
      (kind === "name" && !["in", "is", "and", "or", "if", "not"].includes(text)) ||
      this.isOp(">>") ||
      this.isOp("`");
    if (!isOld) {
      this.lexer.restore(state);
      this.token = word;
      return undefined;
    }
    this.takeOp(">>");
    this.inTarget = word.text === "exec"; // `exec code in namespace`
    const value = this.expressionList();
    this.inTarget = false;
    if (this.takeWord("in")) this.expressionList();
    const callee: Expression = { kind: "name", name: word.text, line: word.line };
    const call = { kind: "call" as const, args: [value], keywords: [], line: word.line };
    return {
      kind: "expression",
      value: { kind: "chain", base: callee, trailers: [call], line: word.line },
      line: word.line,
    };
  }

  /** `type Name[T] = value` of 3.12 on. */
  private typeAlias(): Statement | undefined {
    if (!this.isWord("type")) return undefined;
    const state = this.lexer.save();
    const word = this.advance();
    if (this.is("name") && this.startsExpression()) {
      const name = this.advance();
      this.typeParameters();
      if (this.takeOp("=")) {
        const target: Expression = { kind: "name", name: name.text, line: name.line };
        return { kind: "assign", targets: [target], value: this.expression(), line: word.line };
      }
    }
    this.broken = false;
    this.lexer.restore(state);
    this.token = word;
    return undefined;
  }

  importStatement(): Statement {
    const { line } = this.advance();
    const names: Alias[] = [];
    do names.push(this.alias(true));
    while (this.takeOp(","));
    return { kind: "import", names, line };
  }

  fromStatement(): Statement {
    const { line } = this.advance();
    let dots = "";
    while (this.isOp(".") || this.isOp("...")) dots += this.advance().text;
    const module = dots + (this.isWord("import") ? "" : this.dottedName());
    if (!this.takeWord("import")) this.fail();
    if (this.takeOp("*")) return { kind: "from", module, names: [{ path: "*", as: undefined }], line };
    const isBracketed = this.takeOp("(");
    const names: Alias[] = [];
    do {
      if (isBracketed && this.isOp(")")) break;
      names.push(this.alias(false));
    } while (this.takeOp(","));
    if (isBracketed) this.expectOp(")");
    return { kind: "from", module, names, line };
  }

  private alias(isDotted: boolean): Alias {
    const path = isDotted ? this.dottedName() : this.expectName();
    return { path, as: this.takeWord("as") ? this.expectName() : undefined };
  }

  private dottedName(): string {
    let name = this.expectName();
    while (this.takeOp(".")) name += `.${this.expectName()}`;
    return name;
  }

  /** A keyword and the expressions behind it. */
  evaluated(): Statement {
    const { line } = this.advance();
    const values: Expression[] = [];
    if (this.startsExpression()) values.push(this.expressionList());
    if (this.takeWord("from")) values.push(this.expression());
    return { kind: "evaluate", values, line };
  }

  scoped(): Statement {
    const { line } = this.advance();
    const names = [this.expectName()];
    while (this.takeOp(",")) names.push(this.expectName());
    return { kind: "global", names, line };
  }

  /** `[T: int = str, *Ts, **P]` of 3.12 on. */
  protected typeParameters(): void {
    if (!this.takeOp("[")) return;
    while (!this.broken && !this.isOp("]")) {
      if (!this.takeOp("*")) this.takeOp("**");
      this.expectName();
      if (this.takeOp(":")) this.expression();
      if (this.takeOp("=")) this.starred();
      if (!this.takeOp(",")) break;
    }
    this.expectOp("]");
  }
}

const SIMPLE: ReadonlyMap<string, Simple> = new Map<string, Simple>([
  ["import", (parser) => parser.importStatement()],
  ["from", (parser) => parser.fromStatement()],
  ["global", (parser) => parser.scoped()],
  ["nonlocal", (parser) => parser.scoped()],
  ...["return", "raise", "assert", "del", "pass", "break", "continue"].map((word): [string, Simple] => [
    word,
    (parser) => parser.evaluated(),
  ]),
]);
