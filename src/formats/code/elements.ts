import { constant, type Value } from "./value.js";

/** Elements of a constant sequence that folding makes or walks. */
export const MAX_ITEMS = 65_536;

/** The elements that iterating over a value of known content yields. */
export function elementsOf(value: Value): readonly Value[] | undefined {
  if (value.kind === "collection") return value.items.length <= MAX_ITEMS ? value.items : undefined;
  if (value.kind === "mapping") return value.entries.map(([key]) => key);
  if (value.kind !== "constant") return undefined;
  if (typeof value.value === "string") {
    return value.value.length <= MAX_ITEMS ? [...value.value].map(constant) : undefined;
  }
  if (value.value instanceof Uint8Array) {
    return value.value.length <= MAX_ITEMS ? Array.from(value.value, (byte) => constant(byte)) : undefined;
  }
  return undefined;
}
