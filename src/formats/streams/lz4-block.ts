// LZ4 block format (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md).

/** How far back a match may reach. */
export const HISTORY = 64 << 10;
const MIN_MATCH = 4;
/** A nibble of this value is continued in further bytes. */
const CONTINUED = 15;

export interface DecodedBlock {
  /** Position in `output` behind the last byte that was written. */
  readonly end: number;
  /** Position in the block of the sequence that does not fit. */
  readonly invalidAt?: number;
}

/** Decodes one block into `output` from `start` on; matches may reach into what precedes `start`. One loop: this is the hot path. */
export function decodeBlock(block: Uint8Array, output: Uint8Array, start: number): DecodedBlock {
  let at = 0;
  let out = start;
  while (at < block.length) {
    const sequence = at;
    const token = block[at++] ?? 0;
    let literals = token >> 4;
    if (literals === CONTINUED) {
      let more = 255;
      while (more === 255 && at < block.length) {
        more = block[at++] ?? 0;
        literals += more;
      }
    }
    if (literals > block.length - at || literals > output.length - out) return { end: out, invalidAt: sequence };
    output.set(block.subarray(at, at + literals), out);
    at += literals;
    out += literals;
    if (at === block.length) break; // the last sequence has no match
    if (at + 2 > block.length) return { end: out, invalidAt: sequence };
    const distance = (block[at] ?? 0) | ((block[at + 1] ?? 0) << 8);
    at += 2;
    let length = (token & CONTINUED) + MIN_MATCH;
    if (length === CONTINUED + MIN_MATCH) {
      let more = 255;
      while (more === 255 && at < block.length) {
        more = block[at++] ?? 0;
        length += more;
      }
    }
    if (distance === 0 || distance > out || length > output.length - out) return { end: out, invalidAt: sequence };
    out = copyMatch(output, out, distance, length);
  }
  return { end: out };
}

/** A match may overlap itself: then it repeats, and every round doubles what can be copied at once. */
function copyMatch(output: Uint8Array, at: number, distance: number, length: number): number {
  const from = at - distance;
  const end = at + length;
  let ready = Math.min(distance, length);
  output.copyWithin(at, from, from + ready);
  while (ready < length) {
    const next = Math.min(ready, length - ready);
    output.copyWithin(at + ready, at, at + next);
    ready += next;
  }
  return end;
}
