export type Constant = null | boolean | number | bigint | string | Uint8Array;

/** Where a dotted name begins: at an import, at Python's builtins, or at a global name that this code does not define. */
export type Root = "import" | "builtin" | "global";

/** A module, or something reached from one by attributes: `os.path.join`. */
export interface Named {
  readonly kind: "name";
  readonly path: string;
  readonly root: Root;
}

export interface Keyword {
  readonly name: string;
  readonly value: Value;
}

/** What is known of a Python value without running anything. */
export type Value =
  /** `decoded` marks what came out of base64, hex, zlib, character codes and the like: text that was hidden. */
  | { readonly kind: "constant"; readonly value: Constant; readonly decoded?: true }
  | { readonly kind: "collection"; readonly type: "tuple" | "list" | "set"; readonly items: readonly Value[] }
  | { readonly kind: "mapping"; readonly entries: readonly (readonly [Value, Value])[] }
  | Named
  | { readonly kind: "attribute"; readonly of: Value; readonly name: string }
  | { readonly kind: "item"; readonly of: Value; readonly key: Value }
  | {
      readonly kind: "call";
      readonly callee: Value;
      readonly args: readonly Value[];
      readonly keywords: readonly Keyword[];
    }
  /** Arithmetic, text put together of parts, comparisons: a new value made of others. */
  | { readonly kind: "operation"; readonly operands: readonly Value[] }
  /** A function or class that the code itself defines. */
  | { readonly kind: "function"; readonly name: string; readonly scope: number }
  | { readonly kind: "parameter"; readonly name: string }
  | { readonly kind: "unknown" };

export const UNKNOWN: Value = { kind: "unknown" };

export function constant(value: Constant): Value {
  return { kind: "constant", value };
}

/** The same value, marked as something that was hidden. */
export function asDecoded(value: Value): Value {
  return value.kind === "constant" ? { ...value, decoded: true } : value;
}

export function isDecoded(value: Value): boolean {
  return someWithin(value, (part) => part.kind === "constant" && part.decoded === true);
}

export function named(path: string, root: Root): Named {
  return { kind: "name", path, root };
}

/** The text of a constant string, undefined for everything else. */
export function textOf(value: Value | undefined): string | undefined {
  return value?.kind === "constant" && typeof value.value === "string" ? value.value : undefined;
}

/** The bytes of a constant; a string counts as its Latin-1 bytes, as decoders of Python 2 and base64 take it. */
export function bytesOf(value: Value | undefined): Uint8Array | undefined {
  if (value?.kind !== "constant") return undefined;
  if (value.value instanceof Uint8Array) return value.value;
  return typeof value.value === "string" ? Buffer.from(value.value, "latin1") : undefined;
}

export function integerOf(value: Value | undefined): number | undefined {
  if (value?.kind !== "constant") return undefined;
  if (typeof value.value === "number" && Number.isInteger(value.value)) return value.value;
  return typeof value.value === "boolean" ? Number(value.value) : undefined;
}

export function partsOf(value: Value): readonly Value[] {
  switch (value.kind) {
    case "collection":
      return value.items;
    case "mapping":
      return value.entries.flat();
    case "attribute":
      return [value.of];
    case "item":
      return [value.of, value.key];
    case "call":
      return [value.callee, ...value.args, ...value.keywords.map((keyword) => keyword.value)];
    case "operation":
      return value.operands;
    default:
      return [];
  }
}

/** Values looked at when a value is searched: chains of thousands of calls say nothing that their beginning does not. */
const MAX_SEARCHED = 500;

/** Whether the value or something it is made of satisfies the test. */
export function someWithin(value: Value, test: (part: Value) => boolean): boolean {
  const queue = [value];
  for (let i = 0; i < queue.length && i < MAX_SEARCHED; i++) {
    const part = queue[i];
    if (part === undefined) break;
    if (test(part)) return true;
    queue.push(...partsOf(part).slice(0, MAX_SEARCHED));
  }
  return false;
}
