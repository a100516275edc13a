/**
 * What the machine knows of a value, in nine bytes: a kind and a number. Nothing is copied or decoded until something asks for it,
 * so that memory does not grow with the file.
 */
export const KIND = {
  /** Nothing is known: a forgotten operand, a result that cannot be computed. */
  UNKNOWN: 0,
  NONE: 1,
  /** Number: 0 or 1. */
  BOOL: 2,
  /** Number: the value, NaN where it is too large or not worth decoding. */
  INT: 3,
  FLOAT: 4,
  /** Number: offset of the opcode whose argument is the text. */
  STR: 5,
  /** A text that is the name of a method which the loader itself looks up and calls: `__setstate__`, `append` ... */
  HOOK: 6,
  /** Number: offset of the opcode whose argument is the bytes. */
  BYTES: 7,
  BYTEARRAY: 8,
  /** Number: index into the texts that folding computed. */
  COMPUTED_STR: 9,
  COMPUTED_BYTES: 10,
  /** Number: index into the table of imported names. */
  GLOBAL: 11,
  /** Numbers of all below: handle of a heap node. */
  TUPLE: 12,
  LIST: 13,
  DICT: 14,
  SET: 15,
  /** The result of a call: [callee, arguments, state]. */
  CALL: 16,
  /** What `cls.__new__` made: [class, arguments, state]. */
  INSTANCE: 17,
  /** What a persistent id stands for: [id]. */
  PERSISTENT: 18,
  /** Number: the code of the extension registry. */
  EXTENSION: 19,
  /** An out-of-band buffer of protocol 5. */
  BUFFER: 20,
} as const;

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
