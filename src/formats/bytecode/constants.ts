import { constant, UNKNOWN, type Value } from "../code/value.js";
import { type CodeObject, type MarshalSequence, type MarshalValue, textOf } from "../marshal/value.js";

/** Turns constants of code objects into values; shared parts are converted once, so that references inside references cost nothing. */
export class Constants {
  private readonly known = new Map<MarshalSequence, Value>();

  constructor(
    private readonly functionOf: (code: CodeObject) => Value,
    /** In Python 2 plain strings are bytes. */
    private readonly bytesAreText = false,
  ) {}

  valueOf(value: MarshalValue): Value {
    if (this.bytesAreText && value instanceof Uint8Array && value.every((byte) => byte < 0x80))
      return constant(textOf(value) ?? "");
    if (value === null || typeof value !== "object" || value instanceof Uint8Array) return constant(value);
    switch (value.kind) {
      case "code":
        return this.functionOf(value);
      case "tuple":
      case "list":
      case "set":
      case "frozenset":
        return this.collection(value);
      default:
        return UNKNOWN;
    }
  }

  private collection(sequence: MarshalSequence): Value {
    const known = this.known.get(sequence);
    if (known) return known;
    this.known.set(sequence, UNKNOWN); // a list that contains itself
    const type = sequence.kind === "frozenset" ? "set" : sequence.kind;
    const value: Value = { kind: "collection", type, items: sequence.items.map((item) => this.valueOf(item)) };
    this.known.set(sequence, value);
    return value;
  }
}

/** Code objects among constants, also inside tuples; each once. */
export function codesIn(values: readonly MarshalValue[]): CodeObject[] {
  const codes = new Set<CodeObject>();
  const seen = new Set<MarshalValue>();
  const queue = [...values];
  for (let i = 0; i < queue.length; i++) {
    const value = queue[i];
    if (value === null || typeof value !== "object" || value instanceof Uint8Array || seen.has(value)) continue;
    seen.add(value);
    if (value.kind === "code") codes.add(value);
    else if ("items" in value) for (const item of value.items) queue.push(item);
    else if (value.kind === "dict") for (const [key, item] of value.entries) queue.push(key, item);
  }
  return [...codes];
}
