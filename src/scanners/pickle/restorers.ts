// Functions by which libraries restore objects of their own: harmless with what these libraries write.

import type { GlobalEntry } from "../../formats/pickle/inspector.js";
import { isBytes, KIND, type Value } from "../../formats/pickle/value.js";
import { objectionToBody } from "./class-bodies.js";
import { isKnownClass } from "./classify.js";
import type { CallFacts, Condition, Objection } from "./conditional.js";
import { pythonName } from "./express.js";
import { isClassOrAcronym } from "./names-of-classes.js";
import { qualified } from "./qualified.js";

/** The class among the arguments is made with the others: it must be one of the library. */
function makesOwn(position: number, module: RegExp): Condition {
  return ({ inspect, args }) => {
    const entry = args[position] && inspect.global(args[position]);
    if (entry && module.test(entry.resolvedModule) && isClassOrAcronym(entry.resolvedName)) return undefined;
    return {
      severity: "high",
      reason: `it makes ${entry ? pythonName(entry) : "something that is no imported class"}`,
    };
  };
}

/** astropy.wcs.wcs.__WCS_unpickle__: an empty object of the class, and the header of a FITS file that is in the pickle. */
function coordinates(facts: CallFacts): Objection | undefined {
  const file = facts.args[2];
  if (file === undefined || !isBytes(file.kind))
    return { severity: "medium", reason: "the file that it reads is not a constant" };
  return makesOwn(0, /^astropy\.wcs(?:\.|$)/)(facts);
}

/** sympy.core.function._rebuild_undef(name, assumptions) makes a class, of other bases and another body where these are named. */
function undefinedFunction({ inspect, args }: CallFacts): Objection | undefined {
  const [name, assumptions] = args;
  const items = assumptions?.kind === KIND.DICT ? (inspect.items(assumptions) ?? []) : undefined;
  const isWhole = assumptions !== undefined && items?.length === inspect.count(assumptions);
  const areFlags = items?.every((item, i) => i % 2 === 0 || item.kind === KIND.BOOL || item.kind === KIND.NONE);
  if (name && inspect.text(name, 256) !== undefined && isWhole && areFlags) return undefined;
  return { severity: "high", reason: "it makes a class of what is given" };
}

const curry: Condition = ({ inspect, args }) => {
  const entry = args[0] && inspect.global(args[0]);
  if (entry && qualified(entry.resolvedModule, entry.resolvedName) === "toolz.functoolz.curry") return undefined;
  return { severity: "high", reason: `it makes ${entry ? pythonName(entry) : "something that is no imported class"}` };
};

/** toolz imports the function of a curried one by its name, `module:function`. */
function curried(facts: CallFacts): Objection | undefined {
  const { inspect, index, args } = facts;
  const target = args[1];
  const name = target && inspect.text(target, 512);
  const strange = curry(facts);
  if (strange !== undefined) return strange;
  if (name === undefined)
    return target?.kind === KIND.GLOBAL ? undefined : { severity: "high", reason: "what it curries is not a name" };
  const cut = name.lastIndexOf(":");
  const found = index.classify(name.slice(0, Math.max(cut, 0)), name.slice(cut + 1));
  if (found.kind === "dangerous" || found.kind === "walk")
    return { severity: found.severity, reason: `it fetches ${name}` };
  return isKnownClass(found) ? undefined : { severity: "medium", reason: `it fetches ${name}, which is not known` };
}

const CREATOR = "deap.creator.meta_create";
/** Under this name the class becomes a global of deap.creator: one that begins like a class hides nothing there. */
const CLASS_NAME = /^[A-Z]\w{0,80}$/;

/** deap makes classes by name, base and attributes; attributes that are classes are made whenever an object is. */
function created(facts: CallFacts): Objection | undefined {
  const { inspect, index, args } = facts;
  const [name, base, body] = args;
  const text = name && inspect.text(name, 128);
  if (text === undefined || !CLASS_NAME.test(text)) return { severity: "medium", reason: "the name of the class" };
  if (!isOrdinary(facts, base)) return { severity: "medium", reason: "the base of the class is not known" };
  const items = body?.kind === KIND.DICT ? (inspect.items(body) ?? []) : undefined;
  if (body === undefined || items === undefined || items.length !== inspect.count(body))
    return { severity: "medium", reason: "the attributes of the class are not all known" };
  const strange = items.find(
    (item, i) => i % 2 === 1 && inspect.global(item) !== undefined && !isOrdinary(facts, item),
  );
  const entry: GlobalEntry | undefined = strange && inspect.global(strange);
  if (entry !== undefined) return { severity: "high", reason: `it calls ${pythonName(entry)} for every object` };
  return objectionToBody({ inspect, index, args }, body);
}

/** A known class, or one that deap made. */
function isOrdinary({ inspect, index }: CallFacts, value: Value | undefined): boolean {
  const entry = value && inspect.global(value);
  if (entry !== undefined) return isKnownClass(index.classify(entry.resolvedModule, entry.resolvedName));
  const made = value && inspect.origin(value);
  const maker = made && inspect.global(made.callee);
  return maker !== undefined && qualified(maker.resolvedModule, maker.resolvedName) === CREATOR;
}

/** numba.core.types.abstract._type_reconstructor calls its first argument with the second, and interns the type that this makes. */
function internedType({ inspect, args }: CallFacts): Objection | undefined {
  const maker = args[0] && inspect.global(args[0]);
  const [cls, base] = (args[1] && inspect.items(args[1])) ?? [];
  const type = cls && inspect.global(cls);
  const root = base && inspect.global(base);
  const isOwn =
    maker &&
    qualified(maker.resolvedModule, maker.resolvedName) === "copyreg._reconstructor" &&
    type?.resolvedModule.startsWith("numba.core.types.") &&
    root &&
    pythonName(root) === "object";
  return isOwn ? undefined : { severity: "high", reason: "it calls what is given" };
}

export const RESTORERS: ReadonlyMap<string, Condition> = new Map<string, Condition>([
  ["astropy.units.core._recreate_irreducible_unit", makesOwn(0, /^astropy\.units(?:\.|$)/)],
  ["astropy.wcs.wcs.__WCS_unpickle__", coordinates],
  ["cftime._cftime._create_datetime", makesOwn(0, /^cftime(?:\.|$)/)],
  [CREATOR, created],
  ["numba.core.types.abstract._type_reconstructor", internedType],
  ["sympy.core.function._rebuild_undef", undefinedFunction],
  ["toolz.functoolz._restore_curry", curried],
]);
