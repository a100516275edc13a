// Where one pickle of a file ends and the next begins.

import { trial } from "../../formats/pickle/trial.js";
import type { SyncByteSource } from "../../io/byte-source.js";

/** Newlines, blanks and zeros between streams: loaders that read several skip none of them, people and tools leave them. */
const PADDING = new Set([0x00, 0x09, 0x0a, 0x0d, 0x20]);
const MAX_PADDING = 1 << 20;
const CHUNK = 4096;

/** True when a file begins as a pickle does: by PROTO, or because it runs. */
export function beginsPickle(source: SyncByteSource): boolean {
  const [first, second = 0xff] = source.readSync(0, 2);
  if (first === 0x80 && second <= 0x0f) return true;
  const { opcodes, reason, anomalies, imports, plausibleImports } = trial(source, 0);
  // Lines of text may read as imports of what no module could be.
  if (imports > 0 && plausibleImports === 0 && isText(source.readSync(0, CHUNK))) return false;
  return plausibleImports > 0 || (opcodes > 0 && reason !== "unknown-opcode" && anomalies <= 1);
}

function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d));
}

/** True when a further pickle begins right here: it runs without breaking the rules. */
export function isStream(source: SyncByteSource, at: number): boolean {
  const { opcodes, anomalies, reason, plausibleImports } = trial(source, at);
  if (plausibleImports > 0) return true;
  return anomalies === 0 && opcodes >= 2 && (reason === "stop" || (reason === "truncated" && opcodes > 8));
}

/** The offset of the first byte at or behind `from` that is no padding. */
export function skipPadding(source: SyncByteSource, from: number): number {
  for (let at = from; at < source.size; at += CHUNK) {
    if (at - from > MAX_PADDING) return at;
    const found = source.readSync(at, CHUNK).findIndex((byte) => !PADDING.has(byte));
    if (found >= 0) return at + found;
  }
  return source.size;
}
