import { concat } from "./bytes.js";

export type Packable =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Extension
  | readonly Packable[]
  | { readonly [key: string]: Packable };

export class Extension {
  constructor(
    readonly type: number,
    readonly payload: Uint8Array,
  ) {}
}

function head(code: number, value: number, width: number): Uint8Array {
  return Uint8Array.from([code, ...Array.from({ length: width }, (_, i) => (value >>> (8 * (width - 1 - i))) & 0xff)]);
}

/** MessagePack in its longest forms where a choice exists, except for the fixed ones of small values. */
export function pack(value: Packable): Uint8Array {
  if (value === null) return Uint8Array.of(0xc0);
  if (typeof value === "boolean") return Uint8Array.of(value ? 0xc3 : 0xc2);
  if (typeof value === "number") return packNumber(value);
  if (typeof value === "string") return packText(value);
  if (value instanceof Uint8Array) return concat(head(0xc6, value.length, 4), value);
  if (value instanceof Extension)
    return concat(head(0xc9, value.payload.length, 4), [value.type & 0xff], value.payload);
  if (Array.isArray(value)) return concat(packCount(0x90, 0xdd, value.length), ...value.map(pack));
  const entries = Object.entries(value);
  return concat(packCount(0x80, 0xdf, entries.length), ...entries.flatMap(([key, one]) => [pack(key), pack(one)]));
}

function packNumber(value: number): Uint8Array {
  if (Number.isInteger(value) && value >= 0 && value < 128) return Uint8Array.of(value);
  const bytes = new Uint8Array(9);
  bytes[0] = 0xcb;
  new DataView(bytes.buffer).setFloat64(1, value);
  return bytes;
}

function packText(text: string): Uint8Array {
  const bytes = Buffer.from(text, "utf8");
  return bytes.length < 32 ? concat([0xa0 + bytes.length], bytes) : concat(head(0xdb, bytes.length, 4), bytes);
}

function packCount(fixed: number, long: number, count: number): Uint8Array {
  return count < 16 ? Uint8Array.of(fixed + count) : head(long, count, 4);
}

/** An array as Flax writes it. */
export function flaxArray(shape: readonly number[], dtype: string, bytes: Uint8Array): Extension {
  return new Extension(1, pack([[...shape], dtype, bytes]));
}
