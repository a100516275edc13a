import type { GlobalEntry, Inspector } from "../../formats/pickle/inspector.js";
import { KIND, type Value } from "../../formats/pickle/value.js";

/** copyreg's ways to make an object without calling its class, which is their first argument. */
const NEW_OBJECT = /(?:^|\.)(?:_reconstructor|__newobj__|__newobj_ex__)$/;

/** What an object was made of: what NEWOBJ or REDUCE was given, or what one of copyreg's functions was given that stand for NEWOBJ. */
export function classOf(inspect: Inspector, object: Value): Value | undefined {
  const made = inspect.origin(object);
  const maker = made && inspect.global(made.callee);
  return made && maker && NEW_OBJECT.test(maker.resolvedName) ? inspect.items(made.args)?.[0] : made?.callee;
}

/** The imported class of an object, however it was made; the imported bases of a class that the file makes. */
export function importedClassesOf(inspect: Inspector, object: Value): GlobalEntry[] {
  const cls = classOf(inspect, object);
  if (cls === undefined) return [];
  const entry = inspect.global(cls);
  if (entry !== undefined) return [entry];
  const origin = inspect.origin(cls);
  const given = (origin && inspect.items(origin.args)) ?? [];
  const bases = given.flatMap((value) => (value.kind === KIND.TUPLE ? (inspect.items(value) ?? []) : []));
  return bases.flatMap((base) => inspect.global(base) ?? []);
}
