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
  let root = readValue(cursor, marker(cursor), frames);
  while (frames.length > 0) {
    onNodes?.(1);
    fill(cursor, frames);
  }
  if (cursor.remaining > 0)
    throw new ParseError(`${cursor.remaining} bytes follow the UBJSON value at ${cursor.offset}`, cursor.offset);
  root ??= null;
  return root;
}

/** Adds the next value to the innermost container, or closes it. */
function fill(cursor: Cursor, frames: Frame[]): void {
  const frame = frames.at(-1);
  if (frame === undefined) return;
  if (frame.left === 0) {
    frames.pop();
    return;
  }
  const isMap = frame.container instanceof Map;
  let next = frame.left === undefined || !isMap ? undefined : "";
  if (frame.left === undefined) {
    next = marker(cursor);
    if (next === (isMap ? "}" : "]")) {
      frames.pop();
      return;
    }
  } else frame.left--;
  const key = isMap ? readText(cursor, next === "" || next === undefined ? marker(cursor) : next) : "";
  const type = frame.type ?? (isMap || next === undefined ? marker(cursor) : next);
  const value = readValue(cursor, type, frames);
  if (frame.container instanceof Map) frame.container.set(key, value);
  else frame.container.push(value);
}

function readValue(cursor: Cursor, type: string, frames: Frame[]): JsonValue {
  if (type === "[" || type === "{") return open(cursor, type === "{", frames);
  const scalar = SCALARS.get(type);
  if (scalar === undefined)
    throw new ParseError(`unknown UBJSON marker ${JSON.stringify(type)} at ${cursor.offset - 1}`, cursor.offset - 1);
  return scalar.read(cursor);
}

function open(cursor: Cursor, isMap: boolean, frames: Frame[]): JsonValue {
  if (frames.length >= MAX_DEPTH)
    throw new ParseError(`UBJSON nested deeper than ${MAX_DEPTH} levels at ${cursor.offset}`, cursor.offset);
  const container: JsonValue[] | Map<string, JsonValue> = isMap ? new Map() : [];
  let type: string | undefined;
  if (peek(cursor) === "$") {
    marker(cursor);
    type = marker(cursor);
  }
  let left: number | undefined;
  if (peek(cursor) === "#") {
    marker(cursor);
    left = readCount(cursor, type);
  } else if (type !== undefined)
    throw new ParseError(`typed UBJSON container at ${cursor.offset} without a count`, cursor.offset);
  frames.push({ container, left, type });
  return container;
}

/** A count of values, which take at least a byte each unless their type says it all. */
function readCount(cursor: Cursor, type: string | undefined): number {
  const count = readLength(cursor, marker(cursor));
  const least = type === undefined ? 1 : Math.max(1, SCALARS.get(type)?.bytes ?? 1);
  if (count * least > cursor.remaining) {
    throw new ParseError(
      `UBJSON container of ${count} values at ${cursor.offset}, ${cursor.remaining} bytes are left`,
      cursor.offset,
    );
  }
  return count;
}

function readString(cursor: Cursor): string {
  return cursor.utf8(readLength(cursor, marker(cursor)));
}

/** A key: its length stands without the marker of a string. */
function readText(cursor: Cursor, lengthMarker: string): string {
  return cursor.utf8(readLength(cursor, lengthMarker));
}

function readLength(cursor: Cursor, type: string): number {
  const value = "iUIlL".includes(type) ? SCALARS.get(type)?.read(cursor) : undefined;
  if (typeof value !== "number" || value < 0)
    throw new ParseError(`UBJSON length ${String(value)} at ${cursor.offset}`, cursor.offset);
  return value;
}

function marker(cursor: Cursor): string {
  return cursor.latin1(1);
}

function peek(cursor: Cursor): string {
  const next = cursor.latin1(1);
  cursor.seek(cursor.offset - 1);
  return next;
}

function narrow(value: bigint): number | bigint {
  return value <= MAX_SAFE && value >= -MAX_SAFE ? Number(value) : value;
}
