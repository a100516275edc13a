import { inflateSync } from "node:zlib";
import { type Host, isGlobal, MAX_RESULT, Slice } from "./fold-host.js";
import { item } from "./fold-modules.js";

const MAX_ITEMS = 4096;
/** `str.isspace`: JavaScript's own list has U+FEFF more and the separators of ASCII less. */
const SPACE = "[\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
const SPACES = new RegExp(SPACE);
const LEADING = new RegExp(`^${SPACE}`);
const TRAILING = new RegExp(`${SPACE}$`);
const ASCII = /^[\x00-\x7f]*$/;
const LATIN1 = /^[\x00-\xff]*$/;
/** Fields of `str.format` without attributes, conversions and widths, and what must not stand beside them. */
const BRACES = { field: /\{(\d{0,2})\}/g, other: /[{}]/ };
/** The same of `%`. */
const PERCENT = { field: /%s/g, other: /%/ };

export function getItem(owner: Host | undefined, key: Host | undefined): Host | undefined {
  if (isGlobal(owner)) return typeof key === "string" ? item(owner, key) : undefined;
  if (key instanceof Slice) return sliced(owner, key);
  if (typeof key !== "number") return undefined;
  if (typeof owner === "string") return charactersOf(owner).at(key);
  if (owner instanceof Uint8Array) return owner.at(key);
  return Array.isArray(owner) ? (owner as readonly Host[]).at(key) : undefined;
}

function sliced(owner: Host | undefined, { start, stop, step }: Slice): Host | undefined {
  const items = typeof owner === "string" ? charactersOf(owner) : owner;
  if (typeof items !== "string" && !(items instanceof Uint8Array) && !Array.isArray(items)) return undefined;
  const { length } = items;
  const stride = step ?? 1;
  if (stride === 0 || length > MAX_RESULT) return undefined;
  const clamp = (value: number, low: number, high: number) =>
    Math.max(low, Math.min(high, value < 0 ? value + length : value));
  const from = stride > 0 ? clamp(start ?? 0, 0, length) : clamp(start ?? length - 1, -1, length - 1);
  const to = stride > 0 ? clamp(stop ?? length, 0, length) : stop === null ? -1 : clamp(stop, -1, length - 1);
  const picked: number[] = [];
  for (let i = from; stride > 0 ? i < to : i > to; i += stride) picked.push(i);
  if (typeof owner === "string") return picked.map((i) => items[i]).join("");
  if (owner instanceof Uint8Array) return Uint8Array.from(picked, (i) => owner[i] ?? 0);
  return picked.map((i) => (owner as readonly Host[])[i] ?? null);
}

/** Python counts characters where JavaScript counts halves of some. */
function charactersOf(text: string): string | readonly string[] {
  return /[\ud800-\udfff]/.test(text) ? [...text] : text;
}

/** How many arguments are understood, where Python takes more: a count, a limit. */
const UNDERSTOOD = new Map([
  ["replace", 2],
  ["split", 1],
]);

export function stringMethod(self: string, method: string, args: readonly (Host | undefined)[]): Host | undefined {
  if (args.length > (UNDERSTOOD.get(method) ?? args.length)) return undefined;
  const [a, b] = args;
  switch (method) {
    case "join":
      return joined(self, a);
    case "replace":
      // Between the characters of a text stands an empty one, for JavaScript between their halves as well.
      return typeof a === "string" && a !== "" && typeof b === "string" && self.length * (b.length + 1) < MAX_RESULT
        ? self.replaceAll(a, () => b)
        : undefined;
    case "encode":
      return encode(self, a ?? "utf-8");
    case "lower":
    case "casefold":
      return ASCII.test(self) ? self.toLowerCase() : undefined;
    case "upper":
      return ASCII.test(self) ? self.toUpperCase() : undefined;
    case "swapcase":
      return ASCII.test(self) ? self.replace(/[a-zA-Z]/g, swapped) : undefined;
    case "strip":
      if (a === undefined) return self.replace(LEADING, "").replace(TRAILING, "");
      return typeof a === "string" ? stripped(self, a) : undefined;
    case "lstrip":
      return a === undefined ? self.replace(LEADING, "") : undefined;
    case "rstrip":
      return a === undefined ? self.replace(TRAILING, "") : undefined;
    case "removeprefix":
      return typeof a === "string" && self.startsWith(a) ? self.slice(a.length) : self;
    case "removesuffix":
      return typeof a === "string" && a !== "" && self.endsWith(a) ? self.slice(0, -a.length) : self;
    case "split":
      return splitOf(self, a);
    case "__add__":
      return typeof a === "string" ? self + a : undefined;
    case "__getitem__":
      return getItem(self, a);
    case "__mul__":
      return typeof a === "number" && a >= 0 && a * self.length < MAX_RESULT ? self.repeat(a) : undefined;
    case "__str__":
      return self;
    case "format":
      return filled(self, BRACES, args);
    case "__mod__":
      return filled(self, PERCENT, Array.isArray(a) ? (a as readonly Host[]) : [a]);
    default:
      return undefined;
  }
}

function swapped(letter: string): string {
  return letter < "a" ? letter.toLowerCase() : letter.toUpperCase();
}

function splitOf(self: string, separator: Host | undefined): Host | undefined {
  if (separator === "") return undefined;
  const parts =
    typeof separator === "string" ? self.split(separator) : self.split(SPACES).filter((part) => part !== "");
  return parts.length > MAX_ITEMS ? undefined : parts;
}

/** The template with its fields replaced, undefined where it says more than plain fields do. */
function filled(
  template: string,
  { field, other }: typeof BRACES,
  args: readonly (Host | undefined)[],
): string | undefined {
  if (other.test(template.replace(field, ""))) return undefined;
  let next = 0;
  let length = 0;
  let isKnown = true;
  const text = template.replace(field, (_, index: unknown) => {
    const value = args[typeof index === "string" && index !== "" ? Number(index) : next++];
    const filler = typeof value === "string" || typeof value === "number" ? String(value) : undefined;
    length += filler?.length ?? MAX_RESULT;
    isKnown &&= length < MAX_RESULT;
    return isKnown ? (filler ?? "") : "";
  });
  return isKnown ? text : undefined;
}

function stripped(self: string, characters: string): string {
  let from = 0;
  let to = self.length;
  while (from < to && characters.includes(self[from] ?? "")) from++;
  while (to > from && characters.includes(self[to - 1] ?? "")) to--;
  return self.slice(from, to);
}

function joined(separator: string, parts: Host | undefined): string | undefined {
  if (typeof parts !== "string" && !Array.isArray(parts)) return undefined;
  if (parts.length * separator.length > MAX_RESULT) return undefined;
  if (typeof parts === "string") return [...parts].join(separator);
  const texts = (parts as readonly Host[]).filter((part) => typeof part === "string");
  return texts.length === parts.length ? texts.join(separator) : undefined;
}

export function bytesMethod(self: Uint8Array, method: string, args: readonly (Host | undefined)[]): Host | undefined {
  if (args.length > (UNDERSTOOD.get(method) ?? args.length)) return undefined;
  const [a, b] = args;
  switch (method) {
    case "decode":
      return decode(self, a ?? "utf-8");
    case "hex":
      return Buffer.from(self).toString("hex");
    case "__add__":
      return a instanceof Uint8Array ? Buffer.concat([self, a]) : undefined;
    case "__getitem__":
      return getItem(self, a);
    case "replace":
      return a instanceof Uint8Array && b instanceof Uint8Array && self.length * (b.length + 1) < MAX_RESULT
        ? latin1Bytes(latin1(self).replaceAll(latin1(a), () => latin1(b)))
        : undefined;
    case "join": {
      if (!Array.isArray(a) || a.length * self.length > MAX_RESULT) return undefined;
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

function normalised(encoding: Host | undefined): string {
  return typeof encoding === "string" ? encoding.toLowerCase().replace(/[-_ ]/g, "") : "";
}

export function encode(text: string, encoding: Host | undefined): Host | undefined {
  const name = normalised(encoding);
  if (name === "rot13") return rot13(text);
  return encoded(text, name);
}

/** What an encoding cannot write is left to the handler of errors, which may be any: no result. */
function encoded(text: string, name: string): Uint8Array | undefined {
  switch (name) {
    case "ascii":
      return ASCII.test(text) ? latin1Bytes(text) : undefined;
    case "latin1":
    case "iso88591":
      return LATIN1.test(text) ? latin1Bytes(text) : undefined;
    case "utf8":
      return /\p{Cs}/u.test(text) ? undefined : Buffer.from(text, "utf8");
    case "utf16":
      return encoded(`\ufeff${text}`, "utf16le");
    case "utf16le":
      return /\p{Cs}/u.test(text) ? undefined : Buffer.from(text, "utf16le");
    default:
      return undefined;
  }
}

/** What an encoding cannot read throws, for the same reason. */
function decoded(bytes: Uint8Array, name: string): string | undefined {
  switch (name) {
    case "ascii":
      return ASCII.test(latin1(bytes)) ? latin1(bytes) : undefined;
    case "latin1":
    case "iso88591":
      return latin1(bytes);
    case "utf8":
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    case "utf16":
      return new TextDecoder(bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-16le", { fatal: true }).decode(
        bytes,
      );
    case "utf16le":
      return new TextDecoder("utf-16le", { fatal: true, ignoreBOM: true }).decode(bytes);
    default:
      return undefined;
  }
}

/** `codecs.decode(x, encoding)`: also the transformations that are no character sets. */
export function decode(data: Host | undefined, encoding: Host | undefined): Host | undefined {
  const name = normalised(encoding);
  if (typeof data === "string")
    return name === "rot13" ? rot13(data) : name === "hex" || name === "hexcodec" ? hex(data) : undefined;
  if (!(data instanceof Uint8Array)) return undefined;
  if (name === "hex" || name === "hexcodec") return hex(data);
  if (name === "base64" || name === "base64codec") return base64(data);
  if (name === "zlib" || name === "zip" || name === "zlibcodec")
    return inflateSync(data, { maxOutputLength: MAX_RESULT });
  return decoded(data, name);
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

export function hex(host: Host | undefined): Uint8Array | undefined {
  const text = textOf(host)?.replace(/\s/g, "");
  return text !== undefined && /^(?:[0-9a-fA-F]{2})*$/.test(text) ? Buffer.from(text, "hex") : undefined;
}

/** As `binascii.a2b_base64` reads it: what is not of the alphabet is skipped, and a whole padding ends the text. */
export function base64(host: Host | undefined): Uint8Array | undefined {
  const text = textOf(host);
  if (text === undefined) return undefined;
  let digits = "";
  let pads = 0;
  for (const [part] of text.matchAll(/[A-Za-z0-9+/]+|=/g)) {
    if (part !== "=") {
      digits += part;
      pads = 0;
    } else if (digits.length % 4 >= 2 && (digits.length % 4) + ++pads >= 4) break;
  }
  return Buffer.from(digits, "base64");
}

/** `base64.b64decode(text, altchars)`. */
export function base64Of(host: Host | undefined, others: Host | undefined): Uint8Array | undefined {
  return others === undefined || others === null ? base64(host) : undefined;
}

export function urlSafeBase64(host: Host | undefined): Uint8Array | undefined {
  return base64(textOf(host)?.replaceAll("-", "+").replaceAll("_", "/"));
}
