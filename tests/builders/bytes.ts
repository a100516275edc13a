/** Parts of a file put together: bytes, or text as UTF-8. */
export function concat(...parts: readonly (Uint8Array | string | readonly number[])[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "utf8") : Uint8Array.from(part)))),
  );
}

export function u8(value: number): Uint8Array {
  return Uint8Array.of(value);
}

export function u32(value: number, littleEndian = true): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, littleEndian);
  return bytes;
}

export function u64(value: number | bigint, littleEndian = true): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), littleEndian);
  return bytes;
}

export function zeros(length: number): Uint8Array {
  return new Uint8Array(length);
}
