import { ParseError } from "../../errors.js";
import { toUtf8 } from "./encoding.js";
import type { JsonArray, JsonObject, JsonScalar, JsonValue } from "./value.js";
import { type JsonVisitor, type JsonWalkOptions, skipJsonSpace, walkJson } from "./walk.js";

export interface JsonOptions extends JsonWalkOptions {
  /** Returns what was read before a fault together with the fault, instead of throwing it. */
  readonly tolerant?: boolean;
  /** Remembers where every value stands; costs about as much memory as the document. */
  readonly offsets?: boolean;
  /** Leaves what follows the first value alone, as in JSON lines. */
  readonly allowTrailing?: boolean;
}

/** A key that one object holds twice. Loaders differ in which value they take. */
export interface DuplicateKey {
  readonly key: string;
  /** Of the later key. */
  readonly offset: number;
  /** The earlier value, which `value` of the document no longer holds. */
  readonly shadowed: JsonValue;
}

export interface JsonDocument {
  /** The later one of two equal keys counts. Undefined when not even the first value began. */
  readonly value: JsonValue | undefined;
  /** Bounded; `duplicateCount` is exact. */
  readonly duplicates: readonly DuplicateKey[];
  readonly duplicateCount: number;
  /** Offset after the value. */
  readonly end: number;
  /** Only in tolerant mode: why reading stopped. */
  readonly error?: ParseError;
  /** Offset of a key's value, or of an array's element, inside the artifact; needs the option `offsets`. */
  offsetOf(container: JsonArray | JsonObject, key: string | number): number | undefined;
}

const MAX_DUPLICATES = 1000;

/** Reads a whole JSON document. Bytes may be UTF-8, or UTF-16 and UTF-32 as Python's reader takes them. */
export function parseJson(input: string | Uint8Array, options: JsonOptions = {}): JsonDocument {
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : toUtf8(input);
  const builder = new Builder(options.offsets ?? false);
  let end = options.base ?? 0;
  try {
    end = walkJson(bytes, builder, options);
    if (!options.allowTrailing) checkEnd(bytes, end - (options.base ?? 0), options.base ?? 0);
    return builder.document(end);
  } catch (error) {
    if (!options.tolerant || !(error instanceof ParseError)) throw error;
    return { ...builder.document(end), error };
  }
}

function checkEnd(bytes: Uint8Array, at: number, base: number): void {
  const next = skipJsonSpace(bytes, at);
  if (next < bytes.length) {
    throw new ParseError(`${bytes.length - next} bytes follow the JSON value at ${base + next}`, base + next);
  }
}

type Container = JsonValue[] | Map<string, JsonValue>;

class Builder implements JsonVisitor {
  private root: JsonValue | undefined;
  private readonly stack: { readonly container: Container; key: string }[] = [];
  private readonly duplicates: DuplicateKey[] = [];
  private duplicateCount = 0;
  private readonly offsets = new WeakMap<object, Map<string | number, number>>();

  constructor(private readonly keepsOffsets: boolean) {}

  open(isObject: boolean, offset: number): void {
    const container: Container = isObject ? new Map() : [];
    this.add(container, offset);
    this.stack.push({ container, key: "" });
  }

  close(): void {
    this.stack.pop();
  }

  key(text: string, offset: number): void {
    const top = this.stack.at(-1);
    if (top === undefined || Array.isArray(top.container)) return;
    top.key = text;
    const shadowed = top.container.get(text);
    if (shadowed === undefined) return;
    this.duplicateCount++;
    if (this.duplicates.length < MAX_DUPLICATES) this.duplicates.push({ key: text, offset, shadowed });
  }

  scalar(value: JsonScalar, offset: number): void {
    this.add(value, offset);
  }

  private add(value: JsonValue, offset: number): void {
    const top = this.stack.at(-1);
    if (top === undefined) this.root = value;
    else if (Array.isArray(top.container)) {
      this.note(top.container, top.container.length, offset);
      top.container.push(value);
    } else {
      this.note(top.container, top.key, offset);
      top.container.set(top.key, value);
    }
  }

  private note(container: Container, key: string | number, offset: number): void {
    if (!this.keepsOffsets) return;
    const known = this.offsets.get(container);
    if (known) known.set(key, offset);
    else this.offsets.set(container, new Map([[key, offset]]));
  }

  document(end: number): JsonDocument {
    const { root: value, duplicates, duplicateCount, offsets } = this;
    return { value, duplicates, duplicateCount, end, offsetOf: (at, key) => offsets.get(at)?.get(key) };
  }
}
