// Texts that Python puts together: formatting, joining and the methods of str and bytes.
import { decodeWithCodec, MAX_FOLDED, rot13 } from "./decode.js";
import { elementsOf, MAX_ITEMS } from "./elements.js";
import { bytesOf, type Constant, constant, integerOf, textOf, UNKNOWN, type Value } from "./value.js";

/** What `str()` makes of a constant. */
export function plainText(value: Value | undefined): string | undefined {
  if (value?.kind !== "constant" || value.value === null || value.value instanceof Uint8Array) return undefined;
  if (typeof value.value === "boolean") return value.value ? "True" : "False";
  return String(value.value);
}

/** The parts of an f-string or BUILD_STRING joined, when all are constants. */
export function foldJoined(parts: readonly Value[]): Value {
  const joined = joinTexts(parts.map(plainText), "");
  return joined === undefined ? { kind: "operation", operands: parts } : constant(joined);
}

/** The texts with a separator between them; undefined where one is not known or the result is too long. */
function joinTexts(texts: readonly (string | undefined)[], separator: string): string | undefined {
  let length = separator.length * Math.max(0, texts.length - 1);
  for (const text of texts) length += text?.length ?? Number.POSITIVE_INFINITY;
  return length <= MAX_FOLDED ? texts.join(separator) : undefined;
}

/** `"%s.%s" % (a, b)` with plain conversions of constants. */
export function foldPercent(template: string, right: Value): Value | undefined {
  const given = right.kind === "collection" ? right.items : [right];
  let next = 0;
  const pieces = template.split(/(%[sdrci%])/).map((piece) => {
    if (!/^%[sdrci%]$/.test(piece)) return piece;
    if (piece === "%%") return "%";
    const item = given[next++];
    const code = integerOf(item);
    return piece === "%c" && code !== undefined ? characterOf(code) : plainText(item);
  });
  const filled = joinTexts(pieces, "");
  return filled === undefined ? undefined : constant(filled);
}

/** The character of a code point; what is none becomes the replacement character. */
export function characterOf(code: number): string {
  return String.fromCodePoint(code >= 0 && code <= 0x10ffff ? code : 0xfffd);
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
  ["replace", (text, [from, to]) => replaced(text, textOf(from), textOf(to))],
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

function replaced(text: string, from: string | undefined, to: string | undefined): string | undefined {
  return from && to !== undefined ? joinTexts(text.split(from), to) : undefined;
}

function joined(separator: string, parts: Value | undefined): string | undefined {
  const texts = parts && elementsOf(parts)?.map(textOf);
  return texts && joinTexts(texts, separator);
}

/** `"{}{0}".format(a)` with plain fields; anything more makes the result unknown. */
function formatted(template: string, args: readonly Value[]): string | undefined {
  const texts = args.map(plainText);
  let next = 0;
  const pieces = template.split(/(\{\{|\}\}|\{\d{0,3}\})/).map((piece) => {
    if (piece === "{{" || piece === "}}") return piece.charAt(0);
    const index = /^\{(\d*)\}$/.exec(piece)?.[1];
    if (index !== undefined) return texts[index === "" ? next++ : Number(index)];
    return /[{}]/.test(piece) ? undefined : piece;
  });
  return joinTexts(pieces, "");
}

function splitText(text: string, separator: string | undefined): Value {
  const parts = separator ? text.split(separator) : text.trim().split(/\s+/);
  if (parts.length > MAX_ITEMS) return UNKNOWN;
  return { kind: "collection", type: "list", items: parts.map(constant) };
}

/** What `bytes.decode(codec)` and `codecs.decode` make of a constant. */
export function decoded(value: Value, codec: string): Value | undefined {
  const bytes = bytesOf(value);
  const out = bytes && bytes.length <= MAX_FOLDED ? decodeWithCodec(bytes, codec) : undefined;
  return out === undefined ? undefined : constant(out);
}

/** What `str.encode(codec)` and `codecs.encode` make of a constant. */
export function encoded(value: Value, codec: string): Value | undefined {
  const text = textOf(value);
  if (text === undefined) return undefined;
  const name = codec.toLowerCase();
  if (name.startsWith("rot")) return constant(rot13(text));
  if (name.startsWith("latin")) return constant(Buffer.from(text, "latin1"));
  return /^(utf[-_]?8|ascii)$/.test(name) ? constant(Buffer.from(text, "utf8")) : undefined;
}
