// What opcodes that make and fill tuples, lists, dicts and sets do.

import { OP, opcodeName } from "./opcodes.js";
import type { MachineState } from "./state.js";
import { KIND } from "./value.js";

/** Set on a dict that has the name of a method which the loader calls among its keys. */
export const FLAG_HOOK = 1;
/** Set on a dict with a key that a call made: what it says is not known from its kind. */
export const FLAG_MADE_KEY = 2;

/** TUPLE1, TUPLE2, TUPLE3. */
export function makeTuple(state: MachineState, count: number, at: number): void {
  if (!state.need(count, at)) return;
  const from = state.stack.height - count;
  const handle = tupleFrom(state, from);
  state.stack.height = from;
  state.stack.push(KIND.TUPLE, handle);
}

/** The handle of a tuple of all values from stack index `from` on; 0 is the empty one. */
export function tupleFrom({ heap, stack }: MachineState, from: number): number {
  const count = stack.height - from;
  return count === 0 ? 0 : heap.tuple(stack.kinds, stack.data, from, count);
}

/** TUPLE, LIST, DICT, FROZENSET: all values from stack index `from` on become one. */
export function collect(state: MachineState, kind: number, from: number): void {
  const { heap, stack } = state;
  let handle = 0;
  if (kind === KIND.TUPLE) handle = tupleFrom(state, from);
  else {
    handle = heap.container();
    extend(state, kind, handle, from);
  }
  stack.height = from;
  stack.push(kind, handle);
}

/** APPENDS, SETITEMS, ADDITEMS: the items lie above the topmost mark, their target right below it. */
export function addMarked(state: MachineState, kind: number, op: number, at: number): void {
  const from = state.popMark(at);
  if (from > state.stack.fence) {
    addTo(state, kind, op, from, at);
    return;
  }
  state.tell("stack-underflow", at, `${opcodeName(op)} without a container`);
  state.stack.height = from;
}

/** Items from stack index `from` on go to their target, which lies right below. */
export function addTo(state: MachineState, kind: number, op: number, from: number, at: number): void {
  const { stack } = state;
  const target = from - 1;
  const count = stack.height - from;
  if (stack.kinds[target] === kind) extend(state, kind, stack.data[target] as number, from);
  // Python's own unpickler calls `extend` with an empty list as well.
  else if (count > 0 || op === OP.APPENDS) {
    const { kind: made, data } = stack.at(target);
    // An OrderedDict or another dict that a call made: its items are not kept, that such a key is among them is.
    if (kind === KIND.DICT && (made === KIND.CALL || made === KIND.INSTANCE))
      state.heap.flag(data, keyFlags(stack.kinds, from, stack.height));
    state.heap.lose(stack.kinds, from, stack.height);
    state.sink.mutated?.(opcodeName(op) ?? "APPENDS", at, stack.at(target), count);
  }
  stack.height = from;
}

function extend({ heap, stack }: MachineState, kind: number, handle: number, from: number): void {
  const count = stack.height - from;
  if (count === 0) return;
  const flags = kind === KIND.DICT ? keyFlags(stack.kinds, from, stack.height) : 0;
  heap.extend(handle, stack.kinds, stack.data, from, count, flags);
}

/** Items are forgotten in time; what kind of keys were among them is not. */
function keyFlags(kinds: Uint8Array, from: number, to: number): number {
  let flags = 0;
  for (let i = from; i < to; i += 2) {
    const kind = kinds[i];
    if (kind === KIND.HOOK) flags |= FLAG_HOOK;
    else if (kind === KIND.CALL || kind === KIND.INSTANCE || kind === KIND.COMPUTED_STR) flags |= FLAG_MADE_KEY;
  }
  return flags;
}
