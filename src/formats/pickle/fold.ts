import { gunzipSync, inflateSync } from "node:zlib";
import type { GlobalEntry, Inspector } from "./inspector.js";
import { canonicalModule } from "./names.js";
import { isBytes, isText, KIND, type Value } from "./value.js";

/** Results beyond this are not computed. */
const MAX_RESULT = 4 << 20;
const MAX_ITEMS = 4096;
const MAX_DEPTH = 6;

/** What folding needs of the machine. */
export interface Folder {
  readonly inspect: Inspector;
  intern(module: string, name: string, at: number, via: "computed" | "attribute" | "module"): number;
}

/** A method of a constant, as `getattr("", "join")` makes it. */
class Bound {
  constructor(
    readonly self: Host,
    readonly method: string,
  ) {}
}

class Slice {
  constructor(
    readonly start: number | null,
    readonly stop: number | null,
    readonly step: number | null,
  ) {}
}

type Host = string | Uint8Array | number | null | readonly Host[] | GlobalEntry | Bound | Slice;
type Pure = (...args: Host[]) => Host | undefined;

/**
 * Computes a call whose callee is known to be pure and whose arguments are constants, so that a name or a payload that is put
 * together at run time is seen. Undefined where that cannot be done: the result is then an unknown value, which is never harmless.
 */
export function fold(machine: Folder, callee: Value, args: Value, at: number): Value | undefined {
  const target = hostOf(machine.inspect, callee, 0);
  if (target === undefined || target === null) return undefined;
  const values = machine.inspect.items(args);
  if (values === undefined) return undefined;
  const hosts: Host[] = [];
  for (const value of values.slice(0, 16)) {
    const host = hostOf(machine.inspect, value, 0);
    if (host === undefined) return undefined;
    hosts.push(host);
  }
  const result = apply(machine, target, hosts, at);
  return result === undefined ? undefined : valueOf(machine, result, at);
}

/** The constant that a value is, undefined where it is none. */
function hostOf(inspect: Inspector, value: Value, depth: number): Host | undefined {
  if (depth > MAX_DEPTH) return undefined;
  if (isText(value.kind)) return inspect.text(value, MAX_RESULT);
  if (isBytes(value.kind)) return inspect.bytes(value, MAX_RESULT);
  switch (value.kind) {
    case KIND.NONE:
      return null;
    case KIND.INT:
    case KIND.BOOL:
      return Number.isNaN(value.data) ? undefined : value.data;
    case KIND.GLOBAL:
      return inspect.global(value);
    case KIND.TUPLE:
    case KIND.LIST:
      return itemsOf(inspect, value, depth);
    case KIND.CALL:
      return callOf(inspect, value, depth);
    default:
      return undefined;
  }
}

function itemsOf(inspect: Inspector, value: Value, depth: number): Host[] | undefined {
  const items = inspect.items(value);
  if (items === undefined || items.length !== inspect.count(value)) return undefined;
  const hosts: Host[] = [];
  for (const item of items) {
    const host = hostOf(inspect, item, depth + 1);
    if (host === undefined) return undefined;
    hosts.push(host);
  }
  return hosts;
}

/** Call results that are values of their own: slices, bound methods of constants, and `attrgetter("x")`. */
function callOf(inspect: Inspector, value: Value, depth: number): Host | undefined {
  const origin = inspect.origin(value);
  const callee = origin && inspect.global(origin.callee);
  if (!origin || !callee) return undefined;
  const args = itemsOf(inspect, origin.args, depth + 1);
  if (args === undefined) return undefined;
  const name = qualified(callee);
  if (name === "builtins.slice") return sliceOf(args);
  const [first, second] = args;
  if (name === "builtins.getattr" && first !== undefined && isConstant(first) && typeof second === "string")
    return new Bound(first, second);
  if ((name === "operator.attrgetter" || name === "operator.itemgetter") && args.length === 1 && first !== undefined) {
    return new Bound(first, name);
  }
  if (name === "operator.methodcaller" && typeof first === "string") return new Bound(args, name);
  return undefined;
}

function isConstant(host: Host): boolean {
  return typeof host === "string" || host instanceof Uint8Array || Array.isArray(host);
}

function isGlobal(host: Host | undefined): host is GlobalEntry {
  return typeof host === "object" && host !== null && "resolvedModule" in host;
}

function sliceOf(args: readonly Host[]): Slice | undefined {
  const bounds = args.map((arg) => (typeof arg === "number" || arg === null ? arg : undefined));
  if (bounds.includes(undefined)) return undefined;
  const [a = null, b = null, c = null] = bounds as (number | null)[];
  return args.length === 1 ? new Slice(null, a, null) : new Slice(a, b, c);
}

function qualified(entry: GlobalEntry): string {
  return `${canonicalModule(entry.resolvedModule)}.${entry.resolvedName}`;
}

function valueOf(machine: Folder, result: Host, at: number): Value | undefined {
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

function apply(machine: Folder, target: Host, args: readonly Host[], at: number): Host | undefined {
  if (target instanceof Bound) return applyBound(target, args);
  if (!isGlobal(target)) return undefined;
  const name = qualified(target);
  const pure = PURE.get(name);
  if (pure !== undefined) return guarded(() => pure(...args));
  // A method reached by a dotted name: `str.join`, `bytes.decode`, called with the object as first argument.
  const dotted = /^(?:builtins\.)?(str|bytes|bytearray|dict)\.(\w+)$/.exec(name);
  const [self, ...rest] = args;
  if (dotted?.[2] && self !== undefined) {
    if (dotted[2] === "fromhex") return guarded(() => hex(self));
    return applyBound(new Bound(self, dotted[2]), rest);
  }
  // A method of a module's dictionary: `sys.modules.get("os")`, `sys.modules.__getitem__("os")`.
  const getter = /^(.*)\.(?:get|__getitem__)$/.exec(target.resolvedName);
  if (getter?.[1] && typeof self === "string")
    return item({ ...target, name: getter[1], resolvedName: getter[1] }, self, at);
  return undefined;
}

/** Runs a computation that may meet bytes it cannot handle: those have no result. */
function guarded(compute: () => Host | undefined): Host | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function applyBound({ self, method }: Bound, args: readonly Host[]): Host | undefined {
  const [first] = args;
  if (method === "operator.attrgetter") return first === undefined ? undefined : attribute(first, self);
  if (method === "operator.itemgetter") return first === undefined ? undefined : getItem(first, self);
  if (method === "operator.methodcaller" && Array.isArray(self)) {
    const [name] = self as readonly Host[];
    return isGlobal(first) && name !== undefined ? attribute(first, name) : undefined;
  }
  if (typeof self === "string") return guarded(() => stringMethod(self, method, args));
  if (self instanceof Uint8Array) return guarded(() => bytesMethod(self, method, args));
  return undefined;
}

// --- attributes and items of modules ---------------------------------------------------------------------------------------------

function attribute(owner: Host, name: Host): Host | undefined {
  if (typeof name !== "string") return undefined;
  if (!isGlobal(owner)) return isConstant(owner) ? new Bound(owner, name) : undefined;
  return named(owner, owner.resolvedName === "" ? name : `${owner.resolvedName}.${name}`);
}

function named(owner: GlobalEntry, path: string): GlobalEntry {
  return { ...owner, module: owner.resolvedModule, name: path, resolvedName: path };
}

function moduleOf(name: Host): Host | undefined {
  if (typeof name !== "string" || name === "") return undefined;
  return { module: name, name: "", protocol: 4, offset: 0, resolvedModule: name, resolvedName: "" };
}

/** `vars(os)["system"]`, `os.__dict__["system"]`, `sys.modules["os"]`, `numpy.__builtins__["eval"]`. */
function item(owner: GlobalEntry, key: string, _at: number): Host | undefined {
  const path = owner.resolvedName;
  const module = canonicalModule(owner.resolvedModule);
  if (path === "modules" && module === "sys") return moduleOf(key);
  if (/(?:^|\.)(?:sys|_sys)\.modules$/.test(path)) return moduleOf(key);
  if (/(?:^|\.)__builtins__$/.test(path))
    return { ...owner, module: "builtins", name: key, resolvedModule: "builtins", resolvedName: key };
  if (path === "__dict__") return named(owner, key);
  if (path.endsWith(".__dict__")) return named(owner, `${path.slice(0, -"__dict__".length)}${key}`);
  return undefined;
}

function getItem(owner: Host, key: Host): Host | undefined {
  if (isGlobal(owner)) return typeof key === "string" ? item(owner, key, 0) : undefined;
  if (key instanceof Slice) return sliced(owner, key);
  if (typeof key !== "number") return undefined;
  if (typeof owner === "string") return owner.at(key);
  if (owner instanceof Uint8Array) return owner.at(key);
  return Array.isArray(owner) ? (owner as readonly Host[]).at(key) : undefined;
}

function sliced(owner: Host, { start, stop, step }: Slice): Host | undefined {
  const isSequence = typeof owner === "string" || owner instanceof Uint8Array || Array.isArray(owner);
  if (!isSequence) return undefined;
  const length = (owner as { length: number }).length;
  const stride = step ?? 1;
  if (stride === 0 || length > MAX_RESULT) return undefined;
  const clamp = (value: number, low: number, high: number) =>
    Math.max(low, Math.min(high, value < 0 ? value + length : value));
  const from = stride > 0 ? clamp(start ?? 0, 0, length) : clamp(start ?? length - 1, -1, length - 1);
  const to = stride > 0 ? clamp(stop ?? length, 0, length) : stop === null ? -1 : clamp(stop, -1, length - 1);
  const picked: number[] = [];
  for (let i = from; stride > 0 ? i < to : i > to; i += stride) picked.push(i);
  if (typeof owner === "string") return picked.map((i) => owner[i]).join("");
  if (owner instanceof Uint8Array) return Uint8Array.from(picked, (i) => owner[i] ?? 0);
  return picked.map((i) => (owner as readonly Host[])[i] ?? null);
}

// --- texts and bytes -------------------------------------------------------------------------------------------------------------

function stringMethod(self: string, method: string, args: readonly Host[]): Host | undefined {
  const [a, b] = args;
  switch (method) {
    case "join":
      return joined(self, a);
    case "replace":
      return typeof a === "string" && typeof b === "string" && self.length * (b.length + 1) < MAX_RESULT
        ? self.replaceAll(a, b)
        : undefined;
    case "encode":
      return encode(self, a ?? "utf-8");
    case "lower":
    case "casefold":
      return self.toLowerCase();
    case "upper":
      return self.toUpperCase();
    case "swapcase":
      return [...self].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join("");
    case "strip":
      return a === undefined ? self.trim() : typeof a === "string" ? stripped(self, a) : undefined;
    case "lstrip":
      return a === undefined ? self.trimStart() : undefined;
    case "rstrip":
      return a === undefined ? self.trimEnd() : undefined;
    case "removeprefix":
      return typeof a === "string" && self.startsWith(a) ? self.slice(a.length) : self;
    case "removesuffix":
      return typeof a === "string" && a !== "" && self.endsWith(a) ? self.slice(0, -a.length) : self;
    case "split":
      return typeof a === "string" && a !== ""
        ? self.split(a).slice(0, MAX_ITEMS)
        : self.trim().split(/\s+/).slice(0, MAX_ITEMS);
    case "__add__":
      return typeof a === "string" ? self + a : undefined;
    case "__getitem__":
      return a === undefined ? undefined : getItem(self, a);
    case "__mul__":
      return typeof a === "number" && a >= 0 && a * self.length < MAX_RESULT ? self.repeat(a) : undefined;
    case "__str__":
      return self;
    case "format":
      return self.replace(/\{(\d{0,2})\}/g, placeholders(args));
    case "__mod__":
      return self.replace(/%s/g, placeholders(Array.isArray(a) ? (a as readonly Host[]) : [a ?? ""]));
    default:
      return undefined;
  }
}

function placeholders(args: readonly Host[]): (whole: string, index?: string) => string {
  let next = 0;
  return (whole, index) => {
    const value = args[index ? Number(index) : next++];
    return typeof value === "string" || typeof value === "number" ? String(value) : whole;
  };
}

function stripped(self: string, characters: string): string {
  let from = 0;
  let to = self.length;
  while (from < to && characters.includes(self[from] ?? "")) from++;
  while (to > from && characters.includes(self[to - 1] ?? "")) to--;
  return self.slice(from, to);
}

function joined(separator: string, parts: Host | undefined): string | undefined {
  if (typeof parts === "string") return [...parts].join(separator);
  if (!Array.isArray(parts)) return undefined;
  const texts = (parts as readonly Host[]).filter((part) => typeof part === "string");
  return texts.length === parts.length ? texts.join(separator) : undefined;
}

function bytesMethod(self: Uint8Array, method: string, args: readonly Host[]): Host | undefined {
  const [a, b] = args;
  switch (method) {
    case "decode":
      return decode(self, a ?? "utf-8");
    case "hex":
      return Buffer.from(self).toString("hex");
    case "__add__":
      return a instanceof Uint8Array ? Buffer.concat([self, a]) : undefined;
    case "__getitem__":
      return a === undefined ? undefined : getItem(self, a);
    case "replace":
      return a instanceof Uint8Array && b instanceof Uint8Array
        ? latin1Bytes(latin1(self).replaceAll(latin1(a), latin1(b)))
        : undefined;
    case "join": {
      if (!Array.isArray(a)) return undefined;
      const parts = (a as readonly Host[]).filter((part) => part instanceof Uint8Array);
      return parts.length === a.length ? latin1Bytes(parts.map(latin1).join(latin1(self))) : undefined;
    }
    default:
      return undefined;
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function latin1Bytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

const ENCODINGS = new Map<string, BufferEncoding>([
  ["utf8", "utf8"],
  ["ascii", "latin1"],
  ["latin1", "latin1"],
  ["iso88591", "latin1"],
  ["utf16", "utf16le"],
  ["utf16le", "utf16le"],
]);

function normalised(encoding: Host): string {
  return typeof encoding === "string" ? encoding.toLowerCase().replace(/[-_ ]/g, "") : "";
}

function encode(text: string, encoding: Host): Host | undefined {
  const name = normalised(encoding);
  if (name === "rot13") return rot13(text);
  const known = ENCODINGS.get(name);
  return known === undefined ? undefined : Buffer.from(text, known);
}

/** `codecs.decode(x, encoding)`: also the transformations that are no character sets. */
function decode(data: Host, encoding: Host): Host | undefined {
  const name = normalised(encoding);
  if (typeof data === "string")
    return name === "rot13" ? rot13(data) : name === "hex" || name === "hexcodec" ? hex(data) : undefined;
  if (!(data instanceof Uint8Array)) return undefined;
  if (name === "hex" || name === "hexcodec") return hex(data);
  if (name === "base64" || name === "base64codec") return base64(data);
  if (name === "zlib" || name === "zip" || name === "zlibcodec")
    return inflateSync(data, { maxOutputLength: MAX_RESULT });
  const known = ENCODINGS.get(name);
  return known === undefined ? undefined : Buffer.from(data).toString(known);
}

function rot13(text: string): string {
  return text.replace(/[a-zA-Z]/g, (c) => {
    const base = c <= "Z" ? 65 : 97;
    return String.fromCharCode(((c.charCodeAt(0) - base + 13) % 26) + base);
  });
}

function textOf(host: Host | undefined): string | undefined {
  return typeof host === "string" ? host : host instanceof Uint8Array ? latin1(host) : undefined;
}

function hex(host: Host | undefined): Uint8Array | undefined {
  const text = textOf(host)?.replace(/\s/g, "");
  return text !== undefined && /^(?:[0-9a-fA-F]{2})*$/.test(text) ? Buffer.from(text, "hex") : undefined;
}

function base64(host: Host | undefined): Uint8Array | undefined {
  const text = textOf(host);
  return text === undefined ? undefined : Buffer.from(text, "base64");
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
  for (const next of tail) {
    if (result === undefined) return undefined;
    result = step(result, next);
  }
  return result;
}

function bytesOf(source: Host | undefined, encoding: Host | undefined): Host | undefined {
  if (source instanceof Uint8Array) return source;
  if (typeof source === "string") return encode(source, encoding ?? "utf-8");
  if (!Array.isArray(source)) return undefined;
  const numbers = (source as readonly Host[]).filter((item) => typeof item === "number" && item >= 0 && item < 256);
  return numbers.length === source.length ? Uint8Array.from(numbers as number[]) : undefined;
}

function stringOf(source: Host | undefined, encoding: Host | undefined): Host | undefined {
  if (source instanceof Uint8Array) return encoding === undefined ? undefined : decode(source, encoding);
  return typeof source === "string" || typeof source === "number" ? String(source) : undefined;
}

/** Pure callables by canonical name. */
const PURE = new Map<string, Pure>([
  ["builtins.getattr", (owner, name) => (owner === undefined ? undefined : attribute(owner, name ?? null))],
  [
    "builtins.__import__",
    (name, _globals, _locals, from) =>
      moduleOf(typeof name === "string" && !Array.isArray(from) ? (name.split(".")[0] ?? name) : (name ?? null)),
  ],
  ["importlib.import_module", (name) => moduleOf(name ?? null)],
  ["importlib._bootstrap._gcd_import", (name) => moduleOf(name ?? null)],
  ["pkgutil.resolve_name", (name) => resolved(name)],
  ["pydoc.locate", (name) => resolved(name)],
  ["dill._dill._load_type", (name) => typeByName(name)],
  ["cloudpickle.cloudpickle._builtin_type", (name) => typeByName(name)],
  ["builtins.vars", (owner) => (owner === undefined ? undefined : attribute(owner, "__dict__"))],
  ["operator.getitem", (owner, key) => (owner === undefined || key === undefined ? undefined : getItem(owner, key))],
  ["operator.add", add],
  ["operator.concat", add],
  ["operator.iadd", add],
  ["functools.reduce", reduceWith],
  ["builtins.str", stringOf],
  ["builtins.bytes", bytesOf],
  ["builtins.bytearray", bytesOf],
  [
    "builtins.chr",
    (code) => (typeof code === "number" && code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined),
  ],
  ["builtins.ord", (text) => (typeof text === "string" ? text.codePointAt(0) : undefined)],
  ["codecs.decode", (data, encoding) => (data === undefined ? undefined : decode(data, encoding ?? "utf-8"))],
  ["_codecs.decode", (data, encoding) => (data === undefined ? undefined : decode(data, encoding ?? "utf-8"))],
  ["codecs.encode", (data, encoding) => (typeof data === "string" ? encode(data, encoding ?? "utf-8") : undefined)],
  ["_codecs.encode", (data, encoding) => (typeof data === "string" ? encode(data, encoding ?? "utf-8") : undefined)],
  ["base64.b64decode", base64],
  ["base64.decodebytes", base64],
  ["base64.standard_b64decode", base64],
  ["base64.urlsafe_b64decode", base64],
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
  ["urllib.parse.unquote", (text) => (typeof text === "string" ? decodeURIComponent(text) : undefined)],
]);

/** dill's and cloudpickle's names of types, as far as the result is called: code objects and functions are judged where they are made. */
function typeByName(name: Host | undefined): Host | undefined {
  if (name === "PartialType") return attribute(moduleOf("functools") ?? null, "partial");
  return undefined;
}

/** `pkgutil.resolve_name("os:system")` and `pydoc.locate("os.system")`. */
function resolved(name: Host | undefined): Host | undefined {
  if (typeof name !== "string") return undefined;
  const [module = "", path] = name.includes(":") ? name.split(":") : splitLast(name);
  const owner = moduleOf(module);
  return path && owner !== undefined ? attribute(owner, path) : owner;
}

function splitLast(name: string): [string, string | undefined] {
  const cut = name.lastIndexOf(".");
  return cut < 0 ? [name, undefined] : [name.slice(0, cut), name.slice(cut + 1)];
}
