import { concat, u64 } from "./bytes.js";

export type UbjsonInput =
  | null
  | boolean
  | number
  | string
  | Float32Array
  | readonly UbjsonInput[]
  | { readonly [key: string]: UbjsonInput };

const length = (value: number) => concat("L", u64(value, false));
const text = (value: string) => concat(length(Buffer.byteLength(value)), value);

/** UBJSON as XGBoost writes it: 64-bit lengths, lists with their count, floats packed. */
export function ubjson(value: UbjsonInput): Uint8Array {
  if (value === null) return concat("Z");
  if (typeof value === "boolean") return concat(value ? "T" : "F");
  if (typeof value === "number") return concat("l", int32(value));
  if (typeof value === "string") return concat("S", text(value));
  if (value instanceof Float32Array) return concat("[$d#", length(value.length), ...[...value].map(float32));
  if (Array.isArray(value)) return concat("[#", length(value.length), ...value.map(ubjson));
  return concat("{", ...Object.entries(value).flatMap(([key, one]) => [text(key), ubjson(one)]), "}");
}

function int32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return bytes;
}

function float32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value);
  return bytes;
}
