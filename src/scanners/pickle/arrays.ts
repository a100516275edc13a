import type { Inspector } from "../../formats/pickle/inspector.js";
import { canonicalModule } from "../../formats/pickle/names.js";
import { isText, KIND, type Value } from "../../formats/pickle/value.js";
import { importedClassesOf } from "./class-of.js";

/** What joblib's loader reads from the file right after the BUILD of a NumpyArrayWrapper (joblib/numpy_pickle.py, 1.x). */
export type RawArray =
  /** `bytes` of array data; with `aligned`, a byte that counts padding and the padding come first. */
  | { readonly kind: "data"; readonly bytes: number; readonly aligned: boolean }
  /** An array of Python objects: a pickle of its own stands here. */
  | { readonly kind: "pickle" }
  | { readonly kind: "unknown" };

/** joblib's own, or the copy that sklearn had, by whatever path. */
const WRAPPER = /(?:^|\.)joblib\.(?:\w{1,40}\.){0,4}NumpyArrayWrapper$/;
/** One type: "f8,f8" and "(2,)f8" are several, and longer. */
const SIMPLE_TYPE = /^[<>=|]?([?a-zA-Z])(\d{0,9})(?:\[[^\]]{1,20}\])?$/;
const NPY_ITEM_REFCOUNT = 1;
const MAX_DIMENSIONS = 64;

/** True for the object whose state announces raw array data: joblib asks `isinstance`, however it was made. */
export function isArrayWrapper(inspect: Inspector, target: Value): boolean {
  return importedClassesOf(inspect, target).some(({ resolvedModule, resolvedName }) =>
    WRAPPER.test(`${resolvedModule}.${resolvedName}`),
  );
}

export function rawArrayOf(inspect: Inspector, state: Value): RawArray {
  if (!isPlain(inspect, state)) return { kind: "unknown" };
  const entries = inspect.entries(state);
  const dtype = entries.get("dtype");
  const shape = entries.get("shape");
  if (dtype === undefined || shape === undefined) return { kind: "unknown" };
  const item = itemOf(inspect, dtype);
  if (item === undefined) return { kind: "unknown" };
  if (item.objects) return { kind: "pickle" };
  const dimensions = inspect.items(shape);
  if (dimensions === undefined || dimensions.length > MAX_DIMENSIONS) return { kind: "unknown" };
  let count = 1;
  for (const { kind, data } of dimensions) {
    if (kind !== KIND.INT || !(data >= 0)) return { kind: "unknown" };
    count *= data;
  }
  const bytes = count * item.size;
  if (!Number.isSafeInteger(bytes)) return { kind: "unknown" };
  const alignment = entries.get("numpy_array_alignment_bytes");
  return { kind: "data", bytes, aligned: alignment !== undefined && alignment.kind !== KIND.NONE };
}

/** A dict whose entries are all remembered and named by constants: a later entry replaces an earlier one. */
function isPlain(inspect: Inspector, state: Value): boolean {
  const items = state.kind === KIND.DICT ? inspect.items(state) : undefined;
  return items?.length === inspect.count(state) && items.every(({ kind }, i) => i % 2 === 1 || isText(kind));
}

/** Size in bytes and whether items are Python objects, of `numpy.dtype(code, align, copy)` with its state. */
function itemOf(inspect: Inspector, dtype: Value): { size: number; objects: boolean } | undefined {
  const origin = inspect.origin(dtype);
  const maker = origin && inspect.global(origin.callee);
  if (!maker || !/^numpy(?:\.|$)/.test(canonicalModule(maker.resolvedModule)) || maker.resolvedName !== "dtype")
    return undefined;
  const [written] = inspect.items(origin.args) ?? [];
  const text = written && isText(written.kind) ? inspect.text(written, 32) : undefined;
  const [, code, digits] = (text !== undefined && SIMPLE_TYPE.exec(text)) || [];
  const state = origin.state.kind === KIND.NONE ? [] : inspect.items(origin.state);
  // Tuples of other lengths are of other versions and have the size elsewhere (arraydescr_setstate in numpy's descriptor.c).
  if (code === undefined || state === undefined || ![0, 8, 9].includes(state.length)) return undefined;
  const size = sizeOf(code, Number(digits), state[5]);
  const objects = hasObjects(inspect, code, state);
  return size === undefined || objects === undefined ? undefined : { size, objects };
}

/** Structured, byte and text types have the size that their state says; of all others the code alone decides. */
function sizeOf(code: string, count: number, stated: Value | undefined): number | undefined {
  const isFlexible = code === "V" || code === "S" || code === "a" || code === "U";
  if (isFlexible && stated !== undefined) return stated.kind === KIND.INT && stated.data >= 0 ? stated.data : undefined;
  if (isFlexible) return count * (code === "U" ? 4 : 1);
  const size = code === "?" ? 1 : code === "O" ? 8 : count;
  return size > 0 ? size : undefined;
}

/**
 * `dtype.hasobject`: (version, order, subdtype, names, fields, size, alignment, flags). Since version 3 the flags decide, whatever the type
 * is: numbers that are said to be objects are unpickled (numpy, arraydescr_setstate).
 */
function hasObjects(inspect: Inspector, code: string, state: readonly Value[]): boolean | undefined {
  const [version, , , , fields, , , flags] = state;
  if (version?.kind === KIND.INT && version.data >= 3) {
    if (flags?.kind !== KIND.INT && flags?.kind !== KIND.BOOL) return undefined;
    return Number.isNaN(flags.data) ? undefined : (flags.data & NPY_ITEM_REFCOUNT) !== 0;
  }
  return code === "O" || (fields?.kind === KIND.DICT && fieldsHaveObjects(inspect, fields));
}

function fieldsHaveObjects(inspect: Inspector, fields: Value): boolean {
  for (const field of inspect.entries(fields).values()) {
    const [type] = inspect.items(field) ?? [];
    if (type !== undefined && (itemOf(inspect, type)?.objects ?? true)) return true;
  }
  return false;
}
