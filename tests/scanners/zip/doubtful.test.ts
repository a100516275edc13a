import { crc32, deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodeReading } from "../../../src/formats/zip/decode.js";
import type { Reading } from "../../../src/formats/zip/entry.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { resolveDoubtful } from "../../../src/scanners/zip/doubtful.js";
import { LIMITS } from "../../builders/limits.js";

const CONTENT = Buffer.from("content, content, content");
const PACKED = deflateRawSync(CONTENT);

interface Case {
  readonly bytes?: Uint8Array;
  readonly stated?: Partial<Reading>;
  readonly crc?: number;
}

/** By which method the bytes can be read, and whether the checksum proves that they are plain. */
async function doubt({ bytes = PACKED, stated, crc = crc32(CONTENT) }: Case) {
  const source = new BufferSource(bytes);
  const reader = {
    decode: (reading: Reading) => decodeReading(source, reading, new Budget(LIMITS)),
  };
  const reading: Reading = {
    ...{ method: 8, dataOffset: 0, compressedSize: bytes.length, size: CONTENT.length, by: "directory" },
    ...stated,
  };
  const { reading: resolved, isPlain } = await resolveDoubtful(reader, reading, crc);
  return { method: resolved?.method, isPlain };
}

describe("bytes that are said to be encrypted, or packed by a method that nobody knows", () => {
  it.each<[string, Case, Awaited<ReturnType<typeof doubt>>]>([
    ["plain where they unpack to the stated size and checksum", {}, { method: 8, isPlain: true }],
    ["not plain with another checksum, and examined", { crc: 1 }, { method: 8, isPlain: false }],
    ["not readable with another size", { stated: { size: 7 } }, { method: undefined, isPlain: false }],
    ["not readable where they do not unpack", { bytes: CONTENT }, { method: undefined, isPlain: false }],
    ["plain as they stand", { bytes: CONTENT, stated: { method: 0 } }, { method: 0, isPlain: true }],
    [
      "not plain as they stand with another checksum",
      { bytes: CONTENT, stated: { method: 0 }, crc: 1 },
      { method: 0, isPlain: false },
    ],
    [
      "not plain behind a header of a cipher",
      { bytes: Buffer.concat([Buffer.alloc(12), CONTENT]), stated: { method: 0 } },
      { method: undefined, isPlain: false },
    ],
    ["stored under a method that is unknown", { bytes: CONTENT, stated: { method: 77 } }, { method: 0, isPlain: true }],
    ["deflated under a method that is unknown", { stated: { method: 77 } }, { method: 8, isPlain: true }],
    [
      "nothing that can be read under a method that is unknown",
      { bytes: Buffer.alloc(30, 0xff), stated: { method: 77 } },
      { method: undefined, isPlain: false },
    ],
  ])("are %s", async (_, given, expected) => {
    expect(await doubt(given)).toEqual(expected);
  });

  it("are proven by all of their bytes, however many windows they take", async () => {
    const bytes = Buffer.alloc((2 << 20) + 5, 3);
    bytes[bytes.length - 1] = 4;
    const stated = { method: 0, size: bytes.length };
    expect(await doubt({ bytes, stated, crc: crc32(bytes) })).toEqual({ method: 0, isPlain: true });
    expect((await doubt({ bytes, stated, crc: crc32(bytes.subarray(0, -1)) })).isPlain).toBe(false);
  });
});
