import type { Policy } from "./policy.js";
import type { PolicyLayer } from "./schema.js";

type Value = unknown;

/**
 * Lays a user's file over the rule base. Tables merge key by key, lists are added to, single values replace. A callable that the user lists
 * moves to where the user lists it: the default's opinion about that name no longer counts, in either direction.
 */
export function mergeLayers(base: Policy, over: PolicyLayer): Policy {
  const pickles = listedIn(over.pickle_rules);
  const cleared = {
    ...base,
    pickle_rules: withoutSorted(base.pickle_rules, pickles),
    safe_globals: without(base.safe_globals, pickles),
    called_rules: withoutSorted(base.called_rules, [...pickles, ...Object.entries(over.safe_globals ?? {})]),
    code_rules: withoutSorted(base.code_rules, listedIn(over.code_rules)),
  };
  return merge(cleared, over) as Policy; // a whole policy and a checked layer of the same shape
}

function merge(base: Value, over: Value): Value {
  if (over === undefined) return base;
  if (Array.isArray(base) && Array.isArray(over)) return [...new Set([...base, ...over])];
  if (isTable(base) && isTable(over)) {
    const merged = new Map(Object.entries(base));
    for (const [key, value] of Object.entries(over)) merged.set(key, merge(merged.get(key), value));
    return Object.fromEntries(merged);
  }
  return base === "*" && Array.isArray(over) ? base : over;
}

function isTable(value: Value): value is Record<string, Value> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Module -> names, or "*". */
type Modules = Readonly<Record<string, Value>>;
/** Severity or capability -> modules. */
type Sorted = Readonly<Record<string, Modules | undefined>>;

function listedIn(sorted: Sorted = {}): [string, Value][] {
  return Object.values(sorted).flatMap((modules) => Object.entries(modules ?? {}));
}

function withoutSorted(sorted: Sorted = {}, listed: readonly [string, Value][]): Sorted {
  return Object.fromEntries(Object.entries(sorted).map(([key, modules]) => [key, without(modules ?? {}, listed)]));
}

/** The modules without the listed names; a listed "*" removes the module and its submodules. */
function without(modules: Modules, listed: readonly [string, Value][]): Modules {
  const kept = new Map(Object.entries(modules));
  for (const [module, names] of listed) {
    for (const [known, values] of kept) {
      if (names === "*" && (known === module || known.startsWith(`${module}.`))) kept.delete(known);
      else if (known === module && Array.isArray(values) && Array.isArray(names))
        kept.set(
          known,
          values.filter((name) => !names.includes(name)),
        );
    }
  }
  return Object.fromEntries(kept);
}
