import * as KIND from "./kind.js";

export { KIND };

/** A value taken off the machine for judging. */
export interface Value {
  readonly kind: number;
  readonly data: number;
}

export const UNKNOWN: Value = { kind: KIND.UNKNOWN, data: 0 };

export function isText(kind: number): boolean {
  return kind === KIND.STR || kind === KIND.HOOK || kind === KIND.COMPUTED_STR;
}

export function isBytes(kind: number): boolean {
  return kind === KIND.BYTES || kind === KIND.BYTEARRAY || kind === KIND.COMPUTED_BYTES;
}

export function isContainer(kind: number): boolean {
  return kind >= KIND.TUPLE && kind <= KIND.SET;
}
