/** A string of the file. */
export interface GgufText {
  /** The whole string, or its beginning where it is very long. */
  readonly text: string;
  /** In bytes, as the file states it. */
  readonly length: number;
  /** Of its first byte. */
  readonly offset: number;
  readonly isUtf8: boolean;
}

/** An array, nested ones flattened. */
export interface GgufArray {
  readonly elementType: number;
  readonly count: bigint;
  readonly isNested: boolean;
  /** The first strings it holds; numbers are not kept. */
  readonly texts: readonly GgufText[];
}

export type GgufValue = number | bigint | boolean | GgufText | GgufArray;

export function isGgufText(value: GgufValue): value is GgufText {
  return typeof value === "object" && "text" in value;
}

export function isGgufArray(value: GgufValue): value is GgufArray {
  return typeof value === "object" && "elementType" in value;
}

export interface GgufEntry {
  readonly key: GgufText;
  readonly type: number;
  readonly value: GgufValue;
}

export interface GgufTensor {
  readonly name: GgufText;
  /** As stored: unsigned, while loaders take them as signed. */
  readonly dimensions: readonly bigint[];
  readonly type: number;
  /** Relative to the start of the data. */
  readonly dataOffset: bigint;
  /** Where this entry stands in the file. */
  readonly offset: number;
}

export type GgufFaultKind =
  | "count"
  | "string-length"
  | "array-count"
  | "dimension-count"
  | "no-dimensions"
  | "size-overflow"
  | "total-overflow"
  | "row-alignment"
  | "tensor-type"
  | "offset-alignment"
  | "outside"
  | "overlap"
  | "gap";

/** A fact about the numbers of a header that breaks the format's rules. */
export interface GgufFault {
  readonly kind: GgufFaultKind;
  readonly subject: string;
  readonly message: string;
  readonly offset: number;
  /** Advisories whose arithmetic this is. */
  readonly references: readonly string[];
}

export interface GgufHeader {
  readonly version: number;
  readonly bigEndian: boolean;
  readonly tensorCount: bigint;
  readonly entryCount: bigint;
  /** Offset after the tensor list. */
  readonly end: number;
  /** Bytes read for all of it. */
  readonly loaded: number;
}
