// LibLZF 3.6 by Marc Lehmann, which h5py brings with it as filter 32000.

import { ParseError } from "../../errors.js";

/** Runs of literals begin with their length less one, below 32; everything else copies what was written before. */
const LITERAL_LIMIT = 32;
/** A length field of 7 is continued in the next byte. */
const LONG_COPY = 7;

/** Decompresses a chunk of at most `size` bytes. */
export function decodeLzf(bytes: Uint8Array, size: number): Uint8Array {
  const output = new Uint8Array(size);
  let written = 0;
  for (let at = 0; at < bytes.length; ) {
    const control = bytes[at++] ?? 0;
    if (control < LITERAL_LIMIT) {
      const literal = bytes.subarray(at, at + control + 1);
      if (written + literal.length > size) throw tooLong(size);
      output.set(literal, written);
      written += literal.length;
      at += control + 1;
      continue;
    }
    let length = control >> 5;
    if (length === LONG_COPY) length += bytes[at++] ?? 0;
    const distance = ((control & 0x1f) << 8) + (bytes[at++] ?? 0) + 1;
    const end = written + length + 2;
    if (end > size || distance > written) throw tooLong(size);
    for (; written < end; written++) output[written] = output[written - distance] ?? 0;
  }
  return output.subarray(0, written);
}

function tooLong(size: number): ParseError {
  return new ParseError(`an LZF chunk does not decompress to ${size} bytes`);
}
