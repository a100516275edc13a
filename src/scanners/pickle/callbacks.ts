// Callables that call what they are given, so that no REDUCE shows the call: each is as harmless as what it is given.

import { isText, KIND } from "../../formats/pickle/value.js";
import type { CALLER_NAMES } from "./caller-names.js";
import { enumeration, newClass, restores, skeleton, skeletonEnum } from "./class-bodies.js";
import type { CallFacts, Condition, Objection } from "./conditional.js";
import { factory } from "./factories.js";
import { qualified } from "./qualified.js";
import { isVetted, objectionToCallee, objectionToMaker } from "./vetting.js";

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

const CALLERS: Readonly<Record<(typeof CALLER_NAMES)[number], Condition>> = {
  "torch._tensor._rebuild_from_type": callsArgument(0, 2),
  "torch._tensor._rebuild_from_type_v2": callsArgument(0, 2),
  "torch.tensor._rebuild_from_type": callsArgument(0, 2),
  "torch.tensor._rebuild_from_type_v2": callsArgument(0, 2),
  "jax._src.array._reconstruct_array": callsArgument(0, 1),
  "dill._dill._create_array": callsArgument(0, 1),
  "numpy.random._pickle.__generator_ctor": callsArgument(1, 0),
  "numpy.random._pickle.__randomstate_ctor": callsArgument(1, 0),
  "itertools.groupby": callsArgument(1, 0),
  "itertools.accumulate": callsArgument(1, 0),
  "builtins.property": accessors,
  "collections.defaultdict": factory,
  "cloudpickle.cloudpickle._make_skeleton_class": skeleton,
  "dill._dill._create_type": skeleton,
  "cloudpickle.cloudpickle._make_skeleton_enum": skeletonEnum,
  "cloudpickle.cloudpickle._make_parametrized_type": parametrized,
  "cloudpickle.cloudpickle._class_setstate": restores,
  "cloudpickle.cloudpickle._function_setstate": restores,
  "cloudpickle.cloudpickle._fill_function": restores,
  "types.new_class": newClass,
  "enum.Enum": enumeration,
  "enum.Flag": enumeration,
  "enum.IntEnum": enumeration,
  "enum.IntFlag": enumeration,
  "enum.StrEnum": enumeration,
  "enum.FlagBoundary": enumeration,
  "dateutil.tz.tz.tzfile": timezoneFile,
};

export const CALLBACKS: ReadonlyMap<string, Condition> = new Map([...Object.entries(CALLERS), ...READERS]);
