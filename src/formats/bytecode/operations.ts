// What the instructions that matter do to the stack, by name. One table serves all versions; where a version differs, the row says so.
// https://docs.python.org/3/library/dis.html and Python/ceval.c, Python/bytecodes.c of 2.7 and 3.6 to 3.14.
import { named, textOf, UNKNOWN, type Value } from "../code/value.js";
import { BINARY_OPERATORS, OPERATORS, SUBSCRIPT_OPERATOR } from "./effects.js";
import type { Machine } from "./machine.js";
import { NONE, NULL } from "./stack.js";

type Operation = (machine: Machine, arg: number) => void;

const V311 = 311;
const V312 = 312;
const V313 = 313;
const V314 = 314;

const NAMES: { readonly [op: string]: Operation } = {
  LOAD_CONST: (m, arg) => m.push(m.constantAt(arg)),
  LOAD_SMALL_INT: (m, arg) => m.push({ kind: "constant", value: arg }),
  RETURN_CONST: () => undefined,
  LOAD_NAME: (m, arg) => m.load(m.frame.name(m.name(arg))),
  LOAD_GLOBAL: (m, arg) => {
    if (m.table.order < V311) m.load(m.frame.global(m.name(arg)));
    else pushCallable(m, m.frame.global(m.name(arg >> 1)), (arg & 1) === 1);
  },
  LOAD_FROM_DICT_OR_GLOBALS: (m, arg) => {
    m.pop();
    m.load(m.frame.name(m.name(arg)));
  },
  LOAD_FAST: (m, arg) => m.load(m.frame.local(m.local(arg))),
  LOAD_FAST_CHECK: (m, arg) => m.load(m.frame.local(m.local(arg))),
  LOAD_FAST_AND_CLEAR: (m, arg) => m.load(m.frame.local(m.local(arg))),
  LOAD_FAST_BORROW: (m, arg) => m.load(m.frame.local(m.local(arg))),
  LOAD_FAST_LOAD_FAST: (m, arg) => loadTwo(m, arg),
  LOAD_FAST_BORROW_LOAD_FAST_BORROW: (m, arg) => loadTwo(m, arg),
  LOAD_DEREF: (m, arg) => m.load(m.frame.closure(m.cell(arg))),
  LOAD_CLASSDEREF: (m, arg) => m.load(m.frame.closure(m.cell(arg))),
  LOAD_FROM_DICT_OR_DEREF: (m, arg) => {
    m.pop();
    m.load(m.frame.closure(m.cell(arg)));
  },
  LOAD_CLOSURE: (m) => m.push(UNKNOWN),
  LOAD_BUILD_CLASS: (m) => m.push(named("builtins.__build_class__", "builtin")),
  STORE_NAME: (m, arg) => store(m, m.name(arg)),
  STORE_GLOBAL: (m, arg) => {
    const value = m.pop();
    m.evaluator.mention(value, m.at);
    m.frame.storeGlobal(m.name(arg), value);
  },
  STORE_FAST: (m, arg) => store(m, m.local(arg)),
  STORE_DEREF: (m, arg) => store(m, m.cell(arg)),
  STORE_FAST_LOAD_FAST: (m, arg) => {
    store(m, m.local(arg >> 4));
    m.load(m.frame.local(m.local(arg & 15)));
  },
  STORE_FAST_STORE_FAST: (m, arg) => {
    store(m, m.local(arg >> 4));
    store(m, m.local(arg & 15));
  },
  LOAD_ATTR: (m, arg) => {
    const index = m.table.order >= V312 ? arg >> 1 : arg;
    const value = m.evaluator.attribute(m.pop(), m.name(index), m.at);
    if (m.table.order >= V312 && (arg & 1) === 1) pushCallable(m, value, true);
    else m.push(value);
  },
  LOAD_METHOD: (m, arg) => {
    const value = m.evaluator.attribute(m.pop(), m.name(arg), m.at);
    m.push(NULL);
    m.push(value);
  },
  LOAD_SUPER_ATTR: (m, arg) => {
    m.popMany(3);
    const value: Value = { kind: "attribute", of: UNKNOWN, name: m.name(arg >> 2) };
    if ((arg & 1) === 1) pushCallable(m, value, true);
    else m.push(value);
  },
  LOAD_SPECIAL: (m) => {
    const of = m.pop();
    pushCallable(m, { kind: "attribute", of, name: "__enter__" }, true);
  },
};

const IMPORTS: { readonly [op: string]: Operation } = {
  IMPORT_NAME: (m, arg) => {
    const [level, names = NONE] = m.popMany(2);
    const dots = ".".repeat(Math.min(9, Math.max(0, numberOf(level))));
    const path = dots + m.name(arg);
    const module = m.evaluator.importModule(path, m.at);
    // Without a list of names, `import a.b` leaves `a` on the stack.
    const isPlain = names.kind === "constant" && names.value === null;
    m.push(isPlain ? named(module.path.split(".")[0] ?? module.path, "import") : module);
  },
  IMPORT_FROM: (m, arg) => {
    const module = m.stack.peek(1);
    const path = module.kind === "name" ? module.path : "";
    m.push(path === "" ? UNKNOWN : m.evaluator.importFrom(path, m.name(arg), m.at));
  },
  IMPORT_STAR: (m) => importStar(m),
  CALL_INTRINSIC_1: (m, arg) => {
    if (arg === INTRINSIC_IMPORT_STAR) importStar(m);
    else if (arg !== INTRINSIC_LIST_TO_TUPLE) {
      m.drop(1);
      m.push(UNKNOWN);
    }
  },
};

const INTRINSIC_IMPORT_STAR = 2;
const INTRINSIC_LIST_TO_TUPLE = 6;

const CALLS: { readonly [op: string]: Operation } = {
  PUSH_NULL: (m) => m.push(NULL),
  KW_NAMES: (m, arg) => {
    m.keywordNames = m.constantAt(arg);
  },
  CALL: (m, arg) => {
    const { args, keywords } = m.splitKeywords(m.popMany(arg), m.keywordNames);
    m.keywordNames = undefined;
    m.callWithSelf(args, keywords);
  },
  CALL_KW: (m, arg) => {
    const names = m.pop();
    const { args, keywords } = m.splitKeywords(m.popMany(arg), names);
    m.callWithSelf(args, keywords);
  },
  CALL_METHOD: (m, arg) => {
    const args = m.popMany(arg);
    m.callWithSelf(args);
  },
  CALL_FUNCTION: (m, arg) => {
    const isPython2 = m.table.order < 300;
    const keywords = isPython2 ? keywordPairs(m, (arg >> 8) & 0xff) : [];
    const args = m.popMany(isPython2 ? arg & 0xff : arg);
    m.call(m.pop(), args, keywords);
  },
  CALL_FUNCTION_KW: (m, arg) => {
    const last = m.pop();
    if (m.table.order < 300) {
      callPython2(m, arg, [{ name: "", value: last }]);
      return;
    }
    const { args, keywords } = m.splitKeywords(m.popMany(arg), last);
    m.call(m.pop(), args, keywords);
  },
  CALL_FUNCTION_VAR: (m, arg) => {
    const rest = m.pop();
    callPython2(m, arg, [], rest);
  },
  CALL_FUNCTION_VAR_KW: (m, arg) => {
    const keywords = m.pop();
    const rest = m.pop();
    callPython2(m, arg, [{ name: "", value: keywords }], rest);
  },
  CALL_FUNCTION_EX: (m, arg) => {
    const hasKeywords = m.table.order >= V314 || (arg & 1) === 1;
    const keywords = hasKeywords ? mappingKeywords(m.pop()) : [];
    const args = elements(m.pop());
    if (m.table.order >= V311) m.callWithSelf(args, keywords);
    else m.call(m.pop(), args, keywords);
  },
  EXEC_STMT: (m) => {
    const [code = UNKNOWN] = m.popMany(3);
    m.call(named("builtins.exec", "builtin"), [code]);
    m.pop();
  },
  MAKE_FUNCTION: (m, arg) => makeFunction(m, arg),
  MAKE_CLOSURE: (m, arg) => {
    const code = m.pop();
    m.popMany(arg + 1);
    m.push(code);
  },
  SET_FUNCTION_ATTRIBUTE: (m) => {
    const [attribute = UNKNOWN, made = UNKNOWN] = m.popMany(2);
    m.evaluator.mention(attribute, m.at);
    m.push(made);
  },
};

const VALUES: { readonly [op: string]: Operation } = {
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

/** How deep COPY, SWAP and ROT_N reach; what compilers write stays below. */
const MAX_DEPTH = 64;
/** Elements of a list that is put together of others. */
const MAX_ITEMS = 65_536;

export const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ...Object.entries(NAMES),
  ...Object.entries(IMPORTS),
  ...Object.entries(CALLS),
  ...Object.entries(VALUES),
  ...[...OPERATORS].flatMap(([word, operator]): [string, Operation][] => [
    [`BINARY_${word}`, (m) => operate(m, operator)],
    [`INPLACE_${word}`, (m) => operate(m, operator)],
  ]),
]);

/** Since 3.11 a callable brings the NULL that stands for "no self": below it, from 3.13 on above it. */
function pushCallable(m: Machine, value: Value, withNull: boolean): void {
  if (withNull && m.table.order < V313) m.push(NULL);
  m.push(value);
  if (withNull && m.table.order >= V313) m.push(NULL);
}

function loadTwo(m: Machine, arg: number): void {
  m.load(m.frame.local(m.local(arg >> 4)));
  m.load(m.frame.local(m.local(arg & 15)));
}

function store(m: Machine, name: string): void {
  const value = m.pop();
  m.evaluator.mention(value, m.at);
  m.frame.store(name, value);
  const { scope } = m.frame;
  if (value.kind === "function" && m.trace.isClassBody(scope) && CONSTRUCTORS.has(name)) {
    m.trace.reach(m.trace.instanceOf(scope), value.scope);
  }
}

/** Methods that run when a class is instantiated. */
const CONSTRUCTORS = new Set(["__init__", "__new__", "__post_init__"]);

function importStar(m: Machine): void {
  const module = m.pop();
  if (module.kind === "name") m.evaluator.importFrom(module.path, "*", m.at);
  if (m.table.order >= V312) m.push(NONE);
}

function makeFunction(m: Machine, flags: number): void {
  if (m.table.order < 300) {
    const code = m.pop();
    m.drop(flags);
    m.push(code);
    return;
  }
  if (m.table.order < V311) m.pop(); // qualified name
  const code = m.pop();
  if (m.table.order < V313) {
    // Closure, annotations, keyword defaults and defaults: one value for each flag.
    for (const flag of [8, 4, 2, 1]) if ((flags & flag) !== 0) m.drop(1);
  }
  m.push(code);
}

function callPython2(m: Machine, arg: number, keywords: { name: string; value: Value }[], rest?: Value): void {
  const own = keywordPairs(m, (arg >> 8) & 0xff);
  const args = m.popMany(arg & 0xff);
  m.call(m.pop(), rest === undefined ? args : [...args, ...elements(rest)], [...own, ...keywords]);
}

function keywordPairs(m: Machine, count: number): { name: string; value: Value }[] {
  const flat = m.popMany(count * 2);
  return Array.from({ length: count }, (_, i) => ({
    name: textOf(flat[2 * i]) ?? "",
    value: flat[2 * i + 1] ?? UNKNOWN,
  }));
}

function mappingKeywords(value: Value): { name: string; value: Value }[] {
  if (value.kind === "mapping") return value.entries.map(([key, item]) => ({ name: textOf(key) ?? "", value: item }));
  return value === NULL ? [] : [{ name: "", value }];
}

function elements(value: Value): readonly Value[] {
  return value.kind === "collection" ? value.items : [];
}

function numberOf(value: Value | undefined): number {
  return value?.kind === "constant" && typeof value.value === "number" ? value.value : 0;
}

function mentionAll(m: Machine, values: readonly Value[]): void {
  for (const value of values) m.evaluator.mention(value, m.at);
}

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
