import { BYTE_DECODERS, isHidingCodec } from "./decode.js";
import { elementsOf } from "./elements.js";
import { foldItem, foldOperation, foldSlice, type SliceBounds } from "./fold.js";
import { foldCall } from "./fold-calls.js";
import { foldJoined, foldMethod } from "./fold-text.js";
import { canonicalPath } from "./names.js";
import { isNamespace, methodOwner, ownerOf } from "./namespaces.js";
import { isPartial, runsItsArguments, TAKES_ITEMS } from "./runners.js";
import type { Position, Trace } from "./trace.js";
import { asDecoded, isDecoded, type Keyword, type Named, named, textOf, UNKNOWN, type Value } from "./value.js";

/** Characters of a dotted name; longer chains of attributes name nothing that exists. */
const MAX_PATH = 300;

/** Stands for a name that the code computes and that could not be folded. */
export const COMPUTED = "<computed>";

export interface Given {
  readonly args: readonly Value[];
  readonly keywords: readonly Keyword[];
}

/** How the reader that drives the evaluator looks names up. */
export interface Globals {
  /** The value of a global name, as `globals()["name"]` finds it. */
  global(name: string): Value;
}

/**
 * What Python's expressions mean, without running them: names are followed through attributes, subscripts and the usual ways to hide
 * them (`getattr`, `__import__`, `vars`, `globals`, `operator`, `functools.partial`), constants are folded, and what is reached goes into the trace.
 */
export class Evaluator {
  constructor(
    readonly trace: Trace,
    private readonly globals: Globals,
  ) {}

  /** `import a.b` binds `a`, or the whole path under `as`; the trace is told of the module. */
  importModule(name: string, at: Position): Named {
    const path = name.slice(0, MAX_PATH);
    this.trace.import(path, at.scope, at.place);
    return named(canonicalPath(path), "import");
  }

  importFrom(module: string, name: string, at: Position): Named {
    const path = (module.endsWith(".") ? `${module}${name}` : `${module}.${name}`).slice(0, MAX_PATH);
    const value = named(canonicalPath(path), "import");
    this.trace.import(value.path, at.scope, at.place);
    return value;
  }

  attribute(of: Value, name: string, at: Position): Value {
    if (of.kind === "name") {
      if (name === "__call__" || of.path.length > MAX_PATH) return of;
      return named(canonicalPath(`${of.path}.${name}`, of.root === "global"), of.root);
    }
    this.trace.attribute(name, at.place);
    if (of.kind === "function" && name === "__call__") return of;
    return { kind: "attribute", of, name };
  }

  item(of: Value, key: Value, at: Position): Value {
    if (of.kind === "function") this.trace.reach(at.scope, of.scope);
    const name = textOf(key);
    if (name !== undefined) {
      const reached = this.namedItem(of, name, at);
      if (reached) return reached;
    } else if (isNamespace(of) && key.kind !== "constant") {
      this.mention(named(`${ownerOf(of)}.${COMPUTED}`, "import"), at);
    }
    const fold = () => foldItem(of, key);
    // An element of a list or a mapping is found at once.
    return (of.kind === "constant" ? this.spend(fold, [of]) : fold()) ?? { kind: "item", of, key };
  }

  slice(of: Value, bounds: SliceBounds): Value {
    return this.spend(() => foldSlice(of, bounds), [of]) ?? { kind: "operation", operands: [of] };
  }

  operate(operator: string, left: Value, right: Value): Value {
    return (
      this.spend(() => foldOperation(operator, left, right), [left, right]) ?? {
        kind: "operation",
        operands: [left, right],
      }
    );
  }

  join(parts: readonly Value[]): Value {
    return this.spend(() => foldJoined(parts), parts) ?? UNKNOWN;
  }

  /** A reference that is not called on the spot. */
  mention(value: Value, at: Position): void {
    if (value.kind === "name") this.trace.mention(value, at.scope, at.place);
    else if (value.kind === "constant" && typeof value.value === "string") this.trace.text(value.value, at.place);
  }

  /** Naming a base runs nothing; instantiating the class does. */
  inherit(instance: number, base: Value, { place }: Position): void {
    if (base.kind === "function") this.trace.reach(instance, base.scope);
    else this.mention(base, { scope: instance, place });
  }

  call(callee: Value, given: Given, at: Position): Value {
    const handed = isClassMade(callee, given) ? given.args.slice(0, 2) : given.args;
    for (const value of [...handed, ...given.keywords.map((keyword) => keyword.value)]) {
      this.mention(value, at);
      if (value.kind === "function" && runsItsArguments(callee, given)) this.trace.reach(at.scope, value.scope);
    }
    this.callHandedOn(callee, given, at);
    const result = this.called(callee, given, at);
    // A decorator hands back what it is given, as far as anybody can tell.
    const [only] = given.args;
    return result.kind === "call" && only?.kind === "function" && !isPartial(callee) ? only : result;
  }

  /** `map(os.system, lines)`, `Thread(target=os.system, args=(line,))`, `pool.submit(os.system, line)`: a call of what is handed on. */
  private callHandedOn(callee: Value, given: Given, at: Position): void {
    if (!runsItsArguments(callee, given)) return;
    const keyword = (name: string) => given.keywords.find((item) => item.name === name)?.value;
    const target = keyword("target");
    const [first, second] = given.args;
    if (target?.kind === "name") {
      this.trace.call(target, { args: elementsOf(keyword("args") ?? UNKNOWN) ?? [UNKNOWN], keywords: [] }, at);
    } else if (first?.kind === "name") {
      const takesItems =
        callee.kind === "name" ? TAKES_ITEMS.has(callee.path) : callee.kind === "attribute" && callee.name !== "submit";
      const args = takesItems && second ? (elementsOf(second)?.slice(0, 1) ?? [UNKNOWN]) : given.args.slice(1);
      this.trace.call(first, { args, keywords: [] }, at);
    }
  }

  private called(callee: Value, given: Given, at: Position): Value {
    if (callee.kind === "name") return this.callNamed(callee, given, at);
    if (callee.kind === "function") this.trace.reach(at.scope, callee.scope);
    else if (callee.kind === "call") return this.callResult(callee, given, at);
    else if (callee.kind === "attribute") return this.callMethod(callee, given, at);
    else if (callee.kind === "operation") this.callEither(callee.operands, callee, given, at);
    else this.trace.opaqueCall(callee, given.args, at);
    return { kind: "call", callee, ...given };
  }

  /** `(f if a else g)(x)`, `(f or g)(x)`: whichever it is, it is one of them. */
  private callEither(operands: readonly Value[], callee: Value, given: Given, at: Position): void {
    const names = operands.filter((operand) => operand.kind === "name");
    for (const name of names) this.trace.call(name, given, at);
    if (names.length === 0) this.trace.opaqueCall(callee, given.args, at);
  }

  private callNamed(callee: Named, given: Given, at: Position): Value {
    const reached = this.reachBy(callee.path, given, at);
    if (reached) return reached;
    const owner = methodOwner(callee);
    if (owner) return this.callOwned(owner, given, at);
    this.trace.call(callee, given, at);
    const isBuiltinMethod = callee.root === "builtin" || callee.root === "import";
    const result = isBuiltinMethod ? this.fold(callee.path, given.args) : undefined;
    return result ?? { kind: "call", callee, ...given };
  }

  /** `os.__getattribute__("system")`, `os.__dict__.get("system")`. */
  private callOwned({ of, method }: { of: Named; method: string }, given: Given, at: Position): Value {
    const key = given.args[given.args.length > 1 && method === "__getattribute__" ? 1 : 0] ?? UNKNOWN;
    if (method === "__getattribute__") return this.named(of, key, at);
    return this.item(of, key, at);
  }

  /** Callables that give back a module or one of its names. */
  private reachBy(path: string, { args }: Given, at: Position): Value | undefined {
    const [first = UNKNOWN, second = UNKNOWN] = args;
    switch (path) {
      case "builtins.__import__":
        return this.importByName(first, at, isEmptySequence(args[3]));
      case "importlib.import_module":
        return this.importByName(first, at, false);
      case "builtins.eval":
        return this.evaluateText(textOf(first), at);
      case "builtins.getattr":
        return this.named(first, second, at);
      case "builtins.__build_class__":
        return this.buildClass(args, at);
      case "pkgutil.resolve_name":
      case "pydoc.locate":
        return this.locate(first, at);
      default:
        return undefined;
    }
  }

  /** `eval("__import__('os')")`, `eval("os")`: what the text names. The call itself is told as well. */
  private evaluateText(text: string | undefined, at: Position): Value | undefined {
    const [, module] = /^\s{0,20}__import__\(\s{0,8}["']([\w.]{1,200})["']\s{0,8}\)\s{0,20}$/.exec(text ?? "") ?? [];
    if (module === undefined) return undefined;
    return this.importByName({ kind: "constant", value: module }, at, true);
  }

  private importByName(name: Value, at: Position, topOnly: boolean): Value {
    const path = textOf(name)?.slice(0, MAX_PATH);
    if (path === undefined) {
      this.trace.call(named("builtins.__import__", "builtin"), { args: [name], keywords: [] }, at);
      return { kind: "call", callee: named("builtins.__import__", "builtin"), args: [name], keywords: [] };
    }
    this.trace.import(path, at.scope, at.place);
    return named(canonicalPath(topOnly ? (path.split(".")[0] ?? path) : path), "import");
  }

  /** The body of a class runs at once; the class stands for what its instantiation runs. */
  private buildClass([body = UNKNOWN, , ...bases]: readonly Value[], at: Position): Value | undefined {
    if (body.kind !== "function") return undefined;
    this.trace.reach(at.scope, body.scope);
    const scope = this.trace.instanceOf(body.scope);
    for (const base of bases) this.inherit(scope, base, at);
    return { ...body, scope };
  }

  private named(of: Value, name: Value, at: Position): Value {
    const text = textOf(name);
    if (text !== undefined) return this.attribute(of, text, at);
    if (of.kind === "name") return named(`${of.path}.${COMPUTED}`, of.root);
    return { kind: "item", of, key: name };
  }

  private locate(name: Value, at: Position): Value {
    const path = textOf(name)?.slice(0, MAX_PATH).replace(":", ".");
    if (path === undefined) return UNKNOWN;
    this.trace.import(path, at.scope, at.place);
    return named(canonicalPath(path), "import");
  }

  /** The result of a call is called: `attrgetter("system")(os)("id")`, `partial(os.system, "id")()`. */
  private callResult(callee: Extract<Value, { kind: "call" }>, given: Given, at: Position): Value {
    const maker = callee.callee.kind === "name" ? callee.callee.path : "";
    const [first = UNKNOWN] = callee.args;
    const [target = UNKNOWN] = given.args;
    const text = textOf(first);
    if (maker === "operator.attrgetter" && text !== undefined) {
      return text.split(".").reduce((value, name) => this.attribute(value, name, at), target);
    }
    if (maker === "operator.itemgetter") return this.item(target, first, at);
    if (maker === "operator.methodcaller" && text !== undefined) {
      return this.call(this.attribute(target, text, at), { ...callee, args: callee.args.slice(1) }, at);
    }
    if (maker === "functools.partial") {
      const args = [...callee.args.slice(1), ...given.args];
      return this.call(first, { args, keywords: [...callee.keywords, ...given.keywords] }, at);
    }
    this.trace.opaqueCall(callee, given.args, at);
    return { kind: "call", callee, ...given };
  }

  private callMethod(callee: Extract<Value, { kind: "attribute" }>, given: Given, at: Position): Value {
    const { of, name } = callee;
    if (name === "__call__") return this.call(of, given, at);
    if (name === "__getattribute__") return this.named(of, given.args[0] ?? UNKNOWN, at);
    if (name === "get" || name === "__getitem__" || name === "pop") {
      const reached =
        isNamespace(of) || of.kind === "mapping" ? this.item(of, given.args[0] ?? UNKNOWN, at) : undefined;
      if (reached) return reached;
    }
    if (MUTATORS.has(name)) this.trace.mutate(of);
    if (name === "format" || name === "format_map") this.formatted(textOf(of), at);
    const folded = this.foldMethod(of, name, given.args);
    if (folded) return folded;
    this.trace.opaqueCall(callee, given.args, at);
    return { kind: "call", callee, ...given };
  }

  /** `"{0.__class__}".format(x)` reads attributes that stand in the text alone. */
  private formatted(template: string | undefined, at: Position): void {
    for (const [, name = ""] of template?.matchAll(/\.(__\w{1,40}__)/g) ?? []) this.trace.attribute(name, at.place);
  }

  /** Subscripts that lead to a module or a global: `vars(os)["system"]`, `sys.modules["os"]`, `globals()["x"]`, `f.__globals__["os"]`. */
  private namedItem(of: Value, name: string, at: Position): Value | undefined {
    if (of.kind === "name") {
      if (of.path.endsWith(".__dict__")) return this.attribute(named(ownerOf(of), of.root), name, at);
      if (of.path === "sys.modules") return this.importModule(name, at);
      if (of.path === "builtins") return this.attribute(of, name, at);
      return undefined;
    }
    if (of.kind === "call" && of.callee.kind === "name") {
      const { path } = of.callee;
      if (path === "builtins.vars" && of.args[0]) return this.attribute(of.args[0], name, at);
      if (path === "builtins.globals" || path === "builtins.locals" || path === "builtins.vars") {
        return this.globals.global(name);
      }
    }
    const isGlobals = of.kind === "attribute" && (of.name === "__globals__" || of.name === "__builtins__");
    return isGlobals
      ? named(canonicalPath(of.name === "__builtins__" ? `builtins.${name}` : name), "global")
      : undefined;
  }

  private fold(path: string, args: readonly Value[]): Value | undefined {
    const value = this.spend(() => foldCall(path, args), args);
    return value && DECODING_CALLS.has(path) ? asDecoded(value) : value;
  }

  private foldMethod(of: Value, name: string, args: readonly Value[]): Value | undefined {
    const value = this.spend(() => foldMethod(of, name, args), [of, ...args]);
    const codec = name === "decode" ? textOf(args[0]) : undefined;
    return value && codec !== undefined && isHidingCodec(codec) ? asDecoded(value) : value;
  }

  /** Counts what folding reads and makes; what is made of hidden text is hidden text. */
  private spend(fold: () => Value | undefined, from: readonly Value[]): Value | undefined {
    if (!this.trace.mayFold()) return undefined;
    for (const value of from) this.trace.countFolded(readLength(value));
    const value = fold();
    if (value?.kind !== "constant") return value;
    const { value: content } = value;
    if (typeof content === "string" || content instanceof Uint8Array) this.trace.countFolded(content.length);
    return from.some(isDecoded) ? asDecoded(value) : value;
  }
}

/** `class Name(Base)` in bytecode: the body, the name, the bases. */
function isClassMade(callee: Value, { args }: Given): boolean {
  return callee.kind === "name" && callee.path === "builtins.__build_class__" && args[0]?.kind === "function";
}

/** Elements that folding walks over; entries of mappings are found without. */
function readLength(value: Value): number {
  if (value.kind === "collection") return value.items.length;
  if (value.kind !== "constant") return 0;
  const { value: content } = value;
  return typeof content === "string" || content instanceof Uint8Array ? content.length : 0;
}

/** Callables whose result was hidden before. */
export const DECODING_CALLS: ReadonlySet<string> = new Set([
  ...BYTE_DECODERS.keys(),
  "codecs.decode",
  "builtins.chr",
  "builtins.unichr",
]);

/** Methods that change a list or a dictionary in place. */
const MUTATORS = new Set(
  "append extend insert remove pop popitem clear sort reverse update setdefault add discard __setitem__ __iadd__".split(
    " ",
  ),
);

function isEmptySequence(value: Value | undefined): boolean {
  if (value === undefined) return true;
  return value.kind === "collection" && value.items.length === 0;
}
