// UBJSON (draft 12), as XGBoost writes its models: numbers are big-endian, lists of one type may be packed.

import { ParseError } from "../../errors.js";
import { Cursor } from "../../io/cursor.js";
import type { JsonValue } from "../json/value.js";

export interface UbjsonLimits {
  /** Called with the values read since the last call. */
  readonly onNodes?: (count: number) => void;
}

/** XGBoost's models have some ten levels. */
const MAX_DEPTH = 200;
const LENGTH_TYPES = "iUIlL";
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

type Read = (cursor: Cursor) => JsonValue;

/** By marker: how one value is read, and the least it takes. */
const SCALARS: ReadonlyMap<string, { readonly bytes: number; readonly read: Read }> = new Map([
  ["Z", { bytes: 0, read: () => null }],
  ["T", { bytes: 0, read: () => true }],
  ["F", { bytes: 0, read: () => false }],
  ["i", { bytes: 1, read: (cursor) => (cursor.u8() << 24) >> 24 }],
  ["U", { bytes: 1, read: (cursor) => cursor.u8() }],
  ["I", { bytes: 2, read: (cursor) => (cursor.u16() << 16) >> 16 }],
  ["l", { bytes: 4, read: (cursor) => cursor.i32() }],
  ["L", { bytes: 8, read: (cursor) => narrow(cursor.i64()) }],
  ["d", { bytes: 4, read: (cursor) => cursor.f32() }],
  ["D", { bytes: 8, read: (cursor) => cursor.f64() }],
  ["C", { bytes: 1, read: (cursor) => cursor.latin1(1) }],
  ["S", { bytes: 2, read: readString }],
  ["H", { bytes: 2, read: readString }],
]);

interface Frame {
  readonly container: JsonValue[] | Map<string, JsonValue>;
  /** Values still to come; undefined where a closing marker ends the container. */
  left: number | undefined;
  /** The marker of every value, where it stands once for all. */
  readonly type: string | undefined;
}

/** Reads one value and requires the bytes to end with it. */
export function parseUbjson(bytes: Uint8Array, { onNodes }: UbjsonLimits = {}): JsonValue {
  const cursor = new Cursor(bytes, 0, false);
  const frames: Frame[] = [];
  const root = readValue(cursor, marker(cursor), frames);
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    onNodes?.(1);
    if (isComplete(cursor, frame)) frames.pop();
    else addNext(cursor, frame, frames);
  }
  if (cursor.remaining > 0) {
    throw new ParseError(`${cursor.remaining} bytes follow the UBJSON value at ${cursor.offset}`, cursor.offset);
  }
  return root;
}

/** True when nothing more belongs to the container; takes its closing marker. */
function isComplete(cursor: Cursor, { left, container }: Frame): boolean {
  if (left !== undefined) return left === 0;
  if (peek(cursor) !== (container instanceof Map ? "}" : "]")) return false;
  marker(cursor);
  return true;
}

function addNext(cursor: Cursor, frame: Frame, frames: Frame[]): void {
  const { container, type } = frame;
  if (frame.left !== undefined) frame.left--;
  // a key is a text whose marker is left out
  const key = container instanceof Map ? readString(cursor) : "";
  const value = readValue(cursor, type ?? marker(cursor), frames);
  if (container instanceof Map) container.set(key, value);
  else container.push(value);
}

function readValue(cursor: Cursor, type: string, frames: Frame[]): JsonValue {
  if (type === "[" || type === "{") return open(cursor, type === "{", frames);
  const scalar = SCALARS.get(type);
  if (scalar !== undefined) return scalar.read(cursor);
  throw new ParseError(`unknown UBJSON marker ${JSON.stringify(type)} before ${cursor.offset}`, cursor.offset);
}

function open(cursor: Cursor, isMap: boolean, frames: Frame[]): JsonValue {
  const { offset } = cursor;
  if (frames.length >= MAX_DEPTH)
    throw new ParseError(`UBJSON nested deeper than ${MAX_DEPTH} levels at ${offset}`, offset);
  const container: JsonValue[] | Map<string, JsonValue> = isMap ? new Map() : [];
  const type = take(cursor, "$") ? marker(cursor) : undefined;
  const left = take(cursor, "#") ? readCount(cursor, type) : undefined;
  if (type !== undefined && left === undefined)
    throw new ParseError(`typed UBJSON container at ${offset} without a count`, offset);
  frames.push({ container, left, type });
  return container;
}

/** A count of values, which take at least a byte each: a list of constants costs nothing in the file, and would here. */
function readCount(cursor: Cursor, type: string | undefined): number {
  const { offset } = cursor;
  const count = readLength(cursor);
  const least = Math.max(1, SCALARS.get(type ?? "")?.bytes ?? 1);
  if (count * least <= cursor.remaining) return count;
  throw new ParseError(`UBJSON container of ${count} values at ${offset}, ${cursor.remaining} bytes are left`, offset);
}

function readString(cursor: Cursor): string {
  return cursor.utf8(readLength(cursor));
}

function readLength(cursor: Cursor): number {
  const { offset } = cursor;
  const type = marker(cursor);
  const value = LENGTH_TYPES.includes(type) ? SCALARS.get(type)?.read(cursor) : undefined;
  if (typeof value === "number" && value >= 0) return value;
  throw new ParseError(`UBJSON length at ${offset} is of type ${JSON.stringify(type)}`, offset);
}

function marker(cursor: Cursor): string {
  return cursor.latin1(1);
}

function peek(cursor: Cursor): string {
  const next = marker(cursor);
  cursor.seek(cursor.offset - 1);
  return next;
}

function take(cursor: Cursor, wanted: string): boolean {
  if (peek(cursor) !== wanted) return false;
  marker(cursor);
  return true;
}

function narrow(value: bigint): number | bigint {
  return value <= MAX_SAFE && value >= -MAX_SAFE ? Number(value) : value;
}
