// CPython's marshal format, versions 0 to 5 as Python/marshal.c writes them (2.7, 3.0 to 3.14).
// https://github.com/python/cpython/blob/3.14/Python/marshal.c
import { ParseError } from "../../errors.js";
import { Cursor } from "../../io/cursor.js";
import { readCodeObject } from "./code-object.js";
import { type MarshalDict, type MarshalSequence, type MarshalValue, textOf, textsOf, tupleItems } from "./value.js";

/** CPython allows 2000; compilers write a few dozen, and our own stack must hold in a worker thread. */
const MAX_DEPTH = 500;
/** Integers of more 15-bit digits than this are kept as "some large number": reading them costs the square of their length. */
const MAX_INTEGER_DIGITS = 1024;
const FLAG_REF = 0x80;

/** Stands for the NULL that ends a dict; never leaves the reader. */
const END = Symbol("NULL");
/** Takes the place of an object in the reference table until it is complete. */
const PENDING = Symbol("pending");

type Item = MarshalValue | typeof END;

export interface MarshalOptions {
  /** 32-bit fields before a code object's bytecode, where the caller knows (see `codeFieldCounts`). */
  readonly codeFields?: number;
}

/** Reads the one value at the beginning of `bytes`; what follows it is ignored, as `marshal.loads` does. */
export function readMarshal(bytes: Uint8Array, options: MarshalOptions = {}): MarshalValue {
  return new MarshalReader(bytes, options.codeFields).value();
}

export class MarshalReader {
  readonly cursor: Cursor;
  private readonly references: (MarshalValue | typeof PENDING)[] = [];
  /** Python 2 numbers its interned strings on their own. */
  private readonly interned: string[] = [];
  private depth = 0;

  constructor(
    readonly bytes: Uint8Array,
    readonly codeFields?: number,
  ) {
    this.cursor = new Cursor(bytes);
  }

  value(): MarshalValue {
    const item = this.item();
    if (item === END) throw this.error("a NULL stands where an object must be");
    return item;
  }

  text(): string {
    return this.required(textOf(this.value()), "a name of a code object is not text");
  }

  texts(): readonly string[] {
    return this.required(textsOf(this.value()), "names of a code object are not a tuple of texts");
  }

  tuple(): readonly MarshalValue[] {
    return this.required(tupleItems(this.value()), "a code object's field is not a tuple");
  }

  raw(): Uint8Array {
    const value = this.value();
    return this.required(value instanceof Uint8Array ? value : undefined, "a code object's bytecode is not bytes");
  }

  required<T>(value: T | undefined, otherwise: string): T {
    if (value === undefined) throw this.error(otherwise);
    return value;
  }

  error(message: string): ParseError {
    return new ParseError(`marshal: ${message}`, this.cursor.offset);
  }

  private item(): Item {
    if (++this.depth > MAX_DEPTH) throw this.error(`nested deeper than ${MAX_DEPTH}`);
    const code = this.cursor.u8();
    const type = String.fromCharCode(code & ~FLAG_REF);
    const slot = code & FLAG_REF ? this.references.push(PENDING) - 1 : undefined;
    const value = this.read(type, slot);
    if (slot !== undefined && value !== END) this.references[slot] = value;
    this.depth--;
    return value;
  }

  private read(type: string, slot: number | undefined): Item {
    switch (type) {
      case "0":
        return END;
      case "N":
        return null;
      case "F":
        return false;
      case "T":
        return true;
      case "S":
        return { kind: "stop-iteration" };
      case ".":
        return { kind: "ellipsis" };
      case "i":
        return this.cursor.i32();
      case "I":
        return this.cursor.i64();
      case "l":
        return this.integer();
      case "f":
        return Number.parseFloat(this.cursor.latin1(this.cursor.u8()));
      case "g":
        return this.cursor.f64();
      case "x":
        this.cursor.skip(this.cursor.u8());
        this.cursor.skip(this.cursor.u8());
        return { kind: "complex" };
      case "y":
        this.cursor.skip(16);
        return { kind: "complex" };
      case "s":
        return this.cursor.raw(this.size());
      case "t":
        return this.internedText();
      case "u":
        return this.cursor.utf8(this.size());
      case "a":
      case "A":
        return this.cursor.latin1(this.size());
      case "z":
      case "Z":
        return this.cursor.latin1(this.cursor.u8());
      case "(":
        return this.sequence("tuple", this.size(), slot);
      case ")":
        return this.sequence("tuple", this.cursor.u8(), slot);
      case "[":
        return this.sequence("list", this.size(), slot);
      case "<":
        return this.sequence("set", this.size(), slot);
      case ">":
        return this.sequence("frozenset", this.size(), slot);
      case "{":
        return this.dict(slot);
      case ":":
        return { kind: "slice", start: this.value(), stop: this.value(), step: this.value() };
      case "c":
        return readCodeObject(this);
      case "r":
        return this.reference();
      case "R":
        return this.internedReference();
      default:
        throw this.error(`unknown type 0x${type.charCodeAt(0).toString(16)}`);
    }
  }

  /** A count of things that take a byte each at least: more than the rest of the file can hold is refused before anything is made. */
  private size(): number {
    const count = this.cursor.u32();
    if (count > this.cursor.remaining) {
      throw this.error(`${count} items announced, ${this.cursor.remaining} bytes left`);
    }
    return count;
  }

  private integer(): bigint | { kind: "complex" } {
    const digits = this.cursor.i32();
    const count = Math.abs(digits);
    const raw = this.cursor.raw(count * 2);
    if (count > MAX_INTEGER_DIGITS) return { kind: "complex" };
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) {
      value = (value << 15n) | BigInt(((raw[2 * i] ?? 0) | ((raw[2 * i + 1] ?? 0) << 8)) & 0x7fff);
    }
    return digits < 0 ? -value : value;
  }

  private internedText(): string {
    const text = this.cursor.utf8(this.size());
    this.interned.push(text);
    return text;
  }

  private internedReference(): string {
    const index = this.cursor.u32();
    const text = this.interned[index];
    if (text === undefined) throw this.error(`string reference ${index} of ${this.interned.length}`);
    return text;
  }

  private reference(): MarshalValue {
    const index = this.cursor.u32();
    const value = this.references[index];
    if (value === undefined || value === PENDING) throw this.error(`reference ${index} of ${this.references.length}`);
    return value;
  }

  private sequence(kind: MarshalSequence["kind"], count: number, slot: number | undefined): MarshalSequence {
    const items: MarshalValue[] = [];
    const sequence: MarshalSequence = { kind, items };
    // A list may contain itself, so it can be referred to before it is complete.
    if (slot !== undefined && kind !== "frozenset") this.references[slot] = sequence;
    for (let i = 0; i < count; i++) items.push(this.value());
    return sequence;
  }

  private dict(slot: number | undefined): MarshalDict {
    const entries: [MarshalValue, MarshalValue][] = [];
    const dict: MarshalDict = { kind: "dict", entries };
    if (slot !== undefined) this.references[slot] = dict;
    for (;;) {
      const key = this.item();
      if (key === END) return dict;
      entries.push([key, this.value()]);
    }
  }
}
