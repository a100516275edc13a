// Whether a callable that something else calls unseen is harmless: by its name, or by what it was made of.

import type { GlobalEntry, Inspector } from "../../formats/pickle/inspector.js";
import { isContainer, KIND, type Value } from "../../formats/pickle/value.js";
import { isCaller } from "./caller-names.js";
import type { CallableIndex } from "./classify.js";
import type { CallFacts, Objection } from "./conditional.js";
import { pythonName } from "./express.js";
import { isClassOrAcronym, mayBeMetaclass } from "./names-of-classes.js";
import { qualified } from "./qualified.js";

/** Makers of functions and classes out of what the file says; what they make is judged where it is made. */
const MAKERS = new Set([
  "cloudpickle.cloudpickle._make_function",
  "cloudpickle.cloudpickle._make_skel_func",
  "cloudpickle.cloudpickle._make_skeleton_class",
  "cloudpickle.cloudpickle._make_skeleton_enum",
  "cloudpickle.cloudpickle._lookup_class_or_track",
  "dill._dill._create_function",
  "dill._dill._create_type",
]);
/** What they make takes an attribute or an item whose name was judged when it was made. */
const GETTERS = new Set(["operator.attrgetter", "operator.itemgetter"]);
/** Make an object of any class they are given, a metaclass among them. */
const NEW_OBJECT = new Set(["copyreg.__newobj__", "copyreg.__newobj_ex__"]);
/** Wrappers whose first argument is called when the wrapper is. */
const WRAPPERS = new Set(["functools.partial", "builtins.property", "builtins.staticmethod", "builtins.classmethod"]);
const MAX_DEPTH = 6;
/** Values looked at for one callee: the same one may lie in itself many times over. */
const MAX_VALUES = 1000;

/** Callables that return an object which is there already, for everybody. */
const SHARED = new Set([
  "builtins.getattr",
  "builtins.type",
  "cloudpickle.cloudpickle._builtin_type",
  "cloudpickle.cloudpickle.subimport",
  "dill._dill._get_attr",
  "dill._dill._import_module",
  "dill._dill._load_type",
  "logging.getLogger",
  "operator.getitem",
  "toolz.functoolz._restore_curry",
]);

/** Callables that return whatever a module has under a name. */
const FETCHERS = new Set([
  "dill._dill._create_namedtuple",
  "dill._dill._getattr",
  "numpy._ufunc_reconstruct",
  "numpy.core._ufunc_reconstruct",
]);

/** An objection to `callee` being called unseen; `undefined` when it is nothing, vetted, or made by the file itself. */
export function objectionToCallee(facts: CallFacts, callee: Value | undefined): Objection | undefined {
  if (callee === undefined || callee.kind === KIND.NONE) return undefined;
  if (isVetted(facts, callee)) return undefined;
  const entry = facts.inspect.global(callee);
  return { severity: "high", reason: `it calls ${entry === undefined ? "what another call made" : pythonName(entry)}` };
}

export function isVetted(facts: CallFacts, callee: Value): boolean {
  return new Vetting(facts).isVetted(callee, 0);
}

/** Whether a callable that nobody vetted lies in a value, as a key function does in what a partial was given. */
export function handsOn(facts: CallFacts, value: Value): boolean {
  return new Vetting(facts).handsOn(value, 0);
}

/** Looks into one callee. What is too deep or too much to be looked through is not vetted. */
class Vetting {
  private left = MAX_VALUES;

  constructor(private readonly facts: CallFacts) {}

  isVetted(callee: Value, depth: number): boolean {
    const { inspect, index } = this.facts;
    const entry = inspect.global(callee);
    if (entry !== undefined) return isVettedName(index, entry);
    const origin = this.isSpent(depth) ? undefined : inspect.origin(callee);
    const maker = origin && inspect.global(origin.callee);
    if (origin === undefined || maker === undefined) return false;
    const name = qualified(maker.resolvedModule, maker.resolvedName);
    if (MAKERS.has(name) || GETTERS.has(name)) return true;
    if (!WRAPPERS.has(name)) return false;
    // A partial's function is the first item of its state, where it has one (functools.partial.__setstate__).
    const given = [inspect.items(origin.args)?.[0], inspect.items(origin.state)?.[0]];
    return (
      given.every((value) => value === undefined || this.isVetted(value, depth + 1)) &&
      [origin.args, origin.state].every((value) => !this.handsOn(value, depth))
    );
  }

  handsOn(value: Value, depth: number): boolean {
    const { inspect } = this.facts;
    if (this.isSpent(depth)) return true;
    if (value.kind === KIND.GLOBAL) return !this.isVetted(value, depth) && !isKnownClass(this.facts, value);
    const origin = inspect.origin(value);
    if (origin === undefined) return isContainer(value.kind) && this.holdsOne(value, depth);
    const maker = inspect.global(origin.callee);
    // What the file calls in turn is judged where it does so, but for what it binds.
    if (maker === undefined) return isMethodType(inspect, origin.callee) && this.handsOn(origin.args, depth + 1);
    if (this.isVetted(value, depth)) return false;
    const name = qualified(maker.resolvedModule, maker.resolvedName);
    if (SHARED.has(name) || FETCHERS.has(name)) return true;
    return [origin.args, origin.state].some((given) => this.handsOn(given, depth + 1));
  }

  private holdsOne(container: Value, depth: number): boolean {
    const { inspect } = this.facts;
    const items = inspect.items(container) ?? [];
    return items.length !== inspect.count(container) || items.some((item) => this.handsOn(item, depth + 1));
  }

  private isSpent(depth: number): boolean {
    return depth > MAX_DEPTH || this.left-- <= 0;
  }
}

/** `MethodType` as dill and cloudpickle fetch it. */
function isMethodType(inspect: Inspector, callee: Value): boolean {
  const [name] = inspect.items(inspect.origin(callee)?.args ?? callee) ?? [];
  return name !== undefined && inspect.text(name, 64) === "MethodType";
}

/** What calls its arguments, or makes classes of them, is as harmless as they are: called unseen, it is not vetted. */
function isVettedName(index: CallableIndex, { resolvedModule, resolvedName }: GlobalEntry): boolean {
  const name = qualified(resolvedModule, resolvedName);
  if (isCaller(name) || NEW_OBJECT.has(name) || mayBeMetaclass(resolvedName)) return false;
  if (index.calledSeverity(resolvedModule, resolvedName) !== undefined) return false;
  return index.classify(resolvedModule, resolvedName).kind === "harmless";
}

/** Like `objectionToCallee`, but any class of a known package may be made. */
export function objectionToMaker(facts: CallFacts, callee: Value | undefined): Objection | undefined {
  return callee !== undefined && isKnownClass(facts, callee) ? undefined : objectionToCallee(facts, callee);
}

export function isKnownClass({ inspect, index }: CallFacts, value: Value): boolean {
  const entry = inspect.global(value);
  if (entry === undefined || !isClassOrAcronym(entry.resolvedName)) return false;
  const verdict = index.classify(entry.resolvedModule, entry.resolvedName);
  return verdict.kind === "harmless" || (verdict.kind === "unknown" && verdict.origin !== "stdlib");
}

/** True for what a call returned that made nothing new. */
export function isShared({ inspect }: Pick<CallFacts, "inspect">, value: Value): boolean {
  const maker = value.kind === KIND.CALL ? inspect.origin(value) : undefined;
  const entry = maker && inspect.global(maker.callee);
  return entry !== undefined && SHARED.has(qualified(entry.resolvedModule, entry.resolvedName));
}
