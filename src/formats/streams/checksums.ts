/** Adler-32 of no bytes. */
export const ADLER_START = 1;
const ADLER_MODULUS = 65_521;
/** Most bytes whose sums stay below 2^32 without a division (RFC 1950, part 9). */
const ADLER_RUN = 5552;

/** Adler-32 of `bytes` behind what `sum` stands for. */
export function adler32(bytes: Uint8Array, sum = ADLER_START): number {
  let low = sum & 0xffff;
  let high = sum >>> 16;
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + ADLER_RUN);
    for (; at < end; at++) {
      low += bytes[at] ?? 0;
      high += low;
    }
    low %= ADLER_MODULUS;
    high %= ADLER_MODULUS;
  }
  return ((high << 16) | low) >>> 0;
}
