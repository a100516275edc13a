import { inflateSync } from "node:zlib";
import { type Host, isGlobal, MAX_RESULT, Slice } from "./fold-host.js";
import { item } from "./fold-modules.js";

const MAX_ITEMS = 4096;

export function getItem(owner: Host, key: Host): Host | undefined {
  if (isGlobal(owner)) return typeof key === "string" ? item(owner, key) : undefined;
  if (key instanceof Slice) return sliced(owner, key);
  if (typeof key !== "number") return undefined;
  if (typeof owner === "string") return owner.at(key);
  if (owner instanceof Uint8Array) return owner.at(key);
  return Array.isArray(owner) ? (owner as readonly Host[]).at(key) : undefined;
}

export function sliced(owner: Host, { start, stop, step }: Slice): Host | undefined {
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

export function stringMethod(self: string, method: string, args: readonly Host[]): Host | undefined {
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

export function placeholders(args: readonly Host[]): (whole: string, index?: string) => string {
  let next = 0;
  return (whole, index) => {
    const value = args[index ? Number(index) : next++];
    return typeof value === "string" || typeof value === "number" ? String(value) : whole;
  };
}

export function stripped(self: string, characters: string): string {
  let from = 0;
  let to = self.length;
  while (from < to && characters.includes(self[from] ?? "")) from++;
  while (to > from && characters.includes(self[to - 1] ?? "")) to--;
  return self.slice(from, to);
}

export function joined(separator: string, parts: Host | undefined): string | undefined {
  if (typeof parts === "string") return [...parts].join(separator);
  if (!Array.isArray(parts)) return undefined;
  const texts = (parts as readonly Host[]).filter((part) => typeof part === "string");
  return texts.length === parts.length ? texts.join(separator) : undefined;
}

export function bytesMethod(self: Uint8Array, method: string, args: readonly Host[]): Host | undefined {
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

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

export function latin1Bytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

export const ENCODINGS = new Map<string, BufferEncoding>([
  ["utf8", "utf8"],
  ["ascii", "latin1"],
  ["latin1", "latin1"],
  ["iso88591", "latin1"],
  ["utf16", "utf16le"],
  ["utf16le", "utf16le"],
]);

export function normalised(encoding: Host): string {
  return typeof encoding === "string" ? encoding.toLowerCase().replace(/[-_ ]/g, "") : "";
}

export function encode(text: string, encoding: Host): Host | undefined {
  const name = normalised(encoding);
  if (name === "rot13") return rot13(text);
  const known = ENCODINGS.get(name);
  return known === undefined ? undefined : Buffer.from(text, known);
}

/** `codecs.decode(x, encoding)`: also the transformations that are no character sets. */
export function decode(data: Host, encoding: Host): Host | undefined {
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

export function rot13(text: string): string {
  return text.replace(/[a-zA-Z]/g, (c) => {
    const base = c <= "Z" ? 65 : 97;
    return String.fromCharCode(((c.charCodeAt(0) - base + 13) % 26) + base);
  });
}

export function textOf(host: Host | undefined): string | undefined {
  return typeof host === "string" ? host : host instanceof Uint8Array ? latin1(host) : undefined;
}

export function hex(host: Host | undefined): Uint8Array | undefined {
  const text = textOf(host)?.replace(/\s/g, "");
  return text !== undefined && /^(?:[0-9a-fA-F]{2})*$/.test(text) ? Buffer.from(text, "hex") : undefined;
}

export function base64(host: Host | undefined): Uint8Array | undefined {
  const text = textOf(host);
  return text === undefined ? undefined : Buffer.from(text, "base64");
}
