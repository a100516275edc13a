// Objects of classes that are dangerous in use, in a state in which they have nothing to work with.

import type { Inspector } from "../../formats/pickle/inspector.js";
import { KIND, type Value } from "../../formats/pickle/value.js";
import { classOf } from "./class-of.js";
import { qualified } from "./qualified.js";

type Idleness = (entries: ReadonlyMap<string, Value>) => boolean;

/**
 * joblib.memory.Memory without a folder keeps no results and reads none (Memory.cache returns a NotMemorizedFunc); what hdbscan and
 * pipelines keep is that. `cachedir` is its name before joblib 0.12.
 */
function hasNoFolder(entries: ReadonlyMap<string, Value>): boolean {
  const places = ["location", "cachedir", "store_backend"].flatMap((name) => entries.get(name) ?? []);
  const isNamed = entries.has("location") || entries.has("cachedir");
  return isNamed && places.every(({ kind }) => kind === KIND.NONE);
}

const IDLE: ReadonlyMap<string, Idleness> = new Map([["joblib.memory.Memory", hasNoFolder]]);

/** True for a class whose objects are judged by their state. */
export function mayBeIdle(qualifiedName: string): boolean {
  return IDLE.has(qualifiedName);
}

/** The imported class of an object and whether its state leaves it idle; `undefined` for objects of other classes. */
export function idleObject(
  inspect: Inspector,
  target: Value,
  state: Value,
): { readonly cls: Value; readonly isIdle: boolean } | undefined {
  const cls = classOf(inspect, target);
  const entry = cls && inspect.global(cls);
  const judge = entry && IDLE.get(qualified(entry.resolvedModule, entry.resolvedName));
  if (cls === undefined || judge === undefined) return undefined;
  const isWhole = state.kind === KIND.DICT && inspect.items(state)?.length === inspect.count(state);
  return { cls, isIdle: isWhole && judge(inspect.entries(state)) };
}
