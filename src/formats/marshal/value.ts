/** What `marshal.loads` would build, as plain data: None is null, int a number or bigint, str a string, bytes a Uint8Array. */
export type MarshalValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | MarshalSequence
  | MarshalDict
  | MarshalSlice
  | MarshalOther
  | CodeObject;

export interface MarshalSequence {
  readonly kind: "tuple" | "list" | "set" | "frozenset";
  readonly items: readonly MarshalValue[];
}

export interface MarshalDict {
  readonly kind: "dict";
  readonly entries: readonly (readonly [MarshalValue, MarshalValue])[];
}

/** Marshal version 5 (Python 3.14) writes slices of constants. */
export interface MarshalSlice {
  readonly kind: "slice";
  readonly start: MarshalValue;
  readonly stop: MarshalValue;
  readonly step: MarshalValue;
}

/** Values that say nothing about what code does. */
export interface MarshalOther {
  readonly kind: "ellipsis" | "stop-iteration" | "complex";
}

/** A code object without what only debuggers need. */
export interface CodeObject {
  readonly kind: "code";
  readonly layout: CodeLayout;
  readonly name: string;
  readonly argumentCount: number;
  readonly flags: number;
  readonly code: Uint8Array;
  readonly constants: readonly MarshalValue[];
  readonly names: readonly string[];
  /** Local variables; from 3.11 on cells and free variables follow in the same table. */
  readonly locals: readonly string[];
  /** Cells, then free variables, where they are numbered on their own (before 3.11). */
  readonly cells: readonly string[];
  readonly filename: string;
  /** Where exceptions lead, from 3.11 on. */
  readonly exceptionTable?: Uint8Array;
}

/** The order in which a Python version writes a code object's fields. */
export type CodeLayout = "2.x" | "3.0" | "3.8" | "3.11";

/** The items of a tuple, or undefined for anything else. */
export function tupleItems(value: MarshalValue): readonly MarshalValue[] | undefined {
  return isKind(value, "tuple") ? value.items : undefined;
}

/** A text; Python 2 writes names as bytes. */
export function textOf(value: MarshalValue): string | undefined {
  if (typeof value === "string") return value;
  return value instanceof Uint8Array ? latin1(value) : undefined;
}

/** A tuple of texts, such as `co_names`; undefined for anything else. */
export function textsOf(value: MarshalValue): readonly string[] | undefined {
  const texts = tupleItems(value)?.map(textOf);
  return texts?.every((text) => text !== undefined) ? texts : undefined;
}

export function isKind<Kind extends Compound["kind"]>(
  value: MarshalValue,
  kind: Kind,
): value is Extract<Compound, { kind: Kind }> {
  return value !== null && typeof value === "object" && "kind" in value && value.kind === kind;
}

type Compound = (MarshalSequence & { kind: "tuple" }) | MarshalDict | MarshalSlice | CodeObject;

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
