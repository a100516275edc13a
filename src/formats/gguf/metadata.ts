import { ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import type { ForwardReader } from "../../io/forward-reader.js";
import { ARRAY_TYPE, STRING_TYPE, VALUE_TYPES } from "./types.js";
import type { GgufArray, GgufEntry, GgufFault, GgufText, GgufValue } from "./value.js";

export interface MetadataReading {
  readonly version: number;
  readonly budget: Budget;
  readonly visitor: { fault(fault: GgufFault): void };
}

/** Longer strings are judged by their beginning; the longest templates published are 40 KB. */
const MAX_TEXT = 4 << 20;
/** Vocabularies hold hundreds of thousands of strings, lists of tags, languages and template names a few dozen. */
const MAX_KEPT_TEXTS = 512;
/** llama.cpp knows no arrays of arrays, the specification allows them. */
const MAX_ARRAY_DEPTH = 8;
const LAST_U64 = (1n << 64n) - 1n;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true });
const looseUtf8 = new TextDecoder("utf-8");

export async function readEntry(reader: ForwardReader, reading: MetadataReading): Promise<GgufEntry> {
  const key = await readText(reader, reading, "a metadata key");
  if (!reader.has(4)) await reader.load(4);
  const type = reader.u32();
  return { key, type, value: await readValue(reader, type, key.text, reading) };
}

async function readValue(
  reader: ForwardReader,
  type: number,
  key: string,
  reading: MetadataReading,
): Promise<GgufValue> {
  if (type === STRING_TYPE) return readText(reader, reading, key);
  if (type === ARRAY_TYPE) return readArray(reader, key, reading);
  const size = VALUE_TYPES[type]?.bytes;
  if (size === undefined) throw new ParseError(`value of ${key} has the unknown type ${type}`, reader.offset - 4);
  if (!reader.has(size)) await reader.load(size);
  return readScalar(reader, type);
}

function readScalar(reader: ForwardReader, type: number): number | bigint | boolean {
  switch (VALUE_TYPES[type]?.name) {
    case "uint8":
      return reader.u8();
    case "int8":
      return reader.i8();
    case "uint16":
      return reader.u16();
    case "int16":
      return reader.i16();
    case "uint32":
      return reader.u32();
    case "int32":
      return reader.i32();
    case "float32":
      return reader.f32();
    case "bool":
      return reader.u8() !== 0;
    case "uint64":
      return reader.u64();
    case "int64":
      return reader.i64();
    default:
      return reader.f64();
  }
}

/** A length or count: 32 bits wide in version 1, 64 since. */
async function readCount(reader: ForwardReader, version: number): Promise<bigint> {
  const size = version === 1 ? 4 : 8;
  if (!reader.has(size)) await reader.load(size);
  return version === 1 ? BigInt(reader.u32()) : reader.u64();
}

export async function readText(
  reader: ForwardReader,
  reading: Pick<MetadataReading, "version" | "visitor">,
  of: string,
): Promise<GgufText> {
  const { offset } = reader;
  const length = checkLength(await readCount(reader, reading.version), reader, {
    of,
    offset,
    visitor: reading.visitor,
  });
  const start = reader.offset;
  const kept = Math.min(length, MAX_TEXT);
  if (!reader.has(kept)) await reader.load(kept);
  const bytes = reader.raw(kept);
  if (length > kept) reader.skip(length - kept);
  return { ...decode(bytes), length, offset: start };
}

interface LengthPlace {
  readonly of: string;
  readonly offset: number;
  readonly visitor: { fault(fault: GgufFault): void };
}

function checkLength(length: bigint, reader: ForwardReader, { of, offset, visitor }: LengthPlace): number {
  if (length <= BigInt(reader.remaining)) return Number(length);
  const message = `string of ${of} claims ${length} bytes at ${offset}, ${reader.remaining} are left`;
  // length + 1 for the final zero byte wrapped around in early loaders
  const references = length === LAST_U64 ? ["CVE-2024-23496"] : [];
  visitor.fault({ kind: "string-length", subject: of, message, offset, references });
  throw new ParseError(message, offset);
}

function decode(bytes: Uint8Array): { text: string; isUtf8: boolean } {
  try {
    return { text: strictUtf8.decode(bytes), isUtf8: true };
  } catch {
    return { text: looseUtf8.decode(bytes), isUtf8: false };
  }
}

async function readArray(reader: ForwardReader, key: string, reading: MetadataReading): Promise<GgufArray> {
  if (!reader.has(4)) await reader.load(4);
  const elementType = reader.u32();
  const count = await readCount(reader, reading.version);
  const texts: GgufText[] = [];
  await readElements(reader, { elementType, count, key, depth: 1, texts, reading });
  return { elementType, count, isNested: elementType === ARRAY_TYPE, texts };
}

interface Elements {
  readonly elementType: number;
  readonly count: bigint;
  readonly key: string;
  readonly depth: number;
  /** Strings are added here. */
  readonly texts: GgufText[];
  readonly reading: MetadataReading;
}

async function readElements(reader: ForwardReader, elements: Elements): Promise<void> {
  const { elementType, key, depth } = elements;
  const size = VALUE_TYPES[elementType]?.bytes;
  if (size === undefined)
    throw new ParseError(`array of ${key} has the unknown element type ${elementType}`, reader.offset);
  if (depth > MAX_ARRAY_DEPTH)
    throw new ParseError(`array of ${key} is nested deeper than ${MAX_ARRAY_DEPTH} levels`, reader.offset);
  const count = checkElements(reader, elements, size);
  if (size > 0) reader.skip(count * size);
  else if (elementType === STRING_TYPE) await readTexts(reader, count, elements);
  else await readNested(reader, count, elements);
}

function checkElements(reader: ForwardReader, { count, key, elementType, reading }: Elements, size: number): number {
  const { offset, remaining } = reader;
  // a string takes its length field, an inner array its type and count
  const least = size > 0 ? size : reading.version === 1 ? 4 : 8;
  const needed = count * BigInt(least);
  if (needed <= BigInt(remaining)) return Number(count);
  const message = `array of ${key} claims ${count} elements of type ${elementType} at ${offset}, ${remaining} bytes are left`;
  const references = needed > LAST_U64 ? ["CVE-2024-21825"] : [];
  reading.visitor.fault({ kind: "array-count", subject: key, message, offset, references });
  throw new ParseError(message, offset);
}

async function readTexts(reader: ForwardReader, count: number, { key, texts, reading }: Elements): Promise<void> {
  for (let i = 0; i < count; i++) {
    reading.budget.spendSteps();
    if (texts.length < MAX_KEPT_TEXTS) {
      texts.push(await readText(reader, reading, key));
      continue;
    }
    const { offset } = reader;
    const length = await readCount(reader, reading.version);
    reader.skip(checkLength(length, reader, { of: key, offset, visitor: reading.visitor }));
  }
}

async function readNested(reader: ForwardReader, count: number, elements: Elements): Promise<void> {
  const { reading, depth } = elements;
  for (let i = 0; i < count; i++) {
    reading.budget.spendSteps();
    if (!reader.has(4)) await reader.load(4);
    const elementType = reader.u32();
    const inner = await readCount(reader, reading.version);
    await readElements(reader, { ...elements, elementType, count: inner, depth: depth + 1 });
  }
}
