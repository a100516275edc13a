// What pure Python expressions over constants come out as: names and code that are put together of pieces are seen whole.
import { MAX_FOLDED } from "./decode.js";
import { elementsOf, MAX_ITEMS } from "./elements.js";
import { foldPercent } from "./fold-text.js";
import { type Constant, constant, integerOf, textOf, type Value } from "./value.js";

type Mapping = Extract<Value, { kind: "mapping" }>;

/** `left op right` where both are constants or sequences; undefined where it cannot be said. */
export function foldOperation(operator: string, left: Value, right: Value): Value | undefined {
  if (left.kind === "collection" && right.kind === "collection" && operator === "+") {
    if (left.items.length + right.items.length > MAX_ITEMS) return undefined;
    return { kind: "collection", type: left.type, items: [...left.items, ...right.items] };
  }
  const template = textOf(left);
  if (template !== undefined && operator === "%") return foldPercent(template, right);
  if (left.kind !== "constant" || right.kind !== "constant") return undefined;
  const folded = concatenated(operator, left.value, right.value) ?? repeated(operator, left.value, right.value);
  if (folded !== undefined) return constant(folded);
  const [a, b] = [integerOf(left), integerOf(right)];
  return a === undefined || b === undefined ? undefined : foldIntegers(operator, a, b);
}

function concatenated(operator: string, left: Constant, right: Constant): Constant | undefined {
  if (operator !== "+") return undefined;
  if (typeof left === "string" && typeof right === "string") {
    return left.length + right.length <= MAX_FOLDED ? left + right : undefined;
  }
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    return left.length + right.length <= MAX_FOLDED ? Buffer.concat([left, right]) : undefined;
  }
  return undefined;
}

function repeated(operator: string, left: Constant, right: Constant): Constant | undefined {
  if (operator !== "*") return undefined;
  const [text, times] = typeof left === "string" ? [left, right] : [right, left];
  if (typeof text !== "string" || typeof times !== "number") return undefined;
  return text.length * times <= MAX_FOLDED ? text.repeat(Math.max(0, times)) : undefined;
}

function foldIntegers(operator: string, a: number, b: number): Value | undefined {
  const results: { readonly [operator: string]: () => number } = {
    "+": () => a + b,
    "-": () => a - b,
    "*": () => a * b,
    "^": () => Number(BigInt(a) ^ BigInt(b)),
    "&": () => Number(BigInt(a) & BigInt(b)),
    "|": () => Number(BigInt(a) | BigInt(b)),
    "<<": () => (b >= 0 && b < 32 ? a * 2 ** b : Number.NaN),
    ">>": () => (b >= 0 && b < 64 ? Math.floor(a / 2 ** b) : Number.NaN),
    "//": () => Math.floor(a / b),
    "%": () => a - b * Math.floor(a / b),
  };
  const result = Object.hasOwn(results, operator) ? results[operator]?.() : undefined;
  return result !== undefined && Number.isSafeInteger(result) ? constant(result) : undefined;
}

export interface SliceBounds {
  readonly start: Value | undefined;
  readonly stop: Value | undefined;
  readonly step: Value | undefined;
}

/** `value[start:stop:step]` of constant text, bytes or a sequence. */
export function foldSlice(value: Value, { start, stop, step }: SliceBounds): Value | undefined {
  const items = elementsOf(value);
  if (items === undefined) return undefined;
  const stride = isNone(step) ? 1 : integerOf(step);
  if (stride === undefined || stride === 0) return undefined;
  const forwards = stride > 0;
  const from = isNone(start) ? (forwards ? 0 : items.length - 1) : clampIndex(integerOf(start), items.length, forwards);
  const to = isNone(stop) ? (forwards ? items.length : -1) : clampIndex(integerOf(stop), items.length, forwards);
  if (from === undefined || to === undefined) return undefined;
  const picked: Value[] = [];
  for (let i = from; forwards ? i < to : i > to; i += stride) {
    const item = items[i];
    if (item !== undefined) picked.push(item);
  }
  return rebuilt(value, picked);
}

function isNone(value: Value | undefined): boolean {
  return value === undefined || (value.kind === "constant" && value.value === null);
}

function clampIndex(index: number | undefined, length: number, forwards: boolean): number | undefined {
  if (index === undefined) return undefined;
  const at = index < 0 ? index + length : index;
  return forwards ? Math.min(Math.max(at, 0), length) : Math.min(Math.max(at, -1), length - 1);
}

/** `value[key]` of a constant, a sequence or a mapping. */
export function foldItem(value: Value, key: Value): Value | undefined {
  if (value.kind === "mapping") {
    return key.kind === "constant" ? indexOf(value).get(key.value) : undefined;
  }
  const index = integerOf(key);
  const items = index === undefined ? undefined : elementsOf(value);
  return index === undefined ? undefined : items?.[index < 0 ? index + items.length : index];
}

const indexes = new WeakMap<Mapping, ReadonlyMap<Constant, Value>>();

/** The entries of a mapping by their constant keys; of two that are equal, the later counts. Made once: code may look up often. */
function indexOf(mapping: Mapping): ReadonlyMap<Constant, Value> {
  const known = indexes.get(mapping);
  if (known) return known;
  const index = new Map<Constant, Value>();
  for (const [key, value] of mapping.entries) if (key.kind === "constant") index.set(key.value, value);
  indexes.set(mapping, index);
  return index;
}

function rebuilt(like: Value, items: readonly Value[]): Value {
  if (like.kind === "constant" && typeof like.value === "string")
    return constant(items.map((item) => textOf(item) ?? "").join(""));
  if (like.kind === "constant") return constant(Uint8Array.from(items, (item) => integerOf(item) ?? 0));
  return { kind: "collection", type: like.kind === "collection" ? like.type : "list", items };
}
