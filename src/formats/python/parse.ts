// Python's statements, of 3.14 and 2.7 at once: https://docs.python.org/3/reference/grammar.html
import type { Block, Expression, Module, Statement } from "./ast.js";
import { SimpleStatementParser } from "./simple-statements.js";
import { Lexer } from "./tokens.js";

/** Errors that are told one by one. */
const MAX_ERRORS = 1000;

/** Reads a module. Never fails: a statement that does not read as Python is skipped to the end of its line and noted. */
export function parsePython(source: string): Module {
  return new StatementParser(new Lexer(source)).module();
}

class StatementParser extends SimpleStatementParser {
  private readonly errors: number[] = [];

  module(): Module {
    const body: Statement[] = [];
    while (!this.is("end")) {
      if (this.is("indent") || this.is("dedent")) this.advance();
      else body.push(...this.statement());
      this.recover();
    }
    return { body, errors: this.errors, cut: this.lexer.count.isSpent };
  }

  /** After an error reading goes on at the next line. */
  private recover(): void {
    if (!this.broken) return;
    if (this.errors.length < MAX_ERRORS) this.errors.push(this.line);
    this.broken = false;
    this.inTarget = false;
    this.resetDepth();
    if (this.is("newline")) this.advance();
    else {
      this.lexer.skipLine();
      this.token = this.lexer.next();
    }
  }

  private statement(): Statement[] {
    const { kind, text } = this.token;
    if (kind === "newline") {
      this.advance();
      return [];
    }
    if (kind === "op" && text === "@") return [this.decorated()];
    const compound = kind === "name" ? this.compound(text, []) : undefined;
    return compound ? [compound] : this.simpleStatements();
  }

  private compound(word: string, decorators: readonly Expression[]): Statement | undefined {
    switch (word) {
      case "if":
        return this.ifStatement();
      case "while":
        return this.whileStatement();
      case "for":
        return this.forStatement();
      case "try":
        return this.tryStatement();
      case "with":
        return this.withStatement();
      case "def":
        return this.functionStatement(decorators);
      case "class":
        return this.classStatement(decorators);
      case "async":
        return this.asyncStatement(decorators);
      case "match":
        return this.matchStatement();
      default:
        return undefined;
    }
  }

  private decorated(): Statement {
    const { line } = this;
    const decorators: Expression[] = [];
    while (this.takeOp("@")) {
      decorators.push(this.named());
      while (this.is("newline") && !this.broken) this.advance();
    }
    const statement = this.compound(this.token.text, decorators);
    if (statement) return statement;
    this.fail();
    return { kind: "evaluate", values: decorators, line };
  }

  /** A block: statements behind a colon on the same line, or indented ones. */
  private block(): Block {
    this.expectOp(":");
    if (this.broken) return [];
    if (!this.is("newline")) return this.simpleStatements();
    this.advance();
    if (!this.is("indent")) {
      this.fail();
      return [];
    }
    this.advance();
    const body: Statement[] = [];
    while (!this.is("dedent") && !this.is("end")) {
      if (this.is("indent")) this.advance();
      else body.push(...this.statement());
      this.recover();
    }
    if (this.is("dedent")) this.advance();
    return body;
  }

  private ifStatement(): Statement {
    const { line } = this;
    const branches: { test: Expression | undefined; body: Block }[] = [];
    do {
      this.advance();
      const test = this.named();
      branches.push({ test, body: this.block() });
    } while (!this.broken && this.isWord("elif"));
    if (this.takeWord("else")) branches.push({ test: undefined, body: this.block() });
    return { kind: "if", branches, line };
  }

  private whileStatement(): Statement {
    const { line } = this.advance();
    const test = this.named();
    return { kind: "blocks", expressions: [test], binds: [], bodies: this.withElse(this.block()), line };
  }

  private withElse(body: Block): Block[] {
    return this.takeWord("else") ? [body, this.block()] : [body];
  }

  private forStatement(): Statement {
    const { line } = this.advance();
    const target = this.target();
    if (!this.takeWord("in")) this.fail();
    const iterable = this.expressionList();
    return { kind: "for", target, iterable, bodies: this.withElse(this.block()), line };
  }

  private tryStatement(): Statement {
    const { line } = this.advance();
    const bodies: Block[] = [this.block()];
    const expressions: Expression[] = [];
    const binds: string[] = [];
    while (this.takeWord("except")) {
      this.takeOp("*");
      if (!this.isOp(":")) expressions.push(this.expressionList());
      if (this.takeWord("as")) binds.push(this.expectName());
      bodies.push(this.block());
    }
    if (this.takeWord("else")) bodies.push(this.block());
    if (this.takeWord("finally")) bodies.push(this.block());
    return { kind: "blocks", expressions, binds, bodies, line };
  }

  private withStatement(): Statement {
    const { line } = this.advance();
    const state = this.lexer.save();
    const { token } = this;
    let items = this.isOp("(") ? this.parenthesisedItems() : undefined;
    if (!items) {
      this.lexer.restore(state);
      this.token = token;
      items = this.withItems(":");
    }
    return { kind: "with", items, body: this.block(), line };
  }

  /** `with (a as b, c as d):`; undefined when the parenthesis only begins an expression. */
  private parenthesisedItems(): { context: Expression; target: Expression | undefined }[] | undefined {
    this.advance();
    const items = this.withItems(")");
    const fits = this.takeOp(")") && this.isOp(":");
    this.broken = false;
    return fits ? items : undefined;
  }

  private withItems(close: string): { context: Expression; target: Expression | undefined }[] {
    const items: { context: Expression; target: Expression | undefined }[] = [];
    while (!this.broken && !this.isOp(close)) {
      const context = this.named();
      items.push({ context, target: this.takeWord("as") ? this.starred() : undefined });
      if (!this.takeOp(",")) break;
    }
    return items;
  }

  private asyncStatement(decorators: readonly Expression[]): Statement | undefined {
    const state = this.lexer.save();
    const word = this.advance();
    const statement = ["def", "for", "with"].includes(this.token.text)
      ? this.compound(this.token.text, decorators)
      : undefined;
    if (statement) return statement;
    this.lexer.restore(state);
    this.token = word;
    return undefined;
  }

  private functionStatement(decorators: readonly Expression[]): Statement {
    const { line } = this.advance();
    const name = this.expectName();
    this.typeParameters();
    this.expectOp("(");
    const parameters = this.parameters(")");
    this.expectOp(")");
    const returns = this.takeOp("->") ? this.expressionList() : undefined;
    return { kind: "function", name, decorators, parameters, returns, body: this.block(), line };
  }

  private classStatement(decorators: readonly Expression[]): Statement {
    const { line } = this.advance();
    const name = this.expectName();
    this.typeParameters();
    const given = this.takeOp("(") ? this.arguments() : { args: [], keywords: [] };
    return { kind: "class", name, decorators, ...given, body: this.block(), line };
  }

  /** `match` is a name unless what follows reads as a subject, a colon and an indented `case`. */
  private matchStatement(): Statement | undefined {
    const state = this.lexer.save();
    const word = this.advance();
    const subject = this.startsExpression() ? this.expressionList() : undefined;
    if (subject && this.takeOp(":") && this.is("newline")) {
      this.advance();
      if (this.is("indent")) {
        this.advance();
        if (this.isWord("case")) return this.cases(subject, word.line);
      }
    }
    this.broken = false;
    this.lexer.restore(state);
    this.token = word;
    return undefined;
  }

  private cases(subject: Expression, line: number): Statement {
    const expressions = [subject];
    const bodies: Block[] = [];
    while (this.takeWord("case")) {
      this.pattern();
      if (this.takeWord("if")) expressions.push(this.named());
      bodies.push(this.block());
      this.recover();
    }
    if (this.is("dedent")) this.advance();
    return { kind: "blocks", expressions, binds: [], bodies, line };
  }

  /** Patterns compare and bind; nothing in them is called. They are passed over up to the guard or the colon. */
  private pattern(): void {
    let open = 0;
    while (!this.is("newline") && !this.is("end")) {
      if (open === 0 && (this.isOp(":") || this.isWord("if"))) return;
      if (["(", "[", "{"].some((bracket) => this.isOp(bracket))) open++;
      if ([")", "]", "}"].some((bracket) => this.isOp(bracket))) open--;
      this.advance();
    }
    this.fail();
  }
}
