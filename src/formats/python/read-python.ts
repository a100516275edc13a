// Reads what Python source does, without running it: which names it imports, reaches and calls, with which constants, and when.

import { canonicalPath } from "../code/names.js";
import type { CodeSummary } from "../code/summary.js";
import { MODULE_SCOPE, type Position, SCRIPT_SCOPE, Trace } from "../code/trace.js";
import { named, type Value } from "../code/value.js";
import type { Block, Expression, Statement } from "./ast.js";
import { ExpressionWalker } from "./expression-walker.js";
import { parsePython } from "./parse.js";
import { Scope } from "./scope.js";
import { MAX_TOKENS } from "./tokens.js";

/** Characters of source that are read; the largest files people write have some hundred thousand. */
export const MAX_SOURCE = 8 << 20;
/** Methods that run when a class is instantiated. */
/** Methods that Python calls by itself once there is an object, or the class is used like one. */
const CONSTRUCTORS: ReadonlySet<string> = new Set(
  `__init__ __new__ __post_init__ __class_getitem__ __getitem__ __setitem__ __delitem__ __contains__ __iter__ __next__ __len__ __bool__ __hash__ __index__
  __int__ __float__ __format__ __bytes__ __neg__ __pos__ __invert__ __abs__ __enter__ __exit__ __getattr__ __setattr__ __del__ __set_name__
  __add__ __sub__ __mul__ __matmul__ __truediv__ __floordiv__ __mod__ __pow__ __lshift__ __rshift__ __and__ __or__ __xor__ __radd__ __rmul__ __ror__
  __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __iadd__ __ior__`.split(/\s+/),
);

export interface SourceOptions {
  /** Which dotted names are worth keeping; all when absent. */
  readonly isWatched?: (path: string) => boolean;
  /** The source is a program that somebody starts, and no module. */
  readonly isScript?: boolean;
  /** Told of every statement; may throw to end the reading. */
  readonly spend?: (steps: number) => void;
}

export function readPython(source: string, options: SourceOptions = {}): CodeSummary {
  const trace = new Trace(options.isWatched);
  const text = source.slice(0, MAX_SOURCE);
  if (text.length < source.length) trace.gap(`source beyond ${MAX_SOURCE} characters`);
  const { body, errors, cut } = parsePython(text);
  if (cut) trace.gap(`source beyond ${MAX_TOKENS} tokens`);
  const scope = options.isScript === true ? SCRIPT_SCOPE : MODULE_SCOPE;
  new StatementWalker(trace, new Scope("module", scope), options.spend).readModule(body);
  if (errors.length > 0) noteUnparsed(text, errors, trace);
  return trace.finish();
}

/** Lines at which the source is no Python are looked through for calls, so that an error of ours or a dialect hides nothing. */
function noteUnparsed(source: string, errors: readonly number[], trace: Trace): void {
  trace.gap(
    `${errors.length === 1 ? "1 place is" : `${errors.length} places are`} not valid Python (line ${errors[0]})`,
  );
  const lines = source.split(/\r\n|\n|\r/);
  for (const line of errors) {
    for (const near of [line - 1, line, line + 1]) noteNames(lines[near - 1] ?? "", near, trace);
  }
}

const DOTTED_CALL = /([A-Za-z_]\w{0,60}(?:\.[A-Za-z_]\w{0,60}){0,6})\s{0,4}\(/g;
const MAX_LINE = 10_000;

function noteNames(line: string, number: number, trace: Trace): void {
  const at: Position = { scope: MODULE_SCOPE + 2, place: number };
  for (const [, path = ""] of line.slice(0, MAX_LINE).matchAll(DOTTED_CALL)) {
    const isPlain = !path.includes(".");
    const value = named(canonicalPath(isPlain ? `builtins.${path}` : path, true), isPlain ? "builtin" : "global");
    trace.call(value, { args: [{ kind: "unknown" }], keywords: [] }, at);
  }
}

class StatementWalker extends ExpressionWalker {
  constructor(
    trace: Trace,
    module: Scope,
    private readonly spend?: (steps: number) => void,
  ) {
    super(trace, module);
  }

  /** The module first, then the bodies of its functions: they see all its names. */
  readModule(body: Block): void {
    this.block(body);
    for (let i = 0; i < this.later.length; i++) this.later[i]?.();
  }

  private block(body: Block): void {
    for (const statement of body) this.statement(statement);
  }

  private statement(statement: Statement): void {
    this.spend?.(1);
    switch (statement.kind) {
      case "expression":
        this.use(statement.value);
        return;
      case "annotate":
        this.annotation(statement.annotation);
        if (statement.target.kind === "chain") this.use(statement.target);
        return;
      case "assign":
        this.annotation(statement.annotation);
        this.assignment(statement.targets, statement.value);
        return;
      case "update":
        this.update(statement);
        return;
      case "import":
      case "from":
        this.imports(statement);
        return;
      case "function":
        this.functionStatement(statement);
        return;
      case "class":
        this.classStatement(statement);
        return;
      case "if":
        this.ifStatement(statement);
        return;
      case "for":
        this.forStatement(statement);
        return;
      case "with":
        for (const { context, target } of statement.items) {
          const value = this.use(context);
          if (target) this.assign(target, value);
        }
        this.block(statement.body);
        return;
      case "blocks":
        for (const expression of statement.expressions) this.use(expression);
        for (const name of statement.binds) this.bind(name, { kind: "parameter", name });
        for (const body of statement.bodies) this.block(body);
        return;
      case "global":
        for (const name of statement.names) this.scope.declareGlobal(name);
        return;
      case "evaluate":
        for (const value of statement.values) this.use(value);
    }
  }

  private assignment(targets: readonly Expression[], value: Expression): void {
    const made = this.use(value);
    for (const target of targets) this.assign(target, made);
  }

  private update({ target, operator, value, line }: Extract<Statement, { kind: "update" }>): void {
    const before = this.evaluate(target);
    const after = this.evaluator.operate(operator, before, this.use(value));
    if (target.kind === "name") this.bind(target.name, after);
    else this.trace.mutate(before);
    this.evaluator.mention(before, this.at(line));
  }

  private imports(statement: Extract<Statement, { kind: "import" | "from" }>): void {
    const at = this.at(statement.line);
    for (const { path, as } of statement.names) {
      if (statement.kind === "import") {
        const module = this.evaluator.importModule(path, at);
        const top = path.slice(0, Math.max(0, path.indexOf("."))) || path;
        this.bind(as ?? top, as === undefined && path.includes(".") ? named(canonicalPath(top), "import") : module);
      } else if (path === "*") {
        this.evaluator.importModule(statement.module, at);
        this.outside.addStar(statement.module);
      } else this.bind(as ?? path, this.evaluator.importFrom(statement.module, path, at));
    }
  }

  private functionStatement(statement: Extract<Statement, { kind: "function" }>): void {
    const { name, decorators, parameters, returns, body } = statement;
    const decorated = decorators.map((decorator) => this.use(decorator));
    const outer = this.scope;
    const scope = this.functionScope(name, parameters);
    this.annotation(returns);
    const value: Value = { kind: "function", name, scope: scope.id };
    const isMethod = this.bindSelf(scope, parameters[0]?.name, decorated);
    if (outer.kind === "class" && outer.instance !== undefined) {
      this.members.get(outer.instance)?.set(name, value);
      if (CONSTRUCTORS.has(name)) this.trace.reach(outer.instance, scope.id);
    }
    this.bind(name, value);
    this.noteDecorators(decorated, value, statement.line);
    this.later.push(() => {
      this.handedTo(scope, parameters, isMethod);
      this.inside(scope, () => this.block(body));
    });
  }

  /** In a method the first parameter is an instance of the class, or the class itself. */
  private bindSelf(scope: Scope, name: string | undefined, decorators: readonly Value[]): boolean {
    if (name === undefined || scope.instance === undefined) return false;
    if (decorators.some((decorator) => decorator.kind === "name" && decorator.path === "builtins.staticmethod"))
      return false;
    scope.set(name, { kind: "function", name, scope: scope.instance });
    return true;
  }

  /** `@os.system`, `@atexit.register`: what decorates is called with the function. */
  private noteDecorators(decorators: readonly Value[], value: Value, line: number): void {
    for (const decorator of decorators) {
      if (decorator.kind === "name") this.evaluator.call(decorator, { args: [value], keywords: [] }, this.at(line));
    }
  }

  private classStatement({
    name,
    decorators,
    args,
    keywords,
    body,
    line,
  }: Extract<Statement, { kind: "class" }>): void {
    const decorated = decorators.map((decorator) => this.use(decorator));
    const bases = args.map((base) => this.evaluate(base));
    for (const { value } of keywords) this.use(value);
    const id = this.trace.newScope(name);
    this.trace.reach(this.scope.id, id);
    const instance = this.trace.instanceOf(id);
    for (const base of bases) this.evaluator.inherit(instance, base, this.at(line));
    this.members.set(instance, new Map());
    const value: Value = { kind: "function", name, scope: instance };
    this.inside(new Scope("class", id, this.scope, instance), () => this.block(body));
    this.bind(name, value);
    this.noteDecorators(decorated, value, line);
  }

  private ifStatement({ branches }: Extract<Statement, { kind: "if" }>): void {
    for (const { test, body } of branches) {
      this.use(test);
      if (this.scope.id === MODULE_SCOPE && isMainTest(test))
        this.inside(this.scope.under(SCRIPT_SCOPE), () => this.block(body));
      else this.block(body);
    }
  }

  private forStatement({ target, iterable, bodies }: Extract<Statement, { kind: "for" }>): void {
    const source = this.use(iterable);
    const only = source.kind === "collection" && source.items.length === 1 ? source.items[0] : undefined;
    this.assign(target, only ?? { kind: "operation", operands: [source] });
    for (const body of bodies) this.block(body);
  }
}

/** `__name__ == "__main__"`, either way round; with `!=` or `not` it is the import that runs what follows. */
function isMainTest(test: Expression | undefined): boolean {
  if (test?.kind !== "operation" || test.comparison !== "==") return false;
  const isName = test.operands.some((operand) => operand.kind === "name" && operand.name === "__name__");
  const isMain = test.operands.some((operand) => operand.kind === "constant" && operand.value === "__main__");
  return isName && isMain;
}
