// What flax.serialization puts into MessagePack: extension 1 is an array, 2 a complex number, 3 a NumPy scalar. Arrays are themselves
// MessagePack: a list of shape, dtype name and raw bytes.

import { ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import type { ByteSource } from "../../io/byte-source.js";
import { type MsgpackScalar, type MsgpackText, type MsgpackVisitor, openMsgpack, walkMsgpack } from "./walk.js";

export const ARRAY_EXTENSION = 1;
export const COMPLEX_EXTENSION = 2;
export const SCALAR_EXTENSION = 3;
/** Part of MessagePack itself. */
export const TIMESTAMP_EXTENSION = -1;

export interface FlaxArray {
  readonly shape: readonly bigint[];
  readonly dtype: string;
  /** Where the numbers lie, relative to the payload. */
  readonly start: number;
  readonly size: number;
}

/** Shape and dtype stand before the numbers, which are not read. */
const WINDOW = 4096;
const MAX_DIMENSIONS = 64;
const ITEM_BYTES: ReadonlyMap<string, number> = new Map([
  ["bool", 1],
  ["int2", 1],
  ["int4", 1],
  ["int8", 1],
  ["int16", 2],
  ["int32", 4],
  ["int64", 8],
  ["uint2", 1],
  ["uint4", 1],
  ["uint8", 1],
  ["uint16", 2],
  ["uint32", 4],
  ["uint64", 8],
  ["float16", 2],
  ["float32", 4],
  ["float64", 8],
  ["float128", 16],
  ["bfloat16", 2],
  ["complex64", 8],
  ["complex128", 16],
  ["complex256", 32],
]);
/** float8_e4m3fn, float4_e2m1fn and whatever ml_dtypes adds to them take a byte each. */
const SMALL_FLOAT = /^float[468]_e\d{1,2}m\d{1,2}[a-z0-9]{0,12}$/;
/** NumPy's own way to write a type: `<f4`, `|V2`, `<U12`. */
const TYPE_CODE = /^[<>|=]?([biufcSUVmM])(\d{1,9})(?:\[[\w ]{1,20}\])?$/;

/** Bytes of one element; undefined for what is no type of plain numbers or characters. */
export function itemBytes(dtype: string): number | undefined {
  const known = ITEM_BYTES.get(dtype);
  if (known !== undefined) return known;
  if (SMALL_FLOAT.test(dtype)) return 1;
  const [, kind, size] = TYPE_CODE.exec(dtype) ?? [];
  if (kind === undefined) return undefined;
  return Number(size) * (kind === "U" ? 4 : 1);
}

/** Reads the head of an array's payload. Throws ParseError where it is no array. */
export async function readFlaxArray(payload: ByteSource, budget: Budget): Promise<FlaxArray> {
  const reader = openMsgpack(payload, WINDOW);
  const visitor = new ArrayVisitor();
  await walkMsgpack(reader, visitor, budget);
  if (reader.remaining > 0)
    throw new ParseError(`${reader.remaining} bytes follow an array in its payload`, reader.offset);
  return visitor.array();
}

/** A complex number is a list of two doubles. */
const COMPLEX = [0x92, 0xcb, 0xcb] as const;
const COMPLEX_BYTES = 19;

export function isComplex(payload: Uint8Array): boolean {
  const [list, real, imaginary] = COMPLEX;
  return payload.length === COMPLEX_BYTES && payload[0] === list && payload[1] === real && payload[10] === imaginary;
}

class ArrayVisitor implements MsgpackVisitor {
  private depth = 0;
  private readonly shape: bigint[] = [];
  private dtype: string | undefined;
  private data: { start: number; size: number } | undefined;

  open(isMap: boolean, count: number, offset: number): void {
    this.depth++;
    const isExpected = !isMap && (this.depth === 1 ? count === 3 : this.depth === 2 && count <= MAX_DIMENSIONS);
    if (!isExpected) throw new ParseError("an array's payload is not shape, dtype and bytes", offset);
  }

  close(): void {
    this.depth--;
  }

  scalar(value: MsgpackScalar, offset: number): void {
    if (this.depth !== 2 || (typeof value !== "number" && typeof value !== "bigint") || !isCount(value)) {
      throw new ParseError(`an array's shape holds ${String(value)}`, offset);
    }
    this.shape.push(BigInt(value));
  }

  text({ text }: MsgpackText): void {
    this.dtype = text;
  }

  bytes(start: number, size: number): void {
    this.data = { start, size };
  }

  extension(type: number, offset: number): void {
    throw new ParseError(`an array's payload holds extension ${type}`, offset);
  }

  array(): FlaxArray {
    if (this.dtype === undefined || this.data === undefined)
      throw new ParseError("an array's payload lacks its dtype or its bytes");
    return { shape: this.shape, dtype: this.dtype, ...this.data };
  }
}

function isCount(value: number | bigint): boolean {
  return value >= 0 && (typeof value === "bigint" || Number.isInteger(value));
}
