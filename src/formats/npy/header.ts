/** NumPy's `.npy`, versions 1.0 to 3.0: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
import { ParseError } from "../../errors.js";
import type { ByteSource } from "../../io/byte-source.js";
import { readExactly } from "../../io/byte-source.js";

const MAGIC_BYTES = 8;
/** numpy.lib.format._MAX_HEADER_SIZE: longer headers need an explicit permission of the caller. */
const NUMPY_MAX_HEADER = 10_000;
/** Longer headers are not parsed. */
const MAX_HEADER = 1 << 20;
const MAX_DEPTH = 32;

export interface NpyHeader {
  /** Bytes of the header's text. */
  readonly length: number;
  readonly dataOffset: number;
  /** The type description as it stands in the header. */
  readonly descr: string;
  readonly shape: readonly bigint[];
  readonly elements: bigint;
  /** A field of the type is a Python object, at any depth. */
  readonly hasObjects: boolean;
  /** Bytes of one element, undefined for a type that is not known. */
  readonly itemBytes: number | undefined;
  readonly longerThanLimit: boolean;
  /** Text in the header that is no literal: calls and names, which old readers evaluated. */
  readonly code: string | undefined;
}

export async function parseNpyHeader(source: ByteSource): Promise<NpyHeader> {
  const head = await readExactly(source, 0, 12);
  const major = head[6] ?? 0;
  if (major < 1 || major > 3) throw new ParseError(`.npy version ${major} is not known`, 6);
  const view = new DataView(head.buffer, head.byteOffset, 12);
  const wide = major >= 2;
  const length = wide ? view.getUint32(MAGIC_BYTES, true) : view.getUint16(MAGIC_BYTES, true);
  const start = MAGIC_BYTES + (wide ? 4 : 2);
  if (length > MAX_HEADER) throw new ParseError(`a header of ${length} bytes`, MAGIC_BYTES);
  const bytes = await readExactly(source, start, length);
  const text = Buffer.from(bytes).toString(major >= 3 ? "utf8" : "latin1");
  const reader = new LiteralReader(text);
  const fields = new Map<string, Literal>();
  let code: string | undefined;
  try {
    const value = reader.read();
    if (value.kind !== "dict") throw new ParseError("the header is no dictionary", start);
    for (const [key, item] of value.entries) if (key.kind === "text") fields.set(key.text, item);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    code = /[A-Za-z_]\w*\s{0,8}\(|\b__\w+__|\blambda\b/.exec(text)?.[0] === undefined ? undefined : text.trim();
    if (code === undefined) throw error;
  }
  const descr = fields.get("descr");
  const shape = shapeOf(fields.get("shape"));
  const type = typeOf(descr, 0);
  return {
    length,
    dataOffset: start + length,
    descr: descr === undefined ? "" : describe(descr),
    shape,
    elements: shape.reduce((product, n) => product * n, 1n),
    hasObjects: type?.objects ?? code !== undefined,
    itemBytes: type?.bytes,
    longerThanLimit: length > NUMPY_MAX_HEADER,
    code,
  };
}

function shapeOf(value: Literal | undefined): bigint[] {
  if (value?.kind !== "sequence") return [];
  return value.items.flatMap((item) => (item.kind === "number" ? [item.value < 0n ? 0n : item.value] : []));
}

interface ItemType {
  readonly objects: boolean;
  readonly bytes: number | undefined;
}

/** `"<f8"`, or a list of fields (name, type[, shape]), nested. */
function typeOf(descr: Literal | undefined, depth: number): ItemType | undefined {
  if (descr === undefined || depth > MAX_DEPTH) return undefined;
  if (descr.kind === "text") return simpleType(descr.text);
  if (descr.kind !== "sequence") return undefined;
  // A sub-array type (base, shape), or a list of fields.
  const [base, shape] = descr.items;
  if (
    descr.items.length === 2 &&
    base?.kind === "text" &&
    shape?.kind === "sequence" &&
    shape.items.every(({ kind }) => kind === "number")
  ) {
    return repeated(simpleType(base.text), shape);
  }
  let objects = false;
  let bytes: number | undefined = 0;
  for (const field of descr.items) {
    if (field.kind !== "sequence") return undefined;
    const type = typeOf(field.items[1], depth + 1);
    if (type === undefined) return undefined;
    const whole = field.items[2] === undefined ? type : repeated(type, field.items[2]);
    objects ||= whole.objects;
    bytes = bytes === undefined || whole.bytes === undefined ? undefined : bytes + whole.bytes;
  }
  return { objects, bytes };
}

function repeated(type: ItemType, shape: Literal): ItemType {
  const count =
    shape.kind === "number" ? Number(shape.value) : shapeOf(shape).reduce((product, n) => product * Number(n), 1);
  return { objects: type.objects, bytes: type.bytes === undefined ? undefined : type.bytes * count };
}

function simpleType(text: string): ItemType {
  const match = /^[<>=|]?([?a-zA-Z])(\d{0,9})(?:\[[^\]]{1,20}\])?$/.exec(text);
  const code = match?.[1];
  // "i4,O" and "object" are types as well: `numpy.dtype` reads whatever text the header has.
  if (code === undefined) return { objects: /O|obj/i.test(text), bytes: undefined };
  const count = Number(match?.[2] || 1);
  if (code === "O") return { objects: true, bytes: 8 };
  if (code === "U") return { objects: false, bytes: 4 * count };
  return { objects: false, bytes: code === "?" ? 1 : count };
}

function describe(value: Literal): string {
  switch (value.kind) {
    case "text":
      return value.text;
    case "number":
      return String(value.value);
    case "sequence":
      return `[${value.items.map(describe).join(", ")}]`;
    default:
      return value.kind;
  }
}

type Literal =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "number"; readonly value: bigint }
  | { readonly kind: "name"; readonly text: string }
  | { readonly kind: "sequence"; readonly items: readonly Literal[] }
  | { readonly kind: "dict"; readonly entries: readonly (readonly [Literal, Literal])[] };

/** The Python literals that `ast.literal_eval` accepts and headers use: dicts, tuples, lists, strings, integers, True, False, None. */
class LiteralReader {
  private at = 0;

  constructor(private readonly text: string) {}

  read(): Literal {
    const value = this.value(0);
    this.blank();
    if (this.at < this.text.length)
      throw new ParseError(
        `unexpected ${JSON.stringify(this.text.slice(this.at, this.at + 20))} in the header`,
        this.at,
      );
    return value;
  }

  private blank(): void {
    while (this.at < this.text.length && /\s/.test(this.text[this.at] ?? "")) this.at++;
  }

  private value(depth: number): Literal {
    if (depth > MAX_DEPTH) throw new ParseError("the header is nested too deeply", this.at);
    this.blank();
    const c = this.text[this.at] ?? "";
    if (c === "{") return this.dict(depth);
    if (c === "(" || c === "[") return this.sequence(c === "(" ? ")" : "]", depth);
    if (/['"]/.test(c) || /^[bBuUrR]['"]/.test(this.text.slice(this.at, this.at + 2))) return this.string();
    const token = /^(?:[+-]?\d{1,40}L?|True|False|None)(?![\w(.])/.exec(this.text.slice(this.at, this.at + 48))?.[0];
    if (token === undefined)
      throw new ParseError(
        `unexpected ${JSON.stringify(this.text.slice(this.at, this.at + 20))} in the header`,
        this.at,
      );
    this.at += token.length;
    return /\d/.test(token)
      ? { kind: "number", value: BigInt(token.replace("L", "").replace("+", "")) }
      : { kind: "name", text: token };
  }

  private string(): Literal {
    const from = /['"]/.test(this.text[this.at] ?? "") ? this.at : this.at + 1;
    const quote = this.text[from] ?? "";
    let text = "";
    let i = from + 1;
    for (; i < this.text.length && this.text[i] !== quote; i++) {
      if (this.text[i] === "\\") i++;
      text += this.text[i] ?? "";
    }
    if (i >= this.text.length) throw new ParseError("a text in the header does not end", this.at);
    this.at = i + 1;
    return { kind: "text", text };
  }

  private sequence(close: string, depth: number): Literal {
    this.at++;
    const items: Literal[] = [];
    for (;;) {
      this.blank();
      if (this.text[this.at] === close) break;
      items.push(this.value(depth + 1));
      this.blank();
      if (this.text[this.at] === ",") this.at++;
      else if (this.text[this.at] !== close) throw new ParseError(`expected , or ${close} in the header`, this.at);
    }
    this.at++;
    return { kind: "sequence", items };
  }

  private dict(depth: number): Literal {
    this.at++;
    const entries: [Literal, Literal][] = [];
    for (;;) {
      this.blank();
      if (this.text[this.at] === "}") break;
      const key = this.value(depth + 1);
      this.blank();
      if (this.text[this.at] !== ":") throw new ParseError("expected : in the header", this.at);
      this.at++;
      entries.push([key, this.value(depth + 1)]);
      this.blank();
      if (this.text[this.at] === ",") this.at++;
      else if (this.text[this.at] !== "}") throw new ParseError("expected , or } in the header", this.at);
    }
    this.at++;
    return { kind: "dict", entries };
  }
}
