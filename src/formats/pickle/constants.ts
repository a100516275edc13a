// What opcodes that push a constant do. Constants stay where they are: a value is the offset of its opcode.

import { isHookName, MAX_HOOK_LENGTH } from "./hooks.js";
import { parseInteger } from "./literal.js";
import { looksNested, looksTelling } from "./nested.js";
import { OP } from "./opcodes.js";
import type { MachineState } from "./state.js";
import { KIND } from "./value.js";
import type { Window } from "./window.js";

/** Digits of a number that are looked at; no memo index and no length has more. */
const MAX_DIGITS = 400;
/** Texts of fewer bytes are neither a nested file nor an address. */
const SHORTEST_TELLING = 8;

/** The text of `length` bytes at window index `i`, of which only the beginning need lie in the window. */
export function pushText(state: MachineState, at: number, bytes: Uint8Array, i: number, length: number): void {
  state.stack.push(length <= MAX_HOOK_LENGTH && isHookName(bytes, i, length) ? KIND.HOOK : KIND.STR, at);
  if (length < SHORTEST_TELLING) return;
  if (looksNested(bytes, i, length, true)) state.sink.nested?.(at, { kind: KIND.STR, data: at });
  else if (looksTelling(bytes, i, length)) state.sink.telling?.(at, { kind: KIND.STR, data: at });
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
  const line = state.window.peek(from, Math.min(newline - from, MAX_DIGITS));
  const value = parseInteger(line);
  // `I00` and `I01` are the booleans of protocol 0.
  const isBool = op === OP.INT && line.length === 2 && line[0] === 0x30 && (value === 0 || value === 1);
  if (Number.isNaN(value) && newline - from < MAX_DIGITS) state.tell("bad-number", at, "the argument is no number");
  state.stack.push(isBool ? KIND.BOOL : KIND.INT, value);
}

/** The number in the line from `from` to its newline, NaN where it is none. */
export function lineInteger(window: Window, from: number, newline: number): number {
  return parseInteger(window.peek(from, Math.min(newline - from, MAX_DIGITS)));
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
