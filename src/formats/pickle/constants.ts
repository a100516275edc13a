// What opcodes that push a constant do. Constants stay where they are: a value is the offset of its opcode.

import { isHookName, MAX_HOOK_LENGTH } from "./hooks.js";
import { literalText, parseDecimal, parseInteger } from "./literal.js";
import { looksNested, looksTelling } from "./nested.js";
import { OP } from "./opcodes.js";
import type { MachineState } from "./state.js";
import { KIND } from "./value.js";
import type { Window } from "./window.js";

/** Lines of more bytes are not read as numbers: what they say is not known. */
const MAX_DIGITS = 400;
/** Texts of fewer bytes are neither a nested file nor an address. */
const SHORTEST_TELLING = 8;
/** Bytes in which a line's first escape is looked for: the longest name of a hook takes 180, ten a letter. */
const ESCAPED_HEAD = 256;
const BACKSLASH = 0x5c;

/** The text of `length` bytes at window index `i`, of which only the beginning need lie in the window. */
export function pushText(state: MachineState, at: number, bytes: Uint8Array, i: number, length: number): void {
  state.stack.push(length <= MAX_HOOK_LENGTH && isHookName(bytes, i, length) ? KIND.HOOK : KIND.STR, at);
  if (length < SHORTEST_TELLING) return;
  if (looksNested(bytes, i, length, true)) state.sink.nested?.(at, { kind: KIND.STR, data: at });
  else if (looksTelling(bytes, i, length)) state.sink.telling?.(at, { kind: KIND.STR, data: at });
}

/** STRING and UNICODE: the line of `length` bytes at window index `i`. Its escapes may spell the name of a hook. */
export function pushLine(
  state: MachineState,
  op: number,
  at: number,
  bytes: Uint8Array,
  i: number,
  length: number,
): void {
  const quotes = op === OP.STRING ? 1 : 0;
  if (bytes.subarray(i, i + Math.min(length, ESCAPED_HEAD)).includes(BACKSLASH)) {
    const text = Buffer.from(literalText(state.window, at), "utf8");
    pushText(state, at, text, 0, text.length);
  } else pushText(state, at, bytes, i + quotes, length - 2 * quotes);
}

/** Bytes or a bytearray, as `pushText`. */
export function pushBytes(
  state: MachineState,
  kind: number,
  at: number,
  bytes: Uint8Array,
  i: number,
  length: number,
): void {
  state.stack.push(kind, at);
  if (looksNested(bytes, i, length)) state.sink.nested?.(at, { kind, data: at });
}

/** INT, LONG and FLOAT: the line from `from` to its newline. */
export function pushNumber(state: MachineState, op: number, at: number, from: number, newline: number): void {
  if (op === OP.FLOAT) {
    state.stack.push(KIND.FLOAT, 0);
    return;
  }
  const isLong = newline - from > MAX_DIGITS;
  const line = state.window.peek(from, Math.min(newline - from, MAX_DIGITS));
  const value = isLong ? Number.NaN : parseInteger(line);
  if (Number.isNaN(value) && !isLong) state.tell("bad-number", at, "the argument is no number");
  // `I00` and `I01` are the booleans of protocol 0; `I+1` and its like are True for C, and 1 for Python's own unpickler.
  const isBool = op === OP.INT && line.length === 2 && (value === 0 || value === 1);
  if (!isBool) state.stack.push(KIND.INT, value);
  else if (line[0] === 0x30) state.stack.push(KIND.BOOL, value);
  else state.stack.push(KIND.INT, Number.NaN);
}

/** The number in the line of GET or PUT from `from` to its newline, NaN where it is none or too large to be told. */
export function lineIndex(window: Window, from: number, newline: number): number {
  return newline - from > MAX_DIGITS ? Number.NaN : parseDecimal(window.peek(from, newline - from));
}

export function uint32(bytes: Uint8Array, i: number): number {
  return (
    ((bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24)) >>>
    0
  );
}

export function uint64(bytes: Uint8Array, i: number): number {
  return uint32(bytes, i) + uint32(bytes, i + 4) * 0x1_0000_0000;
}

/** A signed little-endian integer of up to eight bytes; NaN where it is no safe integer. */
export function littleEndian(bytes: Uint8Array): number {
  let value = 0;
  for (let i = bytes.length - 1; i >= 0; i--) value = value * 256 + (bytes[i] as number);
  if (bytes.length > 0 && (bytes[bytes.length - 1] as number) > 127) value -= 256 ** bytes.length;
  return Number.isSafeInteger(value) ? value : Number.NaN;
}
