import { describe, expect, it } from "vitest";
import { Spool } from "../../src/io/spool.js";

const MEGABYTE = 1 << 20;

/** Noise that repeats nowhere near, so that a wrong offset shows. */
function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0, state = seed; i < length; i++) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    bytes[i] = state >> 16;
  }
  return bytes;
}

function spooled(pieces: readonly Buffer[]) {
  const spool = new Spool();
  for (const piece of pieces) spool.write(piece);
  return spool.finish();
}

describe("what is spooled", () => {
  const zeros = Buffer.alloc(3 * MEGABYTE);
  it.each<[string, Buffer[]]>([
    ["little", [noise(1000, 1)]],
    ["nothing", []],
    ["much without zeros", [noise(6 * MEGABYTE, 2), noise(5 * MEGABYTE, 3)]],
    ["zeros alone", [zeros, zeros, zeros, zeros]],
    ["zeros between noise", [noise(4 * MEGABYTE, 4), zeros, noise(100_000, 5), zeros, zeros, noise(MEGABYTE, 6)]],
    [
      "zeros that begin and end inside a piece",
      [Buffer.concat([noise(5 * MEGABYTE + 77, 7), zeros]), Buffer.concat([zeros, noise(99, 8)])],
    ],
    [
      "a single byte in zeros",
      [zeros, zeros, Buffer.concat([Buffer.alloc(70_000), Buffer.of(1), Buffer.alloc(70_000)]), zeros],
    ],
  ])("is read as it was written: %s", (_, pieces) => {
    const whole = Buffer.concat(pieces);
    const source = spooled(pieces);
    try {
      expect(source.size).toBe(whole.length);
      for (const window of [5000, 65_536, MEGABYTE + 160, 5 * MEGABYTE]) {
        for (let at = 0; at < whole.length; at += window * 3 - 7)
          expect(Buffer.compare(source.readSync(at, window), whole.subarray(at, at + window))).toBe(0);
      }
      expect(Buffer.compare(source.readSync(0, whole.length + 10), whole)).toBe(0);
      expect(source.readSync(whole.length, 10).length).toBe(0);
    } finally {
      source.close?.();
    }
  });
});
