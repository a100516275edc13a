import { elementsOf } from "../code/elements.js";
import { Evaluator, type Given } from "../code/evaluator.js";
import { Outside } from "../code/outside.js";
import type { Position, Trace } from "../code/trace.js";
import { constant, type Keyword, UNKNOWN, type Value } from "../code/value.js";
import type { Arguments, Expression, Parameter, Trailer } from "./ast.js";
import { Scope } from "./scope.js";

/** Elements over which a comprehension is computed, and all such elements of a file together. */
const MAX_UNROLLED = 4096;
const MAX_UNROLLED_TOTAL = 100_000;
/** Expressions evaluated over one file, rounds of comprehensions included: ten times what the largest files hold. */
const MAX_EVALUATIONS = 20_000_000;
/** Rounds of a comprehension whose calls are recorded; the others only compute. */
const RECORDED_ROUNDS = 8;

/** Reads expressions: what each stands for, and what evaluating it reaches. */
export class ExpressionWalker {
  protected readonly outside = new Outside();
  protected readonly evaluator: Evaluator;
  /** What the classes of the file carry, by the scope of their instantiation. */
  protected readonly members = new Map<number, Map<string, Value>>();
  private readonly handed = new Map<number, Given>();
  protected readonly later: (() => void)[] = [];
  protected scope: Scope;
  private unrolled = 0;
  private evaluations = 0;

  constructor(
    protected readonly trace: Trace,
    module: Scope,
  ) {
    this.scope = module;
    this.evaluator = new Evaluator(trace, { global: (name) => this.lookUp(name, module) });
  }

  protected at(line: number): Position {
    return { scope: this.scope.id, place: line };
  }

  protected lookUp(name: string, scope = this.scope): Value {
    const value = scope.find(name);
    return value ? this.trace.current(value) : this.outside.value(name);
  }

  /** The value of an expression that is not called or followed further on the spot. */
  protected use(expression: Expression | undefined): Value {
    if (expression === undefined) return UNKNOWN;
    const value = this.evaluate(expression);
    this.evaluator.mention(value, this.at(expression.line));
    return value;
  }

  protected evaluate(expression: Expression): Value {
    if (++this.evaluations > MAX_EVALUATIONS) {
      this.trace.gap(`more than ${MAX_EVALUATIONS} expressions`);
      return UNKNOWN;
    }
    switch (expression.kind) {
      case "name":
        return this.lookUp(expression.name);
      case "constant":
        return constant(expression.value);
      case "chain":
        return expression.trailers.reduce(
          (value, trailer) => this.follow(value, trailer),
          this.evaluate(expression.base),
        );
      case "binary":
        return expression.rest.reduce(
          (left, { operator, operand }) => this.evaluator.operate(operator, left, this.use(operand)),
          this.use(expression.first),
        );
      case "operation":
        return { kind: "operation", operands: expression.operands.map((operand) => this.use(operand)) };
      case "conditional":
        this.use(expression.test);
        return { kind: "operation", operands: [this.use(expression.then), this.use(expression.otherwise)] };
      case "lambda":
        return this.lambda(expression.parameters, expression.body);
      case "sequence":
        return { kind: "collection", type: expression.type, items: this.items(expression.items) };
      case "dict":
        return { kind: "mapping", entries: expression.entries.map(([key, value]) => [this.use(key), this.use(value)]) };
      case "comprehension":
        return this.comprehension(expression);
      case "joined":
        return this.evaluator.join(expression.parts.map((part) => this.use(part)));
      case "slice":
        return { kind: "operation", operands: [this.use(expression.start), this.use(expression.stop)] };
      case "starred":
        return { kind: "operation", operands: [this.use(expression.value)] };
      case "walrus":
        return this.bind(expression.name, this.use(expression.value));
      case "missing":
        return UNKNOWN;
    }
  }

  protected bind(name: string, value: Value): Value {
    if (name === "__name__" && this.scope.kind !== "class") this.trace.renameModule();
    this.scope.set(name, value);
    return value;
  }

  private follow(value: Value, trailer: Trailer): Value {
    const at = this.at(trailer.line);
    switch (trailer.kind) {
      case "attribute":
        return this.member(value, trailer.name) ?? this.evaluator.attribute(value, trailer.name, at);
      case "subscript":
        return this.subscript(value, trailer.keys, trailer.line);
      case "call":
        return this.call(value, trailer);
    }
  }

  private call(value: Value, trailer: Extract<Trailer, { kind: "call" }>): Value {
    const given = this.given(trailer);
    this.reachInstance(value);
    if (value.kind === "function" && !this.handed.has(value.scope)) this.handed.set(value.scope, given);
    return this.evaluator.call(value, given, this.at(trailer.line));
  }

  /** What the first call of a function of this file hands it; bodies are read after the module, so most calls are known by then. */
  protected handedTo(scope: Scope, parameters: readonly Parameter[], isMethod: boolean): void {
    const given =
      this.handed.get(scope.id) ?? (scope.instance === undefined ? undefined : this.handed.get(scope.instance));
    if (given === undefined) return;
    for (const [index, { name }] of parameters.entries()) {
      const value =
        given.keywords.find((keyword) => keyword.name === name)?.value ?? given.args[isMethod ? index - 1 : index];
      if (value && isTelling(value)) scope.set(name, value);
    }
  }

  /** An instance of a class of this file is called. */
  private reachInstance(value: Value): void {
    const called = value.kind === "call" ? this.member(value, "__call__") : undefined;
    if (called?.kind === "function") this.trace.reach(this.scope.id, called.scope);
  }

  /** A name of a class of this file, reached through the class or an instance of it. */
  protected member(value: Value, name: string): Value | undefined {
    const owner = value.kind === "call" ? value.callee : value;
    return owner.kind === "function" ? this.members.get(owner.scope)?.get(name) : undefined;
  }

  private subscript(value: Value, keys: readonly Expression[], line: number): Value {
    const [key] = keys;
    if (keys.length !== 1 || key === undefined) {
      for (const each of keys) this.use(each);
      return { kind: "operation", operands: [value] };
    }
    if (key.kind !== "slice") return this.evaluator.item(value, this.use(key), this.at(line));
    const bound = (part: Expression | undefined) => (part === undefined ? undefined : this.use(part));
    return this.evaluator.slice(value, { start: bound(key.start), stop: bound(key.stop), step: bound(key.step) });
  }

  /** The arguments of a call; the evaluator counts them as mentioned. */
  protected given({ args, keywords }: Arguments): { args: Value[]; keywords: Keyword[] } {
    return {
      args: args.flatMap((arg): readonly Value[] => {
        if (arg.kind !== "starred") return [this.evaluate(arg)];
        const value = this.use(arg.value);
        return elementsOf(value) ?? [{ kind: "operation", operands: [value] }];
      }),
      keywords: keywords.flatMap(({ name, value }): Keyword[] => {
        const given = this.evaluate(value);
        if (name !== "" || given.kind !== "mapping") return [{ name, value: given }];
        return given.entries.map(([key, entry]) => ({ name: keyText(key), value: entry }));
      }),
    };
  }

  private items(items: readonly Expression[]): Value[] {
    return items.flatMap((item): readonly Value[] => {
      if (item.kind !== "starred") return [this.use(item)];
      const value = this.use(item.value);
      return elementsOf(value) ?? [{ kind: "operation", operands: [value] }];
    });
  }

  private lambda(parameters: readonly Parameter[], body: Expression): Value {
    const scope = this.functionScope("lambda", parameters);
    this.later.push(() => {
      this.handedTo(scope, parameters, false);
      this.inside(scope, () => this.use(body));
    });
    return { kind: "function", name: "lambda", scope: scope.id };
  }

  /** The scope of a function's body; defaults and annotations are evaluated where the function stands. */
  protected functionScope(name: string, parameters: readonly Parameter[]): Scope {
    const instance = this.scope.kind === "class" ? this.scope.instance : undefined;
    const scope = new Scope("function", this.trace.newScope(name), this.scope, instance);
    for (const parameter of parameters) {
      this.annotation(parameter.annotation);
      const given = this.default(parameter.default);
      scope.set(parameter.name, isTelling(given) ? given : { kind: "parameter", name: parameter.name });
    }
    return scope;
  }

  /** A default is kept, not called: what it names counts where the parameter is used. */
  private default(expression: Expression | undefined): Value {
    return expression ? this.trace.withoutMentions(() => this.use(expression)) : UNKNOWN;
  }

  protected annotation(expression: Expression | undefined): void {
    if (expression) this.trace.withoutMentions(() => this.use(expression));
  }

  protected inside(scope: Scope, read: () => void): void {
    const before = this.scope;
    this.scope = scope;
    read();
    this.scope = before;
  }

  private comprehension(expression: Extract<Expression, { kind: "comprehension" }>): Value {
    const { clauses, elements } = expression;
    const [clause] = clauses;
    const source = this.use(clause?.iterable);
    const isSimple = clauses.length === 1 && clause?.target.kind === "name" && clause.conditions.length === 0;
    const values = isSimple && elements.length === 1 ? this.rounds(source) : undefined;
    if (values === undefined || clause?.target.kind !== "name") return this.onceThrough(expression, source);
    const [element] = elements;
    const { name } = clause.target;
    const items = values.map((value, round) => {
      this.scope.set(name, value);
      return this.trace.muted(round >= RECORDED_ROUNDS, () => this.use(element));
    });
    return { kind: "collection", type: expression.type === "set" ? "set" : "list", items };
  }

  private rounds(source: Value): readonly Value[] | undefined {
    const values = elementsOf(source);
    if (values === undefined || values.length > MAX_UNROLLED) return undefined;
    this.unrolled += values.length;
    return this.unrolled > MAX_UNROLLED_TOTAL ? undefined : values;
  }

  /** A comprehension over what is not known: one round with unknown elements. */
  private onceThrough({ clauses, elements }: Extract<Expression, { kind: "comprehension" }>, source: Value): Value {
    for (const [index, { target, iterable, conditions }] of clauses.entries()) {
      this.assign(target, { kind: "operation", operands: [index === 0 ? source : this.use(iterable)] });
      for (const condition of conditions) this.use(condition);
    }
    return { kind: "operation", operands: elements.map((element) => this.use(element)) };
  }

  protected assign(target: Expression, value: Value): void {
    switch (target.kind) {
      case "name":
        this.bind(target.name, value);
        return;
      case "sequence":
        this.assignEach(target.items, value);
        return;
      case "starred":
        this.assign(target.value, { kind: "operation", operands: [value] });
        return;
      case "chain":
        this.assignInto(target, value);
        return;
      default:
        this.use(target);
    }
  }

  private assignEach(targets: readonly Expression[], value: Value): void {
    const items = value.kind === "collection" && value.items.length === targets.length ? value.items : undefined;
    for (const [index, target] of targets.entries()) {
      this.assign(target, items?.[index] ?? { kind: "operation", operands: [value] });
    }
  }

  /** `self.name = value`, `module.name = value`, `container[key] = value`. */
  private assignInto({ base, trailers, line }: Extract<Expression, { kind: "chain" }>, value: Value): void {
    const last = trailers[trailers.length - 1];
    const owner = trailers.slice(0, -1).reduce((of, trailer) => this.follow(of, trailer), this.evaluate(base));
    if (last?.kind === "attribute") {
      if (owner.kind === "function") this.members.get(owner.scope)?.set(last.name, value);
      // `module.name = value` replaces what the name stood for, and reaches nothing.
      this.evaluator.attribute(owner, last.name, this.at(line));
    } else if (last) {
      this.trace.mutate(owner);
      this.evaluator.mention(owner, this.at(line));
      this.follow(owner, last);
    }
  }
}

/** A default that says what a function does when nobody says otherwise. */
function isTelling(value: Value): boolean {
  return value.kind === "name" || (value.kind === "constant" && typeof value.value === "string");
}

function keyText(key: Value): string {
  return key.kind === "constant" && typeof key.value === "string" ? key.value : "";
}
