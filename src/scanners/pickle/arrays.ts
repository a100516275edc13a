import type { Inspector } from "../../formats/pickle/inspector.js";
import { canonicalModule } from "../../formats/pickle/names.js";
import { isText, KIND, type Value } from "../../formats/pickle/value.js";

/** What joblib's loader reads from the file right after the BUILD of a NumpyArrayWrapper (joblib/numpy_pickle.py, 1.x). */
export type RawArray =
  /** `bytes` of array data; with `aligned`, a byte that counts padding and the padding come first. */
  | { readonly kind: "data"; readonly bytes: number; readonly aligned: boolean }
  /** An array of Python objects: a pickle of its own stands here. */
  | { readonly kind: "pickle" }
  | { readonly kind: "unknown" };

const WRAPPER_MODULES = /^(?:joblib|sklearn\.externals\.joblib)\.numpy_pickle$/;
const NPY_ITEM_REFCOUNT = 1;
const MAX_DIMENSIONS = 64;

/** True for the object whose state announces raw array data. */
export function isArrayWrapper(inspect: Inspector, target: Value): boolean {
  const origin = inspect.origin(target);
  const maker = origin && inspect.global(origin.callee);
  if (!maker) return false;
  if (WRAPPER_MODULES.test(maker.resolvedModule) && maker.resolvedName === "NumpyArrayWrapper") return true;
  if (maker.resolvedName !== "_reconstructor") return false;
  const [cls] = inspect.items(origin.args) ?? [];
  const entry = cls && inspect.global(cls);
  return (
    entry !== undefined && WRAPPER_MODULES.test(entry.resolvedModule) && entry.resolvedName === "NumpyArrayWrapper"
  );
}

export function rawArrayOf(inspect: Inspector, state: Value): RawArray {
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

/** Size in bytes and whether items are Python objects, of `numpy.dtype(code, align, copy)` with its state. */
function itemOf(inspect: Inspector, dtype: Value): { size: number; objects: boolean } | undefined {
  const origin = inspect.origin(dtype);
  const maker = origin && inspect.global(origin.callee);
  if (!maker || !canonicalModule(maker.resolvedModule).startsWith("numpy")) return undefined;
  const [code] = inspect.items(origin.args) ?? [];
  const text = code && isText(code.kind) ? inspect.text(code, 32) : undefined;
  const match = text === undefined ? null : /^[<>=|]?([?a-zA-Z])(\d*)/.exec(text);
  if (!match?.[1]) return undefined;
  const state = inspect.items(origin.state) ?? [];
  if (match[1] === "O") return { size: 8, objects: true };
  if (match[1] === "V" || match[1] === "S" || match[1] === "U")
    return flexible(inspect, match[1], Number(match[2]), state);
  const size = match[1] === "?" ? 1 : Number(match[2]);
  return size > 0 ? { size, objects: false } : undefined;
}

/** Structured, byte and text types state their size and flags: (version, order, subdtype, names, fields, size, alignment, flags). */
function flexible(
  inspect: Inspector,
  code: string,
  count: number,
  state: readonly Value[],
): { size: number; objects: boolean } {
  const stated = state[5];
  const flags = state[7];
  const size = stated?.kind === KIND.INT && stated.data > 0 ? stated.data : count * (code === "U" ? 4 : 1);
  const hasObjects =
    flags?.kind === KIND.INT
      ? (flags.data & NPY_ITEM_REFCOUNT) !== 0
      : state[4]?.kind === KIND.DICT && fieldsHaveObjects(inspect, state[4]);
  return { size, objects: code === "V" && hasObjects };
}

function fieldsHaveObjects(inspect: Inspector, fields: Value): boolean {
  for (const field of inspect.entries(fields).values()) {
    const [type] = inspect.items(field) ?? [];
    if (type !== undefined && (itemOf(inspect, type)?.objects ?? true)) return true;
  }
  return false;
}
