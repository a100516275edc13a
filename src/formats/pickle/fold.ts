import { gunzipSync, inflateSync } from "node:zlib";
import { Bound, type Host, hostOf, isGlobal, MAX_RESULT, qualified } from "./fold-host.js";
import { attribute, item, moduleOf, named } from "./fold-modules.js";
import {
  base64,
  base64Of,
  bytesMethod,
  decode,
  encode,
  getItem,
  hex,
  stringMethod,
  urlSafeBase64,
} from "./fold-text.js";
import type { Inspector } from "./inspector.js";
import { KIND, type Value } from "./value.js";

/** What folding needs of the machine. */
export interface Folder {
  readonly inspect: Inspector;
  intern(module: string, name: string, at: number, via: "computed" | "attribute" | "module"): number;
}

/** Arguments that decide what is fetched; the others (a default, a namespace) may be anything. */
const NEEDED = new Map([
  ["builtins.getattr", 2],
  ["builtins.__import__", 1],
  ["importlib.import_module", 1],
  ["dill._dill._import_module", 1],
]);

type Pure = (...args: readonly (Host | undefined)[]) => Host | undefined;

/**
 * Computes a call whose callee is known to be pure and whose arguments are constants, so that a name or a payload that is put
 * together at run time is seen. Undefined where that cannot be done: the result is then an unknown value, which is never harmless.
 */
export function fold(machine: Folder, callee: Value, args: Value, at: number): Value | undefined {
  const target = hostOf(machine.inspect, callee, 0);
  const compute = computationOf(target);
  // Python's own unpickler takes a list for arguments as well; of a dict it would take the keys.
  if (compute === undefined || (args.kind !== KIND.TUPLE && args.kind !== KIND.LIST)) return undefined;
  const values = machine.inspect.items(args);
  if (values === undefined) return undefined;
  const needed = isGlobal(target) ? (NEEDED.get(qualified(target)) ?? values.length) : values.length;
  const hosts: (Host | undefined)[] = [];
  for (const [i, value] of values.entries()) {
    const host = hostOf(machine.inspect, value, 0);
    if (host === undefined && i < needed) return undefined;
    hosts.push(host);
  }
  return toValue(
    machine,
    guarded(machine, () => compute(...hosts)),
    at,
  );
}

function toValue(machine: Folder, result: Host | undefined, at: number): Value | undefined {
  if (typeof result === "string" || result instanceof Uint8Array) {
    return result.length > MAX_RESULT ? undefined : machine.inspect.keep(result);
  }
  if (typeof result === "number") return { kind: KIND.INT, data: result };
  if (isGlobal(result)) {
    const via = result.name === "" ? "module" : "attribute";
    return { kind: KIND.GLOBAL, data: machine.intern(result.module, result.name, at, via) };
  }
  return undefined;
}

/** What a callee computes of its arguments; undefined where its calls are not computed, whatever they are given. */
function computationOf(target: Host | undefined): Pure | undefined {
  if (target instanceof Bound) return (...args) => applyBound(target, args);
  if (!isGlobal(target)) return undefined;
  const name = qualified(target);
  const pure = PURE.get(name);
  if (pure !== undefined) return pure;
  // A method reached by a dotted name: `str.join`, `bytes.decode`, called with the object as first argument.
  const method = /^builtins\.(?:str|bytes|bytearray|dict)\.(\w+)$/.exec(name)?.[1];
  if (method === "fromhex") return (self) => hex(self);
  if (method !== undefined) return (self, ...rest) => applyBound(new Bound(self ?? null, method), rest);
  // A method of a module's dictionary: `sys.modules.get("os")`, `sys.modules.__getitem__("os")`.
  const dict = /^(.+)\.(?:get|__getitem__)$/.exec(target.resolvedName)?.[1];
  if (dict === undefined) return undefined;
  return (key) => (typeof key === "string" ? item(named(target, dict), key) : undefined);
}

/** Runs a computation that may meet bytes it cannot handle: those have no result, and may have been decompressed for long. */
function guarded({ inspect }: Folder, compute: () => Host | undefined): Host | undefined {
  try {
    return compute();
  } catch {
    inspect.affords(MAX_RESULT);
    return undefined;
  }
}

function applyBound({ self, method }: Bound, args: readonly (Host | undefined)[]): Host | undefined {
  const [first] = args;
  if (method === "operator.attrgetter") return attribute(first, self);
  if (method === "operator.itemgetter") return getItem(first, self);
  if (method === "operator.methodcaller" && Array.isArray(self)) return attribute(first, (self as readonly Host[])[0]);
  if (typeof self === "string") return stringMethod(self, method, args);
  if (self instanceof Uint8Array) return bytesMethod(self, method, args);
  return undefined;
}

function add(a: Host | undefined, b: Host | undefined): Host | undefined {
  if (typeof a === "string" && typeof b === "string" && a.length + b.length < MAX_RESULT) return a + b;
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a instanceof Uint8Array && b instanceof Uint8Array && a.length + b.length < MAX_RESULT)
    return Buffer.concat([a, b]);
  return undefined;
}

function reduceWith(operation: Host | undefined, items: Host | undefined, initial: Host | undefined): Host | undefined {
  if (!isGlobal(operation) || !Array.isArray(items)) return undefined;
  const name = qualified(operation);
  const step =
    name === "builtins.getattr"
      ? attribute
      : name === "operator.add" || name === "operator.concat" || name === "operator.iadd"
        ? add
        : undefined;
  if (step === undefined) return undefined;
  const [head, ...tail] = initial === undefined ? (items as readonly Host[]) : [initial, ...(items as readonly Host[])];
  let result: Host | undefined = head;
  for (const next of tail) result = step(result, next);
  return result;
}

function bytesOf(source: Host | undefined, encoding: Host | undefined): Host | undefined {
  if (source instanceof Uint8Array) return source;
  if (typeof source === "string") return encode(source, encoding);
  if (!Array.isArray(source)) return undefined;
  const numbers = (source as readonly Host[]).filter((item) => typeof item === "number" && item >= 0 && item < 256);
  return numbers.length === source.length ? Uint8Array.from(numbers as number[]) : undefined;
}

function stringOf(source: Host | undefined, encoding: Host | undefined): Host | undefined {
  if (source instanceof Uint8Array) return decode(source, encoding);
  return typeof source === "string" || typeof source === "number" ? String(source) : undefined;
}

/** Pure callables by canonical name. */
const PURE = new Map<string, Pure>([
  ["builtins.getattr", attribute],
  [
    "builtins.__import__",
    (name, _globals, _locals, from) => {
      const isWhole = typeof name !== "string" || (Array.isArray(from) && from.length > 0);
      return moduleOf(isWhole ? name : name.split(".")[0]);
    },
  ],
  ["importlib.import_module", moduleOf],
  ["importlib._bootstrap._gcd_import", moduleOf],
  ["cloudpickle.cloudpickle.subimport", moduleOf],
  ["cloudpickle.subimport", moduleOf],
  ["dill._dill._import_module", moduleOf],
  ["torch._utils._import_dotted_name", resolved],
  ["scipy._lib._uarray._backend.unpickle_function", (module, path) => attribute(moduleOf(module), path)],
  ["pkgutil.resolve_name", resolved],
  ["pydoc.locate", resolved],
  ["dill._dill._load_type", typeByName],
  ["cloudpickle.cloudpickle._builtin_type", typeByName],
  ["builtins.vars", (owner) => attribute(owner, "__dict__")],
  ["operator.getitem", getItem],
  ["operator.add", add],
  ["operator.concat", add],
  ["operator.iadd", add],
  ["functools.reduce", reduceWith],
  ["builtins.str", stringOf],
  ["builtins.bytes", bytesOf],
  ["builtins.bytearray", bytesOf],
  [
    "builtins.chr",
    // Halves of characters stay apart in Python.
    (code) => (typeof code === "number" && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : undefined),
  ],
  ["builtins.ord", (text) => (typeof text === "string" ? text.codePointAt(0) : undefined)],
  ["codecs.decode", (data, encoding) => decode(data, encoding ?? "utf-8")],
  ["_codecs.decode", (data, encoding) => decode(data, encoding ?? "utf-8")],
  ["codecs.encode", (data, encoding) => (typeof data === "string" ? encode(data, encoding ?? "utf-8") : undefined)],
  ["_codecs.encode", (data, encoding) => (typeof data === "string" ? encode(data, encoding ?? "utf-8") : undefined)],
  ["base64.b64decode", base64Of],
  ["base64.decodebytes", base64],
  ["base64.standard_b64decode", base64],
  ["base64.urlsafe_b64decode", urlSafeBase64],
  ["base64.b16decode", hex],
  ["binascii.a2b_base64", base64],
  ["binascii.unhexlify", hex],
  ["binascii.a2b_hex", hex],
  [
    "zlib.decompress",
    (data) => (data instanceof Uint8Array ? inflateSync(data, { maxOutputLength: MAX_RESULT }) : undefined),
  ],
  [
    "gzip.decompress",
    (data) => (data instanceof Uint8Array ? gunzipSync(data, { maxOutputLength: MAX_RESULT }) : undefined),
  ],
  [
    "urllib.parse.unquote",
    (text, encoding) => (typeof text === "string" && encoding === undefined ? decodeURIComponent(text) : undefined),
  ],
]);

/** Whether calls of this callable are computed, each of them. */
export function isFolded(name: string): boolean {
  return PURE.has(name);
}

/** Types that only hold data, and those that make methods and classes, by the name dill and cloudpickle give them. */
const BUILTIN_TYPES = new Set([
  "type",
  "property",
  "staticmethod",
  "classmethod",
  "int",
  "float",
  "complex",
  "bool",
  "str",
  "bytes",
  "bytearray",
  "list",
  "tuple",
  "dict",
  "set",
  "frozenset",
  "slice",
  "range",
  "object",
]);
const DATA_TYPES_OF_TYPES = new Set([
  "SimpleNamespace",
  "NoneType",
  "EllipsisType",
  "NotImplementedType",
  "MappingProxyType",
  "GenericAlias",
  "UnionType",
]);

const EXCEPTION =
  /^(?:[A-Z][A-Za-z]{1,40}(?:Error|Warning|Exit|Interrupt|Iteration)|Warning|(?:Base)?Exception(?:Group)?)$/;

/** dill's and cloudpickle's names of types, as far as the result is called: code objects and functions are judged where they are made. */
function typeByName(name: Host | undefined): Host | undefined {
  if (typeof name !== "string") return undefined;
  // Of Python 2, and of cloudpickle and dill up to Python 3.8.
  if (name === "ClassType" || name === "TypeType") return attribute(moduleOf("builtins"), "type");
  if (name === "PartialType") return attribute(moduleOf("functools"), "partial");
  if (name === "ItemGetterType") return attribute(moduleOf("operator"), "itemgetter");
  if (name === "AttrGetterType") return attribute(moduleOf("operator"), "attrgetter");
  if (BUILTIN_TYPES.has(name) || EXCEPTION.test(name)) return attribute(moduleOf("builtins"), name);
  return DATA_TYPES_OF_TYPES.has(name) ? attribute(moduleOf("types"), name) : undefined;
}

/** `pkgutil.resolve_name("os:system")` and `pydoc.locate("os.system")`. */
function resolved(name: Host | undefined): Host | undefined {
  if (typeof name !== "string") return undefined;
  const [module = "", path] = name.includes(":") ? name.split(":") : splitLast(name);
  const owner = moduleOf(module);
  return path ? attribute(owner, path) : owner;
}

function splitLast(name: string): [string, string | undefined] {
  const cut = name.lastIndexOf(".");
  return cut < 0 ? [name, undefined] : [name.slice(0, cut), name.slice(cut + 1)];
}
