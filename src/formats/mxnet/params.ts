// MXNet parameter files: NDArray::Save and NDArray::Load of src/ndarray/ndarray.cc (1.9)
import { ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import type { SyncByteSource } from "../../io/byte-source.js";
import { SyncReader } from "../../io/sync-reader.js";

export interface MxnetArray {
  name: string;
  readonly start: number;
  readonly size: number;
}

export interface MxnetParams {
  readonly arrays: readonly MxnetArray[];
  readonly loaded: number;
  readonly end: number;
}

export const MXNET_MAGIC = 0x112n;
const V1 = 0xf993fac8;
const V2 = 0xf993fac9;
const V3 = 0xf993faca;
/** Bytes of an element by mshadow's type code: float32, float64, float16, uint8, int32, int8, int64, bool, int16 to uint64, bfloat16. */
const WIDTHS = [4, 8, 2, 1, 4, 1, 8, 1, 2, 2, 4, 8, 2] as const;
/** Arrays beside the values: none, the row indices, or the index pointers and the column indices. */
const AUXILIARY = new Map([
  [-1, 0],
  [0, 0],
  [1, 1],
  [2, 2],
]);
const MAX_DIMENSIONS = 64;
const MAX_NAME = 4096;
const ABSENT = -1;
/** A number of dimensions, a device and a type. */
const LEAST_ARRAY_BYTES = 4;

/** Names and places of the arrays; their numbers are stepped over. */
export function readMxnetParams(source: SyncByteSource, budget: Budget): MxnetParams {
  const reader = new SyncReader(source);
  if (reader.u64() !== MXNET_MAGIC)
    throw new ParseError("no MXNet parameters: another number than 0x112 begins the file", 0);
  reader.u64();
  const count = countOf(reader, LEAST_ARRAY_BYTES);
  const arrays: MxnetArray[] = [];
  for (let i = 0; i < count; i++) {
    budget.spendSteps();
    arrays.push(readArray(reader, i));
  }
  const names = countOf(reader, 8);
  if (names !== 0 && names !== count) throw new ParseError(`${names} names for ${count} arrays`, reader.offset);
  for (let i = 0; i < names; i++) {
    budget.spendSteps();
    const length = countOf(reader, 1);
    const array = arrays[i];
    const name = reader.latin1(Math.min(length, MAX_NAME));
    reader.skip(Math.max(0, length - MAX_NAME));
    if (array) array.name = name;
  }
  return { arrays, loaded: reader.loaded, end: reader.offset };
}

function countOf(reader: SyncReader, bytesEach: number): number {
  const { offset, remaining } = reader;
  const count = reader.u64();
  if (count * BigInt(bytesEach) > BigInt(remaining)) {
    throw new ParseError(`${count} entries announced at ${offset}, ${remaining} bytes are left`, offset);
  }
  return Number(count);
}

function readArray(reader: SyncReader, index: number): MxnetArray {
  const name = `array ${index}`;
  const { offset } = reader;
  const magic = reader.u32();
  if (magic !== V1 && magic !== V2 && magic !== V3) return legacy(reader, magic, name);
  const storage = magic === V1 ? 0 : reader.i32();
  const auxiliary = AUXILIARY.get(storage);
  if (auxiliary === undefined) throw new ParseError(`storage type ${storage} at ${offset} does not exist`, offset);
  const stored = auxiliary > 0 ? shapeOf(reader, magic) : undefined;
  const shape = shapeOf(reader, magic);
  if (shape === undefined || (shape.length === 0 && magic !== V3)) return { name, start: reader.offset, size: 0 };
  reader.skip(8);
  const width = widthOf(reader);
  const extras: { width: number; shape: readonly bigint[] }[] = [];
  for (let i = 0; i < auxiliary; i++) extras.push({ width: widthOf(reader), shape: shapeOf(reader, magic) ?? [] });
  const array = skipNumbers(reader, { name, width, shape: stored ?? shape });
  for (const extra of extras) skipNumbers(reader, { name, ...extra });
  return array;
}

/** Before 0.11 the number of dimensions stood first, and each took four bytes. */
function legacy(reader: SyncReader, dimensions: number, name: string): MxnetArray {
  const { offset } = reader;
  if (dimensions > MAX_DIMENSIONS)
    throw new ParseError(`an array of ${dimensions} dimensions at ${offset - 4}`, offset - 4);
  if (dimensions === 0) return { name, start: offset, size: 0 };
  const shape = Array.from({ length: dimensions }, () => BigInt(reader.u32()));
  reader.skip(8);
  return skipNumbers(reader, { name, width: widthOf(reader), shape });
}

/** Undefined for an array that has no shape yet. */
function shapeOf(reader: SyncReader, magic: number): readonly bigint[] | undefined {
  const { offset } = reader;
  const dimensions = reader.i32();
  if (dimensions === ABSENT && magic === V3) return undefined;
  if (dimensions < 0 || dimensions > MAX_DIMENSIONS)
    throw new ParseError(`an array of ${dimensions} dimensions at ${offset}`, offset);
  return Array.from({ length: dimensions }, () => reader.i64());
}

function widthOf(reader: SyncReader): number {
  const { offset } = reader;
  const type = reader.i32();
  const width = WIDTHS[type];
  if (width === undefined) throw new ParseError(`element type ${type} at ${offset} does not exist`, offset);
  return width;
}

interface Numbers {
  readonly name: string;
  readonly width: number;
  readonly shape: readonly bigint[];
}

function skipNumbers(reader: SyncReader, { name, width, shape }: Numbers): MxnetArray {
  const { offset, remaining } = reader;
  let size = BigInt(width);
  for (const dimension of shape) {
    size *= dimension;
    if (size < 0n || size > BigInt(remaining)) {
      throw new ParseError(
        `${name} of ${shape.slice(0, 8).join(" x ")} at ${offset}, ${remaining} bytes are left`,
        offset,
      );
    }
  }
  reader.skip(Number(size));
  return { name, start: offset, size: Number(size) };
}
