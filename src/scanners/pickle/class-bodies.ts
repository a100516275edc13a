// Calls that make classes: out of a metaclass, bases and a body of the file's choice.

import { FLAG_HOOK } from "../../formats/pickle/containers.js";
import { isHook } from "../../formats/pickle/hooks.js";
import type { Inspector } from "../../formats/pickle/inspector.js";
import { isText, KIND, type Value } from "../../formats/pickle/value.js";
import type { CallFacts, Objection } from "./conditional.js";
import { pythonName } from "./express.js";
import { qualified } from "./qualified.js";
import { handsOn, isShared, isVetted, objectionToMaker } from "./vetting.js";

/** What makes ordinary classes. */
const METACLASSES = new Set(["builtins.type", "abc.ABCMeta", "enum.EnumMeta", "enum.EnumType"]);

/** A metaclass is called with a name, bases and a body, all of the file's choice. */
export function skeleton(facts: CallFacts): Objection | undefined {
  const [metaclass, , , body] = facts.args;
  const isOrdinary = metaclass !== undefined && isOrdinaryMetaclass(facts.inspect, metaclass);
  return (isOrdinary ? undefined : objectionToMaker(facts, metaclass)) ?? objectionToBody(facts, body);
}

function isOrdinaryMetaclass(inspect: Inspector, metaclass: Value): boolean {
  const entry = inspect.global(metaclass);
  return entry !== undefined && METACLASSES.has(qualified(entry.resolvedModule, entry.resolvedName));
}

/** `types.new_class(name, bases, {"metaclass": type}, partial(_setitems, source=body))` is how dill makes generic classes. */
export function newClass(facts: CallFacts): Objection | undefined {
  const { inspect } = facts;
  const [, , keywords, fill] = facts.args;
  const stated = keywords === undefined ? [] : [...inspect.entries(keywords)];
  const areOrdinary = stated.every(([name, value]) => name === "metaclass" && isOrdinaryMetaclass(inspect, value));
  if (!areOrdinary || (keywords !== undefined && stated.length * 2 !== inspect.count(keywords))) return MAKES_CLASS;
  if (fill === undefined || fill.kind === KIND.NONE) return undefined;
  const body = bodyOf(inspect, fill);
  return body === undefined ? MAKES_CLASS : objectionToBody(facts, body);
}

const MAKES_CLASS: Objection = { severity: "high", reason: "it makes a class" };

/** What a partial of dill's `_setitems` fills the namespace of a class with. */
function bodyOf(inspect: Inspector, fill: Value): Value | undefined {
  const origin = inspect.origin(fill);
  const maker = origin && inspect.global(origin.callee);
  if (!origin || !maker || qualified(maker.resolvedModule, maker.resolvedName) !== "functools.partial")
    return undefined;
  const [made, ...more] = inspect.items(origin.args) ?? [];
  const [stated, args, keywords, attributes] = inspect.items(origin.state) ?? [];
  const areBoth = [made, stated].every((value) => value !== undefined && isSetItems(inspect, value));
  const isPlain = more.length === 0 && args !== undefined && inspect.count(args) === 0 && keywords !== undefined;
  if (
    !areBoth ||
    !isPlain ||
    (attributes !== undefined && attributes.kind !== KIND.NONE && inspect.count(attributes) !== 0)
  )
    return undefined;
  const entries = inspect.entries(keywords);
  return entries.size === 1 && inspect.count(keywords) === 2 ? entries.get("source") : undefined;
}

function isSetItems(inspect: Inspector, value: Value): boolean {
  const entry = inspect.global(value);
  return entry !== undefined && qualified(entry.resolvedModule, entry.resolvedName) === "dill._dill._setitems";
}

/** Making the class calls `__new__` and `__init__` with each member's value. */
export function skeletonEnum(facts: CallFacts): Objection | undefined {
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
  return (classes.length === 0 ? isBody : hasClasses) ? MAKES_CLASS : undefined;
}

/** Restores the state of a class or function that the file made; given a name, it changes a library for the whole process. */
export function restores(facts: CallFacts): Objection | undefined {
  const [target, state] = facts.args;
  const entry = target && facts.inspect.global(target);
  if (entry !== undefined)
    return { severity: "critical", reason: `it changes ${pythonName(entry)} for the whole process` };
  if (target === undefined) return undefined;
  if (isShared(facts, target)) return { severity: "critical", reason: "it changes an object that others use" };
  const [attributes] = (state && facts.inspect.items(state)) ?? [state];
  return objectionToBody(facts, attributes);
}

/** Enum's functional form makes a class; with one argument a member is looked up. */
export function enumeration(facts: CallFacts): Objection | undefined {
  const [, members] = facts.args;
  const isPairs = members?.kind === KIND.LIST || members?.kind === KIND.TUPLE;
  if (isPairs && handsOn(facts, members))
    return { severity: "high", reason: "a member of it calls what nobody vetted" };
  return objectionToBody(facts, members);
}
