// Callables that call what they are given, so that no REDUCE shows the call: each is as harmless as what it is given.

import { FLAG_HOOK } from "../../formats/pickle/containers.js";
import { isHook } from "../../formats/pickle/hooks.js";
import type { GlobalEntry, Inspector } from "../../formats/pickle/inspector.js";
import { isContainer, isText, KIND, type Value } from "../../formats/pickle/value.js";
import { classOf } from "./class-of.js";
import { type CallableIndex, isKnownClass as isOfKnownPackage } from "./classify.js";
import type { CallFacts, Condition, Objection } from "./conditional.js";
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
/** What makes ordinary classes. */
const METACLASSES = new Set(["builtins.type", "abc.ABCMeta", "enum.EnumMeta", "enum.EnumType"]);
/** Wrappers whose first argument is called when the wrapper is. */
const WRAPPERS = new Set(["functools.partial", "builtins.property", "builtins.staticmethod", "builtins.classmethod"]);
const MAX_DEPTH = 6;
/** Values looked at for one callee: the same one may lie in itself many times over. */
const MAX_VALUES = 1000;

/** An objection to `callee` being called unseen; `undefined` when it is nothing, vetted, or made by the file itself. */
export function objectionToCallee(facts: CallFacts, callee: Value | undefined): Objection | undefined {
  if (callee === undefined || callee.kind === KIND.NONE) return undefined;
  if (isVetted(facts, callee)) return undefined;
  const entry = facts.inspect.global(callee);
  return { severity: "high", reason: `it calls ${entry === undefined ? "what another call made" : pythonName(entry)}` };
}

function isVetted(facts: CallFacts, callee: Value): boolean {
  return new Vetting(facts).isVetted(callee, 0);
}

/** Whether a callable that nobody vetted lies in a value, as a key function does in what a partial was given. */
function handsOn(facts: CallFacts, value: Value): boolean {
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
  if (CALLERS.has(name) || NEW_OBJECT.has(name) || mayBeMetaclass(resolvedName)) return false;
  if (index.calledSeverity(resolvedModule, resolvedName) !== undefined) return false;
  return index.classify(resolvedModule, resolvedName).kind === "harmless";
}

/** Like `objectionToCallee`, but any class of a known package may be made. */
function objectionToMaker(facts: CallFacts, callee: Value | undefined): Objection | undefined {
  return callee !== undefined && isKnownClass(facts, callee) ? undefined : objectionToCallee(facts, callee);
}

function isKnownClass({ inspect, index }: CallFacts, value: Value): boolean {
  const entry = inspect.global(value);
  if (entry === undefined || !isClassOrAcronym(entry.resolvedName)) return false;
  const verdict = index.classify(entry.resolvedModule, entry.resolvedName);
  return verdict.kind === "harmless" || (verdict.kind === "unknown" && verdict.origin !== "stdlib");
}

/** Calls the argument at `position` with the one at `given`, or with the items of that. */
function callsArgument(position: number, given: number): Condition {
  return (facts) => objectionToCallee(facts, facts.args[position]) ?? objectionToReading(facts, position, given);
}

function objectionToReading(facts: CallFacts, position: number, given: number): Objection | undefined {
  const [callee, values] = [facts.args[position], facts.args[given]];
  const entry = callee && facts.inspect.global(callee);
  const condition = entry && READERS.get(qualified(entry.resolvedModule, entry.resolvedName));
  return values && condition?.({ ...facts, args: facts.inspect.items(values) ?? [values] });
}

/** `property(fget, fset, fdel, doc)`. */
function accessors(facts: CallFacts): Objection | undefined {
  const [get, set, del] = facts.args;
  return objectionToCallee(facts, get) ?? objectionToCallee(facts, set) ?? objectionToCallee(facts, del);
}

function makesOf(position: number): Condition {
  return (facts) =>
    isText(facts.args[position]?.kind ?? 0) ? undefined : objectionToMaker(facts, facts.args[position]);
}

/** A metaclass is called with a name, bases and a body, all of the file's choice. */
function skeleton(facts: CallFacts): Objection | undefined {
  const [metaclass, , , body] = facts.args;
  const isOrdinary = metaclass !== undefined && isOrdinaryMetaclass(facts.inspect, metaclass);
  return (isOrdinary ? undefined : objectionToMaker(facts, metaclass)) ?? objectionToBody(facts, body);
}

function isOrdinaryMetaclass(inspect: Inspector, metaclass: Value): boolean {
  const entry = inspect.global(metaclass);
  return entry !== undefined && METACLASSES.has(qualified(entry.resolvedModule, entry.resolvedName));
}

/** Making the class calls `__new__` and `__init__` with each member's value. */
function skeletonEnum(facts: CallFacts): Objection | undefined {
  return objectionToBody(facts, facts.args[3]);
}

/** Methods that Python calls on its own, set to an imported function. Those that the file makes are judged as code. */
export function objectionToBody(facts: CallFacts, body: Value | undefined): Objection | undefined {
  if (body === undefined) return undefined;
  const { inspect } = facts;
  // Picklers of classes write their attributes as a dict of texts.
  if (inspect.origin(body) !== undefined)
    return { severity: "high", reason: "its attributes are what another call made" };
  if (hasMadeNames(facts, body)) return { severity: "high", reason: "a name of its attributes is put together" };
  for (const [name, value] of inspect.entries(body)) {
    const isSpecial = isHook(name) || name === "__init__" || name === "__new__" || name === "__set_name__";
    if (!isSpecial || isVetted(facts, value) || isInherited(inspect, value, name)) continue;
    const imported = inspect.global(value);
    if (imported !== undefined) return { severity: "high", reason: `its method ${name} is ${pythonName(imported)}` };
    if (handsOn(facts, value)) return { severity: "high", reason: `its method ${name} calls what nobody vetted` };
  }
  return hidesHook(inspect, body)
    ? { severity: "medium", reason: "one of its many attributes is a special method" }
    : undefined;
}

/** A hook is among the attributes, and none among those that are remembered. */
function hidesHook(inspect: Inspector, body: Value): boolean {
  const info = body.kind === KIND.DICT ? inspect.heap.containerInfo(body.data) : undefined;
  return info !== undefined && (info.flags & FLAG_HOOK) !== 0 && ![...inspect.entries(body).keys()].some(isHook);
}

/** A callable that nobody vetted under a name that is no text, but may turn out to be one. */
function hasMadeNames(facts: CallFacts, body: Value): boolean {
  const items = (body.kind === KIND.DICT && facts.inspect.items(body)) || [];
  return items.some((value, i) => i % 2 === 1 && !isText(items[i - 1]?.kind ?? KIND.NONE) && handsOn(facts, value));
}

/** `Enum.__new__` and the like are how classes inherit by hand. */
function isInherited(inspect: Inspector, value: Value, name: string): boolean {
  return inspect.global(value)?.resolvedName.endsWith(`.${name}`) === true;
}

/** `Meta(name, bases, body)` makes a class, and its methods are what the file says. */
export function objectionToClass({ inspect, args }: CallFacts): Objection | undefined {
  const [name, bases, body] = args;
  if (args.length !== 3 || !name || !bases || !body) return undefined;
  if (!isText(name.kind) || bases.kind !== KIND.TUPLE || body.kind !== KIND.DICT) return undefined;
  const classes = inspect.items(bases) ?? [];
  const hasClasses = classes.every(({ kind }) => kind === KIND.GLOBAL || kind === KIND.CALL);
  const isBody = [...inspect.entries(body).keys()].some((key) => isHook(key) || /^__\w{1,40}__$/.test(key));
  return (classes.length === 0 ? isBody : hasClasses) ? { severity: "high", reason: "it makes a class" } : undefined;
}

/** Classes of sympy whose argument is a name. All others hand texts to `sympify`, which evaluates them. */
const NAMED_SYMBOLS =
  /(?:^|\.)(?:\w{0,40}Symbol|Dummy|Wild|Str|Function|UndefinedFunction|Float|Integer|Rational|Idx|IndexedBase|Basic)$/;

/** An object of sympy made with a text. */
export function objectionToExpression(
  { inspect, args }: CallFacts,
  module: string,
  name: string,
): Objection | undefined {
  if (!/^sympy(?:\.|$)/.test(module) || NAMED_SYMBOLS.test(name)) return undefined;
  const text = args.map((arg) => inspect.text(arg, 4096)).find((arg) => arg !== undefined);
  if (text === undefined) return undefined;
  const isCode = /[(.]|__/.test(text);
  return { severity: isCode ? "critical" : "low", reason: "it may evaluate a text" };
}

/** Restores the state of a class or function that the file made; given a name, it changes a library for the whole process. */
function restores(facts: CallFacts): Objection | undefined {
  const [target, state] = facts.args;
  const entry = target && facts.inspect.global(target);
  if (entry !== undefined)
    return { severity: "critical", reason: `it changes ${pythonName(entry)} for the whole process` };
  if (target === undefined) return undefined;
  if (isShared(facts, target)) return { severity: "critical", reason: "it changes an object that others use" };
  const [attributes] = (state && facts.inspect.items(state)) ?? [state];
  return objectionToBody(facts, attributes);
}

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

/** True for what a call returned that made nothing new. */
export function isShared({ inspect }: Pick<CallFacts, "inspect">, value: Value): boolean {
  const maker = value.kind === KIND.CALL ? inspect.origin(value) : undefined;
  const entry = maker && inspect.global(maker.callee);
  return entry !== undefined && SHARED.has(qualified(entry.resolvedModule, entry.resolvedName));
}

/** A factory is called without arguments; only a partial carries some. */
function factory(facts: CallFacts): Objection | undefined {
  const [given] = facts.args;
  return given === undefined || isVettedFactory(facts, given, 0) ? undefined : objectionToCallee(facts, given);
}

/**
 * `partial(defaultdict, int)`, `partial(numpy.zeros, 5)`, `partial(SomeClass)`, `partial(Random().gauss, 0, 1)`, `some_object.method`: without
 * arguments of its own, a partial can be judged whole.
 */
function isVettedFactory(facts: CallFacts, value: Value, depth: number): boolean {
  if (value.kind !== KIND.CALL) return true;
  const { inspect } = facts;
  const origin = inspect.origin(value);
  const maker = origin && inspect.global(origin.callee);
  if (origin === undefined || maker === undefined || depth > MAX_DEPTH) return false;
  const name = qualified(maker.resolvedModule, maker.resolvedName);
  if (name === "builtins.getattr") return isMethodOf(facts, value, isOfKnown);
  if (name !== "functools.partial") return !handsOn(facts, value);
  const [made, ...madeArgs] = inspect.items(origin.args) ?? [];
  const [stated = made, ...rest] = inspect.items(origin.state) ?? [];
  const [statedArgs, keywords] = rest;
  const given = statedArgs === undefined ? madeArgs : (inspect.items(statedArgs) ?? []);
  if (keywords !== undefined && handsOn(facts, keywords)) return false;
  // copyreg writes the same function twice.
  return [made, stated].every(
    (target) =>
      target !== undefined &&
      (isVettedTarget({ ...facts, args: given }, target, depth) ||
        isMethodOf(facts, target, isGenerator) ||
        isInitializer(facts, target, rest)),
  );
}

function isVettedTarget(facts: CallFacts, target: Value, depth: number): boolean {
  const given = facts.args;
  const entry = facts.inspect.global(target);
  const name = entry && qualified(entry.resolvedModule, entry.resolvedName);
  if (name === "collections.defaultdict") return given[0] === undefined || isVettedFactory(facts, given[0], depth + 1);
  const isMeant = name === "copy.deepcopy" || isVetted(facts, target) || isKnownClass(facts, target);
  return isMeant && !given.some((value) => handsOn(facts, value));
}

/** A public method of an object that the file makes of such a class. */
function isMethodOf(facts: CallFacts, value: Value, isMeant: (facts: CallFacts, cls: Value) => boolean): boolean {
  const { inspect } = facts;
  const origin = inspect.origin(value);
  const maker = origin && inspect.global(origin.callee);
  if (!maker || qualified(maker.resolvedModule, maker.resolvedName) !== "builtins.getattr") return false;
  const [owner, attribute] = inspect.items(origin?.args ?? value) ?? [];
  const name = attribute && inspect.text(attribute, 64);
  const cls = owner && classOf(inspect, owner);
  return name !== undefined && !name.startsWith("__") && cls !== undefined && isMeant(facts, cls);
}

function isOfKnown({ inspect, index }: CallFacts, cls: Value): boolean {
  const entry = inspect.global(cls);
  if (entry === undefined || !isClassOrAcronym(entry.resolvedName)) return false;
  return isOfKnownPackage(index.classify(entry.resolvedModule, entry.resolvedName));
}

/** No method of a generator of random numbers calls anything. */
function isGenerator({ inspect }: CallFacts, cls: Value): boolean {
  const entry = inspect.global(cls);
  return entry !== undefined && qualified(entry.resolvedModule, entry.resolvedName) === "random.Random";
}

/** An object of a known class that is called with numbers: how river makes the weights of what it meets. */
function isInitializer(facts: CallFacts, target: Value, given: readonly Value[]): boolean {
  const cls = classOf(facts.inspect, target);
  return cls !== undefined && isOfKnown(facts, cls) && given.every((part) => holdsNumbers(facts.inspect, part));
}

/** Positional arguments, keywords and their values, or the attributes of a partial, which has none. */
function holdsNumbers(inspect: Inspector, part: Value): boolean {
  if (part.kind === KIND.NONE) return true;
  if (part.kind !== KIND.TUPLE && part.kind !== KIND.DICT) return false;
  const items = inspect.items(part) ?? [];
  const values = part.kind === KIND.DICT ? items.filter((_, i) => i % 2 === 1) : items;
  return (
    items.length === inspect.count(part) &&
    values.every(({ kind }) => kind === KIND.INT || kind === KIND.FLOAT || kind === KIND.BOOL || kind === KIND.NONE)
  );
}

/** `Union[int, str]`: an item of something that the file made is taken by a method of it. */
function parametrized(facts: CallFacts): Objection | undefined {
  const [origin] = facts.args;
  if (origin?.kind !== KIND.CALL && origin?.kind !== KIND.INSTANCE) return undefined;
  if (isVetted(facts, origin)) return undefined;
  return { severity: "medium", reason: "it takes an item of what another call made" };
}

/** Printing, hashing, measuring an object calls methods of it, and its state may have replaced what they call. */
function readsObject(facts: CallFacts): Objection | undefined {
  const isObject = facts.args.some(
    (arg) =>
      arg.kind === KIND.INSTANCE || (arg.kind === KIND.CALL && facts.inspect.origin(arg)?.state.kind !== KIND.NONE),
  );
  return isObject ? { severity: "medium", reason: "it runs methods of an object" } : undefined;
}

/** Enum's functional form makes a class; with one argument a member is looked up. */
function enumeration(facts: CallFacts): Objection | undefined {
  const [, members] = facts.args;
  const isPairs = members?.kind === KIND.LIST || members?.kind === KIND.TUPLE;
  if (isPairs && handsOn(facts, members))
    return { severity: "high", reason: "a member of it calls what nobody vetted" };
  return objectionToBody(facts, members);
}

/** Without a stream the file is read whose name is given. */
function timezoneFile({ args }: CallFacts): Objection | undefined {
  const [stream] = args;
  return stream === undefined || stream.kind === KIND.NONE
    ? undefined
    : { severity: "high", reason: "it reads a file" };
}

/** Functions that do no harm by themselves: of Python, which run methods of what they are given, and of numpy, which makes what it is given. */
const READERS: ReadonlyMap<string, Condition> = new Map<string, Condition>([
  ...["ascii", "bool", "format", "hash", "len", "print", "repr", "str"].map((name): [string, Condition] => [
    `builtins.${name}`,
    readsObject,
  ]),
  ["numpy.random._pickle.__bit_generator_ctor", makesOf(0)],
]);

const CALLERS: ReadonlyMap<string, Condition> = new Map<string, Condition>([
  ["torch._tensor._rebuild_from_type", callsArgument(0, 2)],
  ["torch._tensor._rebuild_from_type_v2", callsArgument(0, 2)],
  ["torch.tensor._rebuild_from_type", callsArgument(0, 2)],
  ["torch.tensor._rebuild_from_type_v2", callsArgument(0, 2)],
  ["jax._src.array._reconstruct_array", callsArgument(0, 1)],
  ["dill._dill._create_array", callsArgument(0, 1)],
  ["numpy.random._pickle.__generator_ctor", callsArgument(1, 0)],
  ["numpy.random._pickle.__randomstate_ctor", callsArgument(1, 0)],
  ["itertools.groupby", callsArgument(1, 0)],
  ["itertools.accumulate", callsArgument(1, 0)],
  ["builtins.property", accessors],
  ["collections.defaultdict", factory],
  ["cloudpickle.cloudpickle._make_skeleton_class", skeleton],
  ["dill._dill._create_type", skeleton],
  ["cloudpickle.cloudpickle._make_skeleton_enum", skeletonEnum],
  ["cloudpickle.cloudpickle._make_parametrized_type", parametrized],
  ["cloudpickle.cloudpickle._class_setstate", restores],
  ["cloudpickle.cloudpickle._function_setstate", restores],
  ["cloudpickle.cloudpickle._fill_function", restores],
  ["enum.Enum", enumeration],
  ["enum.Flag", enumeration],
  ["enum.IntEnum", enumeration],
  ["enum.IntFlag", enumeration],
  ["enum.StrEnum", enumeration],
  ["enum.FlagBoundary", enumeration],
  ["dateutil.tz.tz.tzfile", timezoneFile],
]);

export const CALLBACKS: ReadonlyMap<string, Condition> = new Map([...CALLERS, ...READERS]);
