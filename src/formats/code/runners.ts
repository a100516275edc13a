import type { Given } from "./evaluator.js";
import type { Value } from "./value.js";

/** Callables that call what they are given. */
const RUNNERS = new Set([
  "builtins.map",
  "builtins.filter",
  "builtins.sorted",
  "builtins.max",
  "builtins.min",
  "builtins.apply",
  "functools.reduce",
  "atexit.register",
  "signal.signal",
  "asyncio.run",
  "threading.Timer",
  "sys.settrace",
  "sys.setprofile",
]);

/** Those that take what to call it with as one iterable. */
export const TAKES_ITEMS = new Set([
  "builtins.map",
  "builtins.filter",
  "builtins.sorted",
  "builtins.apply",
  "functools.reduce",
]);

/** `map(f, x)`, `atexit.register(f)`, `Thread(target=f)`, `pool.submit(f)`: the function runs, now or soon. */
export function runsItsArguments(callee: Value, given: Given): boolean {
  if (given.keywords.some(({ name }) => name === "target")) return true;
  if (callee.kind === "name") return RUNNERS.has(callee.path);
  return callee.kind === "attribute" && (callee.name === "submit" || callee.name === "map" || callee.name === "apply");
}

export function isPartial(callee: Value): boolean {
  return callee.kind === "name" && callee.path === "functools.partial";
}
