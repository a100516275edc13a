// What a template reaches when it is rendered: attributes, calls, other templates. Nothing is rendered; constants are folded.
import { elementsOf } from "../code/elements.js";
import { foldItem, foldOperation, foldSlice } from "../code/fold.js";
import { foldMethod } from "../code/fold-text.js";
import { constant, integerOf, named, someWithin, textOf, UNKNOWN, type Value } from "../code/value.js";
import type { Expression, Given, TemplateNode, Trailer } from "./ast.js";
import { attributeArgument, foldFilter, isWrittenOut, joined } from "./filters.js";
import { parseTemplate } from "./parse.js";

/** Accesses kept; the largest real templates have some hundreds. */
const MAX_EVENTS = 20_000;
/** Characters that folding may produce over one template. */
const MAX_FOLDED_TOTAL = 8 << 20;

/** A step from a value to something of it. */
export interface Access {
  /** `attr` is the filter of that name, and the filters that take an attribute's name. */
  readonly how: "attribute" | "item" | "attr";
  readonly of: Value;
  /** Undefined when the template computes it from what it is given. */
  readonly name: string | undefined;
  /** The name is not written out: it was put together, escaped or taken from a variable. */
  readonly isBuilt: boolean;
  readonly key: Value;
  /** What the step leads to. */
  readonly made: Value;
  readonly at: number;
}

export interface Call {
  readonly callee: Value;
  readonly args: readonly Value[];
  readonly at: number;
}

export interface Load {
  readonly tag: string;
  readonly target: Value;
  readonly at: number;
}

export interface TemplateSummary {
  readonly accesses: readonly Access[];
  readonly calls: readonly Call[];
  readonly loads: readonly Load[];
  /** Names that the template does not define, with the place of their first use. */
  readonly globals: ReadonlyMap<string, number>;
  readonly strings: ReadonlyMap<string, number>;
  /** How often something is repeated: by `range`, by multiplying a text. */
  readonly counts: readonly { readonly count: number; readonly at: number }[];
  /** Tags that do not read as Jinja. */
  readonly broken: readonly { readonly text: string; readonly at: number }[];
  readonly tags: number;
  readonly isComplete: boolean;
}

export function readTemplate(template: string): TemplateSummary {
  return new TemplateWalker().read(parseTemplate(template));
}

class TemplateWalker {
  private readonly accesses: Access[] = [];
  private readonly calls: Call[] = [];
  private readonly loads: Load[] = [];
  private readonly globals = new Map<string, number>();
  private readonly strings = new Map<string, number>();
  private readonly counts: { count: number; at: number }[] = [];
  private readonly broken: { text: string; at: number }[] = [];
  private readonly variables = new Map<string, Value>();
  private folded = 0;

  read(nodes: readonly TemplateNode[]): TemplateSummary {
    for (const node of nodes) this.node(node);
    const { accesses, calls, loads, globals, strings, counts, broken } = this;
    const isComplete = accesses.length < MAX_EVENTS && calls.length < MAX_EVENTS && this.folded <= MAX_FOLDED_TOTAL;
    return { accesses, calls, loads, globals, strings, counts, broken, tags: nodes.length, isComplete };
  }

  private node(node: TemplateNode): void {
    switch (node.kind) {
      case "output":
        this.evaluate(node.value);
        return;
      case "bind":
        this.bind(node.names, this.evaluate(node.value), node.isLoop);
        return;
      case "member":
        this.variables.set(`${node.of}.${node.name}`, this.evaluate(node.value));
        return;
      case "macro":
        for (const value of node.defaults) this.evaluate(value);
        this.variables.set(node.name, UNKNOWN);
        for (const name of node.parameters) this.variables.set(name, { kind: "parameter", name });
        return;
      case "evaluate":
        for (const value of node.values) this.evaluate(value);
        return;
      case "load":
        this.loads.push({ tag: node.tag, target: this.evaluate(node.target), at: node.at });
        for (const name of node.names) this.variables.set(name, { kind: "parameter", name });
        return;
      case "filtered":
        for (const filter of node.filters) this.follow(UNKNOWN, filter);
        return;
      case "broken":
        this.broken.push({ text: node.text, at: node.at });
    }
  }

  private bind(names: readonly string[], value: Value, isLoop: boolean): void {
    const items = elementsOf(value);
    for (const [index, name] of names.entries()) {
      const isSingle = names.length === 1 && !isLoop;
      const only = isLoop && items?.length === 1 ? items[0] : undefined;
      const item = isSingle ? value : (only ?? (isLoop ? undefined : items?.[index]));
      this.variables.set(name, item ?? { kind: "operation", operands: [value] });
    }
  }

  private evaluate(expression: Expression): Value {
    switch (expression.kind) {
      case "name":
        return this.name(expression.name, expression.at);
      case "constant":
        if (typeof expression.value === "string") this.note(expression.value, expression.at);
        return constant(expression.value);
      case "chain":
        return expression.trailers.reduce(
          (value, trailer) => this.follow(value, trailer),
          this.evaluate(expression.base),
        );
      case "binary":
        return expression.rest.reduce(
          (left, { operator, operand }) => this.operate(operator, left, this.evaluate(operand), operand.at),
          this.evaluate(expression.first),
        );
      case "operation":
        return { kind: "operation", operands: expression.operands.map((operand) => this.evaluate(operand)) };
      case "list":
        return { kind: "collection", type: "list", items: expression.items.map((item) => this.evaluate(item)) };
      case "dict":
        return {
          kind: "mapping",
          entries: expression.entries.map(([key, value]) => [this.evaluate(key), this.evaluate(value)]),
        };
      case "missing":
        return UNKNOWN;
    }
  }

  private note(text: string, at: number): void {
    if (this.strings.size < MAX_EVENTS && !this.strings.has(text)) this.strings.set(text, at);
  }

  private name(name: string, at: number): Value {
    const known = this.variables.get(name);
    if (known) return known;
    if (!this.globals.has(name)) this.globals.set(name, at);
    return named(name, "global");
  }

  private operate(operator: string, left: Value, right: Value, at: number): Value {
    if (operator === "*" && (textOf(left) !== undefined || left.kind === "collection")) this.count(right, at);
    const make = () => (operator === "~" ? joined([left, right]) : foldOperation(operator, left, right));
    return this.fold(make) ?? { kind: "operation", operands: [left, right] };
  }

  private follow(value: Value, trailer: Trailer): Value {
    switch (trailer.kind) {
      case "attribute":
        return this.attribute(value, trailer.name, trailer.at);
      case "item":
        return this.item(value, this.evaluate(trailer.key), trailer);
      case "slice":
        return this.slice(value, trailer);
      case "call":
        return this.call(value, trailer);
      case "filter":
        return this.filter(value, trailer);
      case "test":
        this.given(trailer);
        return { kind: "operation", operands: [value] };
    }
  }

  private attribute(of: Value, name: string, at: number): Value {
    const made = step(of, name);
    this.access({ how: "attribute", of, name, isBuilt: false, key: constant(name), made, at });
    const member = of.kind === "call" || of.kind === "name" ? this.variables.get(`${nameOf(of)}.${name}`) : undefined;
    return member ?? made;
  }

  private item(of: Value, key: Value, { key: written, at }: Extract<Trailer, { kind: "item" }>): Value {
    const name = textOf(key);
    const made: Value = name === undefined ? { kind: "item", of, key } : step(of, name);
    if (name !== undefined || key.kind === "operation") {
      this.access({ how: "item", of, name, isBuilt: written.kind !== "constant" || isEscaped(name), key, made, at });
    }
    const item = this.fold(() => foldItem(of, key));
    return item ?? made;
  }

  private slice(of: Value, { start, stop, step }: Extract<Trailer, { kind: "slice" }>): Value {
    const bound = (part: Expression | undefined) => (part === undefined ? undefined : this.evaluate(part));
    const bounds = { start: bound(start), stop: bound(stop), step: bound(step) };
    return this.fold(() => foldSlice(of, bounds)) ?? { kind: "operation", operands: [of] };
  }

  private count(value: Value, at: number): void {
    const count = integerOf(value);
    if (count !== undefined && this.counts.length < MAX_EVENTS) this.counts.push({ count, at });
  }

  private given({ args, keywords }: Given): Value[] {
    // `dict(__class__=1)|first` is a way to write a name without quotes.
    for (const { name, value } of keywords) if (name.startsWith("__")) this.note(name, value.at);
    return [...args.map((arg) => this.evaluate(arg)), ...keywords.map(({ value }) => this.evaluate(value))];
  }

  private call(callee: Value, trailer: Extract<Trailer, { kind: "call" }>): Value {
    const args = this.given(trailer);
    if (callee.kind === "name" && callee.path === "range") for (const arg of args) this.count(arg, trailer.at);
    if (this.calls.length < MAX_EVENTS) this.calls.push({ callee, args, at: trailer.at });
    const folded = callee.kind === "attribute" ? this.fold(() => foldMethod(callee.of, callee.name, args)) : undefined;
    return folded ?? { kind: "call", callee, args, keywords: [] };
  }

  private filter(value: Value, trailer: Extract<Trailer, { kind: "filter" }>): Value {
    const args = this.given(trailer);
    const attribute = attributeArgument(trailer, args);
    if (attribute === undefined) return this.filtered(trailer.name, value, args);
    const name = textOf(attribute);
    const made: Value = name === undefined ? { kind: "item", of: value, key: attribute } : step(value, name);
    const isBuilt = !isWrittenOut(trailer) || isEscaped(name);
    this.access({ how: "attr", of: value, name, isBuilt, key: attribute, made, at: trailer.at });
    return trailer.name === "attr" ? made : this.filtered(trailer.name, value, args);
  }

  private filtered(name: string, value: Value, args: readonly Value[]): Value {
    return this.fold(() => foldFilter(name, value, args)) ?? { kind: "operation", operands: [value, ...args] };
  }

  private access(access: Access): void {
    if (this.accesses.length < MAX_EVENTS) this.accesses.push(access);
  }

  /** Folds as long as folding has not made more text than a template can need. */
  private fold(make: () => Value | undefined): Value | undefined {
    if (this.folded > MAX_FOLDED_TOTAL) return undefined;
    const value = make();
    if (value?.kind === "constant" && typeof value.value === "string") this.folded += value.value.length;
    return value;
  }
}

/** Characters of a dotted name that are kept as one. */
const MAX_PATH = 300;

function step(of: Value, name: string): Value {
  const isShort = of.kind === "name" && of.path.length < MAX_PATH;
  return isShort ? named(`${of.path}.${name}`, of.root) : { kind: "attribute", of, name };
}

function nameOf(value: Value): string {
  return value.kind === "name" ? value.path : "";
}

/** Control characters and lone escapes in a key: nobody writes a key like that by hand. */
function isEscaped(name: string | undefined): boolean {
  return name !== undefined && /[^\x20-\x7e]/.test(name);
}

/** Whether constant texts inside a value hold a piece. */
export function holdsText(value: Value, test: (text: string) => boolean): boolean {
  return someWithin(value, (part) => {
    const text = textOf(part);
    return text !== undefined && test(text);
  });
}
