// What pure Python expressions over constants come out as: names and code that are put together of pieces are seen whole.
import { BYTE_DECODERS, decodeText, decodeWithCodec, MAX_FOLDED, rot13 } from "./decode.js";
import { bytesOf, type Constant, constant, integerOf, textOf, UNKNOWN, type Value } from "./value.js";

/** Elements of a constant sequence that folding makes or walks. */
const MAX_ITEMS = 65_536;

/** `left op right` where both are constants or sequences; undefined where it cannot be said. */
export function foldOperation(operator: string, left: Value, right: Value): Value | undefined {
  if (left.kind === "collection" && right.kind === "collection" && operator === "+") {
    if (left.items.length + right.items.length > MAX_ITEMS) return undefined;
    return { kind: "collection", type: left.type, items: [...left.items, ...right.items] };
  }
  const template = textOf(left);
  if (template !== undefined && operator === "%") return foldPercent(template, right);
  if (left.kind !== "constant" || right.kind !== "constant") return undefined;
  const folded = concatenated(operator, left.value, right.value) ?? repeated(operator, left.value, right.value);
  if (folded !== undefined) return constant(folded);
  const [a, b] = [integerOf(left), integerOf(right)];
  return a === undefined || b === undefined ? undefined : foldIntegers(operator, a, b);
}

function concatenated(operator: string, left: Constant, right: Constant): Constant | undefined {
  if (operator !== "+") return undefined;
  if (typeof left === "string" && typeof right === "string") {
    return left.length + right.length <= MAX_FOLDED ? left + right : undefined;
  }
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    return left.length + right.length <= MAX_FOLDED ? Buffer.concat([left, right]) : undefined;
  }
  return undefined;
}

function repeated(operator: string, left: Constant, right: Constant): Constant | undefined {
  if (operator !== "*") return undefined;
  const [text, times] = typeof left === "string" ? [left, right] : [right, left];
  if (typeof text !== "string" || typeof times !== "number") return undefined;
  return text.length * times <= MAX_FOLDED ? text.repeat(Math.max(0, times)) : undefined;
}

function foldIntegers(operator: string, a: number, b: number): Value | undefined {
  const results: { readonly [operator: string]: () => number } = {
    "+": () => a + b,
    "-": () => a - b,
    "*": () => a * b,
    "^": () => Number(BigInt(a) ^ BigInt(b)),
    "&": () => Number(BigInt(a) & BigInt(b)),
    "|": () => Number(BigInt(a) | BigInt(b)),
    "<<": () => (b >= 0 && b < 32 ? a * 2 ** b : Number.NaN),
    ">>": () => (b >= 0 && b < 64 ? Math.floor(a / 2 ** b) : Number.NaN),
    "//": () => Math.floor(a / b),
    "%": () => a - b * Math.floor(a / b),
  };
  const result = Object.hasOwn(results, operator) ? results[operator]?.() : undefined;
  return result !== undefined && Number.isSafeInteger(result) ? constant(result) : undefined;
}

/** `"%s.%s" % (a, b)` with plain conversions of constants. */
function foldPercent(template: string, right: Value): Value | undefined {
  const given = right.kind === "collection" ? right.items : [right];
  const texts = given.map(plainText);
  if (texts.some((text) => text === undefined)) return undefined;
  let next = 0;
  const filled = template.replaceAll(/%([sdrci%])/g, (_, letter: string) => {
    if (letter === "%") return "%";
    const item = given[next];
    const text = texts[next++] ?? "";
    const code = integerOf(item);
    return letter === "c" && code !== undefined ? String.fromCodePoint(clampCodePoint(code)) : text;
  });
  return filled.length <= MAX_FOLDED ? constant(filled) : undefined;
}

/** What `str()` makes of a constant. */
export function plainText(value: Value | undefined): string | undefined {
  if (value?.kind !== "constant" || value.value === null || value.value instanceof Uint8Array) return undefined;
  if (typeof value.value === "boolean") return value.value ? "True" : "False";
  return String(value.value);
}

/** The parts of an f-string or BUILD_STRING joined, when all are constants. */
export function foldJoined(parts: readonly Value[]): Value {
  const texts = parts.map(plainText);
  const joined = texts.every((text) => text !== undefined) ? texts.join("") : undefined;
  return joined !== undefined && joined.length <= MAX_FOLDED
    ? constant(joined)
    : { kind: "operation", operands: parts };
}

export interface SliceBounds {
  readonly start: Value | undefined;
  readonly stop: Value | undefined;
  readonly step: Value | undefined;
}

/** `value[start:stop:step]` of constant text, bytes or a sequence. */
export function foldSlice(value: Value, { start, stop, step }: SliceBounds): Value | undefined {
  const items = elementsOf(value);
  if (items === undefined) return undefined;
  const stride = isNone(step) ? 1 : integerOf(step);
  if (stride === undefined || stride === 0) return undefined;
  const forwards = stride > 0;
  const from = isNone(start) ? (forwards ? 0 : items.length - 1) : clampIndex(integerOf(start), items.length, forwards);
  const to = isNone(stop) ? (forwards ? items.length : -1) : clampIndex(integerOf(stop), items.length, forwards);
  if (from === undefined || to === undefined) return undefined;
  const picked: Value[] = [];
  for (let i = from; forwards ? i < to : i > to; i += stride) {
    const item = items[i];
    if (item !== undefined) picked.push(item);
  }
  return rebuilt(value, picked);
}

function isNone(value: Value | undefined): boolean {
  return value === undefined || (value.kind === "constant" && value.value === null);
}

function clampIndex(index: number | undefined, length: number, forwards: boolean): number | undefined {
  if (index === undefined) return undefined;
  const at = index < 0 ? index + length : index;
  return forwards ? Math.min(Math.max(at, 0), length) : Math.min(Math.max(at, -1), length - 1);
}

/** `value[key]` of a constant, a sequence or a mapping. */
export function foldItem(value: Value, key: Value): Value | undefined {
  if (value.kind === "mapping") {
    if (key.kind !== "constant") return undefined;
    return value.entries.find(([own]) => own.kind === "constant" && own.value === key.value)?.[1];
  }
  const index = integerOf(key);
  const items = index === undefined ? undefined : elementsOf(value);
  return index === undefined ? undefined : items?.[index < 0 ? index + items.length : index];
}

/** The elements that iterating over a value of known content yields. */
export function elementsOf(value: Value): readonly Value[] | undefined {
  if (value.kind === "collection") return value.items.length <= MAX_ITEMS ? value.items : undefined;
  if (value.kind === "mapping") return value.entries.map(([key]) => key);
  if (value.kind !== "constant") return undefined;
  if (typeof value.value === "string") {
    return value.value.length <= MAX_ITEMS ? [...value.value].map(constant) : undefined;
  }
  if (value.value instanceof Uint8Array) {
    return value.value.length <= MAX_ITEMS ? Array.from(value.value, (byte) => constant(byte)) : undefined;
  }
  return undefined;
}

function rebuilt(like: Value, items: readonly Value[]): Value {
  if (like.kind === "constant" && typeof like.value === "string") return constant(items.map(plainText).join(""));
  if (like.kind === "constant") return constant(Uint8Array.from(items, (item) => integerOf(item) ?? 0));
  return { kind: "collection", type: like.kind === "collection" ? like.type : "list", items };
}

function clampCodePoint(code: number): number {
  return code >= 0 && code <= 0x10ffff ? code : 0xfffd;
}

type Fold = (args: readonly Value[]) => Value | undefined;

const fold = (run: (first: Value, args: readonly Value[]) => Value | undefined): Fold => {
  return (args) => (args[0] === undefined ? undefined : run(args[0], args));
};

const toList = (type: "tuple" | "list"): Fold =>
  fold((first) => {
    const items = elementsOf(first);
    return items && { kind: "collection", type, items };
  });

/** Pure callables, by canonical name. */
const CALLS: ReadonlyMap<string, Fold> = new Map<string, Fold>([
  ["builtins.chr", fold((first) => character(first))],
  ["builtins.unichr", fold((first) => character(first))],
  ["builtins.ord", fold((first) => ordinal(first))],
  ["builtins.str", fold((first, [, codec]) => stringOf(first, codec))],
  ["builtins.bytes", fold((first) => byteString(first))],
  ["builtins.bytearray", fold((first) => byteString(first))],
  ["builtins.int", fold((first, [, base]) => integer(first, integerOf(base) ?? 10))],
  ["builtins.list", toList("list")],
  ["builtins.tuple", toList("tuple")],
  ["builtins.reversed", fold((first) => reversed(first))],
  ["codecs.decode", fold((first, [, codec]) => decoded(first, textOf(codec) ?? "utf-8"))],
  ["codecs.encode", fold((first, [, codec]) => encoded(first, textOf(codec) ?? "utf-8"))],
  ["operator.add", ([a, b]) => (a && b ? foldOperation("+", a, b) : undefined)],
  ["operator.concat", ([a, b]) => (a && b ? foldOperation("+", a, b) : undefined)],
  ["builtins.str.join", fold((first, [, parts]) => (parts ? foldMethod(first, "join", [parts]) : undefined))],
  ["os.path.join", (args) => joinedPath(args)],
  ["os.path.expanduser", fold((first) => (textOf(first) === undefined ? undefined : first))],
  ["pathlib.Path", (args) => joinedPath(args)],
]);

/** What a call of a pure callable yields, when its arguments are known. */
export function foldCall(path: string, args: readonly Value[]): Value | undefined {
  const decoder = BYTE_DECODERS.get(path);
  if (decoder) {
    const bytes = bytesOf(args[0]);
    const out = bytes && bytes.length <= MAX_FOLDED ? decoder(bytes) : undefined;
    return out && constant(out);
  }
  return CALLS.get(path)?.(args);
}

function character(value: Value): Value | undefined {
  const code = integerOf(value);
  return code === undefined ? undefined : constant(String.fromCodePoint(clampCodePoint(code)));
}

function ordinal(value: Value): Value | undefined {
  const text = textOf(value) ?? (bytesOf(value) && Buffer.from(bytesOf(value) ?? []).toString("latin1"));
  const code = text?.codePointAt(0);
  return code === undefined ? undefined : constant(code);
}

function stringOf(value: Value, codec: Value | undefined): Value | undefined {
  if (value.kind === "constant" && value.value instanceof Uint8Array) {
    const name = textOf(codec);
    const text = name === undefined ? undefined : decodeText(value.value, name);
    return text === undefined ? undefined : constant(text);
  }
  const text = plainText(value);
  return text === undefined ? undefined : constant(text);
}

function byteString(value: Value): Value | undefined {
  const text = textOf(value);
  if (text !== undefined) return constant(Buffer.from(text, "utf8"));
  if (value.kind === "constant" && value.value instanceof Uint8Array) return value;
  const numbers = value.kind === "collection" ? value.items.map(integerOf) : undefined;
  return numbers?.every((number) => number !== undefined) ? constant(Uint8Array.from(numbers)) : undefined;
}

function integer(value: Value, base: number): Value | undefined {
  const known = integerOf(value);
  if (known !== undefined) return constant(known);
  const text = textOf(value)
    ?.trim()
    .replace(/^0[xXbBoO]/, "");
  if (text === undefined || text.length > 15 || base < 2 || base > 36) return undefined;
  const parsed = Number.parseInt(text, base);
  return Number.isSafeInteger(parsed) ? constant(parsed) : undefined;
}

function reversed(value: Value): Value | undefined {
  const items = elementsOf(value);
  return items && { kind: "collection", type: "list", items: [...items].reverse() };
}

function decoded(value: Value, codec: string): Value | undefined {
  const bytes = bytesOf(value);
  const out = bytes && bytes.length <= MAX_FOLDED ? decodeWithCodec(bytes, codec) : undefined;
  return out === undefined ? undefined : constant(out);
}

function encoded(value: Value, codec: string): Value | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const name = codec.toLowerCase();
  if (name.startsWith("rot")) return constant(rot13(text));
  if (name.startsWith("latin")) return constant(Buffer.from(text, "latin1"));
  return /^(utf[-_]?8|ascii)$/.test(name) ? constant(Buffer.from(text, "utf8")) : undefined;
}

function joinedPath(args: readonly Value[]): Value | undefined {
  const texts = args.map(textOf);
  if (texts.length === 0 || texts.some((text) => text === undefined)) return undefined;
  return constant(texts.join("/").slice(0, MAX_FOLDED));
}

type Method = (text: string, args: readonly Value[]) => Constant | Value | undefined;

const onText = (run: (text: string, ...args: string[]) => string): Method => {
  return (text, args) => {
    const texts = args.map(textOf);
    return texts.every((item) => item !== undefined) ? run(text, ...texts) : undefined;
  };
};

/** Methods of constant strings; bytes are taken as Latin-1 text and given back as bytes. */
const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["lower", onText((text) => text.toLowerCase())],
  ["casefold", onText((text) => text.toLowerCase())],
  ["upper", onText((text) => text.toUpperCase())],
  ["swapcase", onText((text) => text.replaceAll(/[a-zA-Z]/g, (c) => (c <= "Z" ? c.toLowerCase() : c.toUpperCase())))],
  ["strip", onText((text, set) => stripped(text, set, true, true))],
  ["lstrip", onText((text, set) => stripped(text, set, true, false))],
  ["rstrip", onText((text, set) => stripped(text, set, false, true))],
  ["replace", onText((text, from = "", to = "") => (from === "" ? text : text.split(from).join(to)))],
  ["removeprefix", onText((text, prefix = "") => (text.startsWith(prefix) ? text.slice(prefix.length) : text))],
  ["removesuffix", onText((text, end = "") => (end && text.endsWith(end) ? text.slice(0, -end.length) : text))],
  ["join", (text, [parts]) => joined(text, parts)],
  ["format", (text, args) => formatted(text, args)],
  ["split", (text, [separator]) => splitText(text, textOf(separator))],
]);

/** `constant.method(args)`. */
export function foldMethod(self: Value, method: string, args: readonly Value[]): Value | undefined {
  if (self.kind !== "constant") return undefined;
  const { value } = self;
  if (method === "decode") return decoded(self, textOf(args[0]) ?? "utf-8");
  if (method === "encode") return encoded(self, textOf(args[0]) ?? "utf-8");
  if (method === "hex" && value instanceof Uint8Array) return constant(Buffer.from(value).toString("hex"));
  const isBytes = value instanceof Uint8Array;
  const text = isBytes ? Buffer.from(value).toString("latin1") : value;
  if (typeof text !== "string") return undefined;
  const out = METHODS.get(method)?.(text, isBytes ? args.map(asLatin1) : args);
  if (out === undefined || out === null) return undefined;
  if (typeof out === "string") {
    if (out.length > MAX_FOLDED) return undefined;
    return constant(isBytes ? Buffer.from(out, "latin1") : out);
  }
  return typeof out === "object" && "kind" in out ? out : undefined;
}

function asLatin1(value: Value): Value {
  if (value.kind === "collection") return { ...value, items: value.items.map(asLatin1) };
  if (value.kind !== "constant" || !(value.value instanceof Uint8Array)) return value;
  return constant(Buffer.from(value.value).toString("latin1"));
}

function stripped(text: string, set: string | undefined, left: boolean, right: boolean): string {
  const belongs = (c: string | undefined) => c !== undefined && (set === undefined ? /\s/.test(c) : set.includes(c));
  let from = 0;
  let to = text.length;
  while (left && from < to && belongs(text[from])) from++;
  while (right && to > from && belongs(text[to - 1])) to--;
  return text.slice(from, to);
}

function joined(separator: string, parts: Value | undefined): string | undefined {
  const texts = parts && elementsOf(parts)?.map(textOf);
  return texts?.every((text) => text !== undefined) ? texts.join(separator) : undefined;
}

function formatted(template: string, args: readonly Value[]): string | undefined {
  const texts = args.map(plainText);
  let next = 0;
  let known = true;
  const filled = template.replaceAll(/\{\{|\}\}|\{(\d{0,3})\}/g, (whole, index: string | undefined) => {
    if (index === undefined) return whole.slice(1);
    const text = texts[index === "" ? next++ : Number(index)];
    if (text === undefined) known = false;
    return text ?? "";
  });
  return known && !/[{}]/.test(filled.replaceAll(/\{\{|\}\}/g, "")) ? filled : undefined;
}

function splitText(text: string, separator: string | undefined): Value {
  const parts = separator ? text.split(separator) : text.trim().split(/\s+/);
  if (parts.length > MAX_ITEMS) return UNKNOWN;
  return { kind: "collection", type: "list", items: parts.map(constant) };
}
