// What the machine knows of a value, in nine bytes: a kind and a number. Nothing is copied or decoded until something asks for it,
// so that memory does not grow with the file. These are the kinds; constants for the reason that op.ts gives.

/** Nothing is known: a forgotten operand, a result that cannot be computed. */
export const UNKNOWN = 0;
export const NONE = 1;
/** Number: 0 or 1. */
export const BOOL = 2;
/** Number: the value, NaN where it is too large or not worth decoding. */
export const INT = 3;
export const FLOAT = 4;
/** Number: offset of the opcode whose argument is the text. */
export const STR = 5;
/** A text that is the name of a method which the loader itself looks up and calls: `__setstate__`, `append` ... */
export const HOOK = 6;
/** Number: offset of the opcode whose argument is the bytes. */
export const BYTES = 7;
export const BYTEARRAY = 8;
/** Number: index into the texts that folding computed. */
export const COMPUTED_STR = 9;
export const COMPUTED_BYTES = 10;
/** Number: index into the table of imported names. */
export const GLOBAL = 11;
/** Numbers of all below: handle of a heap node. */
export const TUPLE = 12;
export const LIST = 13;
export const DICT = 14;
export const SET = 15;
/** The result of a call: [callee, arguments, state]. */
export const CALL = 16;
/** What `cls.__new__` made: [class, arguments, state]. */
export const INSTANCE = 17;
/** What a persistent id stands for: [id]. */
export const PERSISTENT = 18;
/** Number: the code of the extension registry. */
export const EXTENSION = 19;
/** An out-of-band buffer of protocol 5. */
export const BUFFER = 20;
