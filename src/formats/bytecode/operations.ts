// What the instructions that matter do to the stack, by name. One table serves all versions; where a version differs, the row says so.
// https://docs.python.org/3/library/dis.html and Python/ceval.c, Python/bytecodes.c of 2.7 and 3.6 to 3.14.
import { named, UNKNOWN, type Value } from "../code/value.js";
import { CALL_OPERATIONS } from "./call-operations.js";
import type { Machine } from "./machine.js";
import { type Operation, V311, V312, V313 } from "./operation.js";
import { NONE, NULL } from "./stack.js";
import { VALUE_OPERATIONS } from "./value-operations.js";

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
    if (m.name(arg) === "__name__") m.trace.renameModule();
    m.frame.globals.set(m.name(arg), value);
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
    const bound = isPlain ? named(module.path.split(".")[0] ?? module.path, "import") : module;
    m.imported.add(bound);
    m.push(bound);
  },
  IMPORT_FROM: (m, arg) => {
    const module = m.stack.peek(1);
    const path = module.kind === "name" ? module.path : "";
    const value = path === "" ? UNKNOWN : m.evaluator.importFrom(path, m.name(arg), m.at);
    m.imported.add(value);
    m.push(value);
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

export const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ...Object.entries(NAMES),
  ...Object.entries(IMPORTS),
  ...Object.entries(CALL_OPERATIONS),
  ...VALUE_OPERATIONS,
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
  if (!m.imported.has(value)) m.evaluator.mention(value, m.at);
  if (name === "__name__" && !m.trace.isClassBody(m.frame.scope)) m.trace.renameModule();
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
  if (module.kind === "name") {
    m.evaluator.importFrom(module.path, "*", m.at);
    m.frame.globals.outside.addStar(module.path);
  }
  if (m.table.order >= V312) m.push(NONE);
}

function numberOf(value: Value | undefined): number {
  return value?.kind === "constant" && typeof value.value === "number" ? value.value : 0;
}
