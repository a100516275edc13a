import type { AnyShape, Field, Shape } from "./shape.js";

/** A value that was not read: where it lies, its bytes, and how often the field occurred. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
  readonly occurrences: number;
}

/** A varint as it was read: a bigint only where a number cannot hold it. */
export type Varint = number | bigint;

interface Child {
  readonly shape: AnyShape;
  readonly value: unknown;
}

/** Numbers of one field that are kept in a row. */
export const MAX_VARINTS = 1024;

type Value = string | Uint8Array | Varint | Extent | Child;

/** What a message held, while it is read. `build` takes from it what is worth keeping. */
export class Message<N extends string = string> {
  private readonly fields: Field[] = [];
  private readonly values: Value[] = [];
  /** Messages that are not repeated, where they lie among the values, in case they go on. */
  private once: Map<Field, { readonly message: Message; readonly at: number }> | undefined;
  private unknownAt: number | undefined;
  private run = 0;

  constructor(
    /** Offset of the message's first byte inside the artifact. */
    readonly offset: number,
    /** Where it ends; the end of the file for messages in text format. */
    readonly end: number,
  ) {}

  /** Where the first field lies that the shape does not know, if there is one. */
  get firstUnknown(): number | undefined {
    return this.unknownAt;
  }

  markUnknown(offset: number): void {
    this.unknownAt ??= offset;
  }

  add(field: Field, value: string | Uint8Array): void {
    this.fields.push(field);
    this.values.push(value);
  }

  /** Keeps the first MAX_VARINTS in a row: a shape has few dimensions, and a tensor's numbers are not wanted. False when full. */
  addVarint(field: Field, value: Varint): boolean {
    this.run = this.fields[this.fields.length - 1] === field ? this.run + 1 : 1;
    if (this.run > MAX_VARINTS) return false;
    this.fields.push(field);
    this.values.push(value);
    return true;
  }

  addChild(field: Field, shape: AnyShape, value: unknown, message?: Message): void {
    const known = this.once?.get(field);
    if (known !== undefined) {
      this.values[known.at] = { shape, value };
      return;
    }
    if (field.isOnce && message !== undefined) {
      this.once ??= new Map();
      this.once.set(field, { message, at: this.values.length });
    }
    this.fields.push(field);
    this.values.push({ shape, value });
  }

  /** What a message that is not repeated held when it stood here before: it goes on. */
  earlier(field: Field): Message | undefined {
    return this.once?.get(field)?.message;
  }

  /** A second scalar of the same field extends the first, so that a million unpacked numbers cost one entry. */
  addExtent(field: Field, offset: number, length: number, scalar: boolean): void {
    const last = this.fields.length - 1;
    const previous = this.values[last];
    if (scalar && this.fields[last] === field && isExtent(previous)) {
      const { offset: start, occurrences } = previous;
      this.values[last] = { offset: start, length: offset + length - start, occurrences: occurrences + 1 };
      return;
    }
    this.fields.push(field);
    this.values.push({ offset, length, occurrences: 1 });
  }

  has(name: N): boolean {
    return this.all(name).length > 0;
  }

  /** The last occurrence, which is the one that counts for a field that is not repeated. */
  text(name: N): string | undefined {
    return this.texts(name).at(-1);
  }

  texts(name: N): string[] {
    return this.all(name).filter((value) => typeof value === "string");
  }

  bytes(name: N): Uint8Array[] {
    return this.all(name).filter((value) => value instanceof Uint8Array);
  }

  /** An enum, a boolean or a small count; NaN where the value is beyond what a number can hold. */
  number(name: N): number | undefined {
    const value = this.varints(name).at(-1);
    return typeof value === "bigint" ? Number.NaN : value;
  }

  /** As int64. */
  int64(name: N): bigint | undefined {
    return this.int64s(name).at(-1);
  }

  int64s(name: N): bigint[] {
    return this.varints(name).map((value) => BigInt.asIntN(64, BigInt(value)));
  }

  flag(name: N): boolean {
    return Boolean(this.varints(name).at(-1));
  }

  extents(name: N): Extent[] {
    return this.all(name).filter(isExtent);
  }

  /** Messages of a field, in order. A field that is not repeated may hold several all the same: parsers merge them. */
  children<T>(name: N, shape: Shape<T>): T[] {
    const found: T[] = [];
    for (const value of this.all(name)) {
      if (isChild(value) && value.shape === shape) found.push(value.value as T); // built by this very shape
    }
    return found;
  }

  child<T>(name: N, shape: Shape<T>): T | undefined {
    return this.children(name, shape).at(-1);
  }

  private varints(name: N): Varint[] {
    return this.all(name).filter((value) => typeof value === "number" || typeof value === "bigint");
  }

  private all(name: N): Value[] {
    const found: Value[] = [];
    for (let i = 0; i < this.fields.length; i++) {
      const value = this.values[i];
      if (this.fields[i]?.name === name && value !== undefined) found.push(value);
    }
    return found;
  }
}

function isExtent(value: Value | undefined): value is Extent {
  return typeof value === "object" && "occurrences" in value;
}

function isChild(value: Value): value is Child {
  return typeof value === "object" && "shape" in value;
}
