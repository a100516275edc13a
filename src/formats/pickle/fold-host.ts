import type { GlobalEntry, Inspector } from "./inspector.js";
import { canonicalModule } from "./names.js";
import { isBytes, isText, KIND, type Value } from "./value.js";

/** Results beyond this are not computed. */
export const MAX_RESULT = 4 << 20;
const MAX_DEPTH = 6;
/** Looking at a value takes as long as computing with a text of so many characters. */
const VALUE_COST = 64;

/** A method of a constant, as `getattr("", "join")` makes it. */
export class Bound {
  constructor(
    readonly self: Host,
    readonly method: string,
  ) {}
}

export class Slice {
  constructor(
    readonly start: number | null,
    readonly stop: number | null,
    readonly step: number | null,
  ) {}
}

export type Host = string | Uint8Array | number | boolean | null | readonly Host[] | GlobalEntry | Bound | Slice;

/** The constant that a value is, undefined where it is none. */
export function hostOf(inspect: Inspector, value: Value, depth: number): Host | undefined {
  if (depth > MAX_DEPTH || !inspect.affords(VALUE_COST)) return undefined;
  if (isText(value.kind) || isBytes(value.kind)) return inspect.exact(value, MAX_RESULT);
  switch (value.kind) {
    case KIND.NONE:
      return null;
    case KIND.INT:
      return Number.isSafeInteger(value.data) ? value.data : undefined;
    case KIND.BOOL:
      return value.data === 1;
    case KIND.GLOBAL:
      return inspect.global(value);
    case KIND.TUPLE:
    case KIND.LIST:
      return itemsOf(inspect, value, depth);
    case KIND.CALL:
      return callOf(inspect, value, depth);
    default:
      return undefined;
  }
}

export function itemsOf(inspect: Inspector, value: Value, depth: number): Host[] | undefined {
  const items = inspect.items(value);
  if (items === undefined || items.length !== inspect.count(value)) return undefined;
  const hosts: Host[] = [];
  for (const item of items) {
    const host = hostOf(inspect, item, depth + 1);
    if (host === undefined) return undefined;
    hosts.push(host);
  }
  return hosts;
}

/** Whose results are values of their own. */
const VALUES = new Set([
  "builtins.slice",
  "builtins.getattr",
  "operator.attrgetter",
  "operator.itemgetter",
  "operator.methodcaller",
]);

/** Call results that are values of their own: slices, bound methods of constants, and `attrgetter("x")`. */
export function callOf(inspect: Inspector, value: Value, depth: number): Host | undefined {
  const origin = inspect.origin(value);
  const callee = origin && inspect.global(origin.callee);
  // A list of arguments may have been changed since.
  if (!origin || !callee || origin.args.kind !== KIND.TUPLE) return undefined;
  const name = qualified(callee);
  if (!VALUES.has(name)) return undefined;
  const args = itemsOf(inspect, origin.args, depth + 1);
  if (args === undefined) return undefined;
  if (name === "builtins.slice") return sliceOf(args);
  const [first, second] = args;
  if (name === "builtins.getattr" && isConstant(first) && typeof second === "string") return new Bound(first, second);
  if ((name === "operator.attrgetter" || name === "operator.itemgetter") && args.length === 1 && first !== undefined) {
    return new Bound(first, name);
  }
  if (name === "operator.methodcaller" && typeof first === "string") return new Bound(args, name);
  return undefined;
}

function isConstant(host: Host | undefined): host is string | Uint8Array {
  return typeof host === "string" || host instanceof Uint8Array;
}

export function isGlobal(host: Host | undefined): host is GlobalEntry {
  return typeof host === "object" && host !== null && "resolvedModule" in host;
}

export function sliceOf(args: readonly Host[]): Slice | undefined {
  const bounds = args.map((arg) => (typeof arg === "number" || arg === null ? arg : undefined));
  if (bounds.includes(undefined)) return undefined;
  const [a = null, b = null, c = null] = bounds as (number | null)[];
  return args.length === 1 ? new Slice(null, a, null) : new Slice(a, b, c);
}

export function qualified(entry: GlobalEntry): string {
  return `${canonicalModule(entry.resolvedModule)}.${entry.resolvedName}`;
}
