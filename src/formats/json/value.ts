/** A JSON document with nothing of JavaScript's own objects in it: `__proto__` is a key like any other. */
export type JsonValue = JsonScalar | JsonArray | JsonObject;
/** Integers beyond 2^53 stay exact as bigint. */
export type JsonScalar = string | number | bigint | boolean | null;
export type JsonArray = readonly JsonValue[];
export type JsonObject = ReadonlyMap<string, JsonValue>;

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

export function isJsonArray(value: JsonValue | undefined): value is JsonArray {
  return Array.isArray(value);
}

/** The value at the end of a path of keys and indices, undefined where the path leaves the document. */
export function jsonAt(value: JsonValue | undefined, ...path: readonly (string | number)[]): JsonValue | undefined {
  let current = value;
  for (const step of path) {
    if (isJsonObject(current) && typeof step === "string") current = current.get(step);
    else if (isJsonArray(current) && typeof step === "number") current = current[step];
    else return undefined;
  }
  return current;
}

/** One string of a document and where it stands. */
export interface JsonString {
  readonly text: string;
  /** Keys and indices from the root. */
  readonly path: readonly (string | number)[];
}

/** Every string value (not the keys) of a document, depth first, without recursion. */
export function* jsonStrings(root: JsonValue): Generator<JsonString> {
  const open: { readonly value: JsonValue; readonly path: readonly (string | number)[] }[] = [
    { value: root, path: [] },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path } = next;
    if (typeof value === "string") yield { text: value, path };
    else if (isJsonArray(value)) {
      for (let i = value.length - 1; i >= 0; i--) open.push({ value: value[i] ?? null, path: [...path, i] });
    } else if (isJsonObject(value)) {
      for (const [key, child] of [...value].reverse()) open.push({ value: child, path: [...path, key] });
    }
  }
}
