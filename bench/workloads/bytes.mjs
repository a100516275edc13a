// Little-endian numbers, and files that are mostly a hole.

import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";

export function u16(value) {
  return Buffer.from([value & 0xff, value >> 8]);
}

export function u32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function u64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** Writes the pieces one after the other; a number is a hole of so many bytes. Reading a hole shows: it is not free. */
export function writeSparse(path, pieces) {
  const descriptor = openSync(path, "w");
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece !== "number") writeSync(descriptor, piece, 0, piece.length, at);
    at += lengthOf([piece]);
  }
  ftruncateSync(descriptor, at);
  closeSync(descriptor);
}

export function lengthOf(pieces) {
  return pieces.reduce((sum, piece) => sum + (typeof piece === "number" ? piece : piece.length), 0);
}
