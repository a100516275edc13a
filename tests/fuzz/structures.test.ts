import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isStreamFormat, STREAM_DECODERS } from "../../src/formats/streams/decode.js";
import { Budget } from "../../src/io/budget.js";
import { BufferSource } from "../../src/io/byte-source.js";
import { LIMITS } from "../builders/limits.js";
import { Dice } from "../builders/pickle-grammar.js";
import { listInputs } from "./cases.js";
import { PACKINGS } from "./structure/carried.js";
import type { Change } from "./structure/structure.js";
import { changesOf, type Kind, STRUCTURES } from "./structure/transform.js";

const FILES = listInputs().map(({ name, path }) => ({ name, bytes: new Uint8Array(readFileSync(path)) }));
const KINDS: readonly Kind[] = ["harmless", "odd", "lies"];

describe.each(STRUCTURES.map((structure) => [structure.name, structure] as const))(
  "the structure of %s",
  (_, structure) => {
    const fitting = FILES.filter(({ name }) => structure.names?.test(name) !== false);

    it.each(KINDS)("changes a fixture by each of its %s changes", (kind) => {
      const dice = new Dice(7);
      const isChanged = (change: Change) =>
        fitting.some(({ bytes }) => {
          const changed = change(bytes, dice);
          return changed !== undefined && Buffer.compare(changed, bytes) !== 0;
        });
      const idle = changesOf(structure, kind).filter(([, change]) => !isChanged(change));
      expect(idle.map(([what]) => what)).toEqual([]);
    });
  },
);

describe.each(PACKINGS.map((packing) => [packing.name, packing] as const))("the packing of %s", (format, packing) => {
  const contents = ["", "a", "aaaaaa", "abracadabra ".repeat(400), "\0".repeat(3000)].map((text) => Buffer.from(text));

  it("is what the scanner unpacks, and what itself does", async () => {
    for (const [seed, content] of contents.entries()) {
      const packed = packing.pack(content, new Dice(seed + 1));
      expect(Buffer.compare(await unpackedByScanner(format, packed), content)).toBe(0);
      if (content.length > 0) expect(Buffer.compare(packing.unpack(packed) ?? Buffer.from("none"), content)).toBe(0);
    }
  });

  it("takes apart what the usual tools packed", async () => {
    const own = FILES.filter(({ bytes }) => packing.unpack(bytes) !== undefined);
    expect(own.length).toBeGreaterThan(0);
    for (const { bytes } of own)
      expect(Buffer.compare(packing.unpack(bytes) ?? Buffer.from("none"), await unpackedByScanner(format, bytes))).toBe(
        0,
      );
  });
});

async function unpackedByScanner(format: string, bytes: Uint8Array): Promise<Buffer> {
  if (!isStreamFormat(format)) throw new Error(`${format} is no compressed stream`);
  const budget = new Budget(LIMITS, performance.now() + 30_000);
  const { source, damage } = await STREAM_DECODERS[format](new BufferSource(bytes), budget);
  expect(damage).toBeUndefined();
  const content = Buffer.from(await source.read(0, source.size));
  source.close?.();
  return content;
}
