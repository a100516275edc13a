// What instructions do that move, make and take apart values.
import { named, UNKNOWN, type Value } from "../code/value.js";
import { BINARY_OPERATORS, OPERATORS, SUBSCRIPT_OPERATOR } from "./effects.js";
import type { Machine } from "./machine.js";
import { elements, mentionAll, type Operation } from "./operation.js";
import { NONE } from "./stack.js";

/** How deep COPY, SWAP and ROT_N reach; what compilers write stays below. */
const MAX_DEPTH = 64;
/** Elements of a list that is put together of others. */
const MAX_ITEMS = 65_536;

const OWN: { readonly [op: string]: Operation } = {
  DUP_TOP: (m) => m.push(m.stack.peek(1)),
  DUP_TOP_TWO: (m) => copyTop(m, 2),
  DUP_TOPX: (m, arg) => copyTop(m, Math.min(arg, 5)),
  COPY: (m, arg) => m.push(m.stack.peek(Math.min(arg, MAX_DEPTH))),
  SWAP: (m, arg) => swap(m, Math.min(arg, MAX_DEPTH)),
  ROT_TWO: (m) => rotate(m, 2),
  ROT_THREE: (m) => rotate(m, 3),
  ROT_FOUR: (m) => rotate(m, 4),
  ROT_N: (m, arg) => rotate(m, Math.min(arg, MAX_DEPTH)),
  GET_ITER: () => undefined,
  FOR_ITER: (m) => {
    const items = elements(m.stack.peek(1));
    m.push(items.length === 1 ? (items[0] ?? UNKNOWN) : UNKNOWN);
  },
  UNPACK_SEQUENCE: (m, arg) => {
    const value = m.pop();
    m.evaluator.mention(value, m.at);
    const items = elements(value);
    if (items.length === arg) for (const item of [...items].reverse()) m.push(item);
    else m.pushUnknown(arg);
  },
  UNPACK_EX: (m, arg) => {
    m.drop(1);
    m.pushUnknown((arg & 0xff) + (arg >> 8) + 1);
  },
  BUILD_TUPLE: (m, arg) => build(m, "tuple", arg),
  BUILD_LIST: (m, arg) => build(m, "list", arg),
  BUILD_SET: (m, arg) => build(m, "set", arg),
  BUILD_TUPLE_UNPACK: (m, arg) => buildUnpacked(m, arg),
  BUILD_LIST_UNPACK: (m, arg) => buildUnpacked(m, arg),
  BUILD_SET_UNPACK: (m, arg) => buildUnpacked(m, arg),
  BUILD_TUPLE_UNPACK_WITH_CALL: (m, arg) => buildUnpacked(m, arg),
  BUILD_MAP: (m, arg) => buildMap(m, arg),
  BUILD_CONST_KEY_MAP: (m, arg) => {
    const keys = elements(m.pop());
    const values = m.popMany(arg);
    mentionAll(m, values);
    m.push({ kind: "mapping", entries: values.map((value, i) => [keys[i] ?? UNKNOWN, value]) });
  },
  BUILD_MAP_UNPACK: (m, arg) => dropAndPush(m, arg),
  BUILD_MAP_UNPACK_WITH_CALL: (m, arg) => dropAndPush(m, arg),
  BUILD_SLICE: (m, arg) => {
    const [start = NONE, stop = NONE, step = NONE] = m.popMany(arg);
    m.push({ kind: "call", callee: named("builtins.slice", "builtin"), args: [start, stop, step], keywords: [] });
  },
  LIST_APPEND: (m, arg) => append(m, arg, 1),
  SET_ADD: (m, arg) => append(m, arg, 1),
  MAP_ADD: (m, arg) => append(m, arg, 2),
  STORE_SUBSCR: (m) => {
    const [value = UNKNOWN, container = UNKNOWN, key = UNKNOWN] = m.popMany(3);
    mentionAll(m, [value, key]);
    m.trace.mutate(container);
  },
  LIST_EXTEND: (m, arg) => {
    const added = elements(m.pop());
    const depth = Math.min(Math.max(1, arg), MAX_DEPTH);
    const list = m.stack.peek(depth);
    if (list.kind === "collection") m.stack.replace(depth, concatenated([list, { ...list, items: added }], list.type));
  },
  DICT_UPDATE: (m, arg) => merge(m, arg),
  DICT_MERGE: (m, arg) => merge(m, arg),
  LIST_TO_TUPLE: () => undefined,
  BUILD_STRING: (m, arg) => {
    const parts = m.popMany(arg);
    mentionAll(m, parts);
    m.push(m.evaluator.join(parts));
  },
  FORMAT_VALUE: (m, arg) => {
    if ((arg & 4) !== 0) m.pop();
  },
  FORMAT_SIMPLE: () => undefined,
  CONVERT_VALUE: () => undefined,
  FORMAT_WITH_SPEC: (m) => {
    m.pop();
  },
  BINARY_SUBSCR: (m) => subscript(m),
  BINARY_SLICE: (m) => {
    const [of = UNKNOWN, start = NONE, stop = NONE] = m.popMany(3);
    m.push(m.evaluator.slice(of, { start, stop, step: undefined }));
  },
  BINARY_OP: (m, arg) => {
    if (arg === SUBSCRIPT_OPERATOR) subscript(m);
    else operate(m, BINARY_OPERATORS[arg % BINARY_OPERATORS.length] ?? "");
  },
  JUMP_IF_FALSE_OR_POP: (m) => m.drop(1),
  JUMP_IF_TRUE_OR_POP: (m) => m.drop(1),
  RAISE_VARARGS: (m, arg) => m.drop(Math.min(arg, 3)),
  "SLICE+0": () => undefined,
  "SLICE+1": (m) => dropAndPush(m, 2),
  "SLICE+2": (m) => dropAndPush(m, 2),
  "SLICE+3": (m) => dropAndPush(m, 3),
};

export const VALUE_OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ...Object.entries(OWN),
  ...[...OPERATORS].flatMap(([word, operator]): [string, Operation][] => [
    [`BINARY_${word}`, (m) => operate(m, operator)],
    [`INPLACE_${word}`, (m) => operate(m, operator)],
  ]),
]);

function copyTop(m: Machine, count: number): void {
  const values = Array.from({ length: count }, (_, i) => m.stack.peek(count - i));
  for (const value of values) m.push(value);
}

function swap(m: Machine, depth: number): void {
  const top = m.stack.peek(1);
  const other = m.stack.peek(depth);
  m.stack.replace(depth, top);
  m.stack.replace(1, other);
}

/** Moves the topmost value below the next `count - 1`. */
function rotate(m: Machine, count: number): void {
  const values = m.popMany(count);
  const top = values.pop();
  if (top !== undefined) m.push(top);
  for (const value of values) m.push(value);
}

function build(m: Machine, type: "tuple" | "list" | "set", count: number): void {
  const items = m.popMany(count);
  mentionAll(m, items);
  m.push({ kind: "collection", type, items });
}

function buildUnpacked(m: Machine, count: number): void {
  m.push(concatenated(m.popMany(count), "tuple"));
}

function concatenated(parts: readonly Value[], type: "tuple" | "list" | "set"): Value {
  const items: Value[] = [];
  for (const part of parts) {
    const added = elements(part);
    if (items.length + added.length > MAX_ITEMS) return UNKNOWN;
    for (const item of added) items.push(item);
  }
  return { kind: "collection", type, items };
}

function buildMap(m: Machine, count: number): void {
  const isPython2 = m.table.order < 300;
  const flat = isPython2 ? [] : m.popMany(count * 2);
  mentionAll(m, flat);
  const entries: [Value, Value][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) entries.push([flat[i] ?? UNKNOWN, flat[i + 1] ?? UNKNOWN]);
  m.push({ kind: "mapping", entries });
}

/** A comprehension adds to the container at a depth: what comes out of it is made of what goes in. */
function append(m: Machine, arg: number, count: number): void {
  const added = m.popMany(count);
  mentionAll(m, added);
  m.stack.replace(Math.min(Math.max(1, arg), MAX_DEPTH), { kind: "operation", operands: added });
}

/** Adds the entries of the topmost mapping to the one at a depth below it. */
function merge(m: Machine, arg: number): void {
  const added = m.pop();
  m.evaluator.mention(added, m.at);
  const depth = Math.min(Math.max(1, arg), MAX_DEPTH);
  const mapping = m.stack.peek(depth);
  if (mapping.kind !== "mapping" || added.kind !== "mapping") return;
  if (mapping.entries.length + added.entries.length > MAX_ITEMS) return;
  m.stack.replace(depth, { kind: "mapping", entries: [...mapping.entries, ...added.entries] });
}

function dropAndPush(m: Machine, count: number): void {
  m.drop(count);
  m.push(UNKNOWN);
}

function subscript(m: Machine): void {
  const [of = UNKNOWN, key = UNKNOWN] = m.popMany(2);
  m.evaluator.mention(key, m.at);
  const isSlice = key.kind === "call" && key.callee.kind === "name" && key.callee.path === "builtins.slice";
  const [start, stop, step] = isSlice ? key.args : [];
  m.push(isSlice ? m.evaluator.slice(of, { start, stop, step }) : m.evaluator.item(of, key, m.at));
}

function operate(m: Machine, operator: string): void {
  const [left = UNKNOWN, right = UNKNOWN] = m.popMany(2);
  mentionAll(m, [left, right]);
  m.push(m.evaluator.operate(operator, left, right));
}
