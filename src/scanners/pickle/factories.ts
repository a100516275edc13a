// Factories that a collection calls for what is missing in it.

import type { Inspector } from "../../formats/pickle/inspector.js";
import { KIND, type Value } from "../../formats/pickle/value.js";
import { classOf } from "./class-of.js";
import { isKnownClass as isOfKnownPackage } from "./classify.js";
import type { CallFacts, Objection } from "./conditional.js";
import { isClassOrAcronym } from "./names-of-classes.js";
import { qualified } from "./qualified.js";
import { handsOn, isKnownClass, isVetted, objectionToCallee } from "./vetting.js";

/** Partials in partials that are followed. */
const MAX_DEPTH = 6;

/** A factory is called without arguments; only a partial carries some. */
export function factory(facts: CallFacts): Objection | undefined {
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
