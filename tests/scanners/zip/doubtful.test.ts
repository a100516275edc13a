import { crc32, deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodeReading } from "../../../src/formats/zip/decode.js";
import { makeEntry, type Reading } from "../../../src/formats/zip/entry.js";
import { parseCentralHeader } from "../../../src/formats/zip/records.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { judgeDoubtful, resolveDoubtful } from "../../../src/scanners/zip/doubtful.js";
import { LIMITS } from "../../builders/limits.js";
import { type CentralFields, centralHeader, extraField } from "../../builders/zip.js";

const CONTENT = Buffer.from("content, content, content");
const PACKED = deflateRawSync(CONTENT);
const AES = extraField(0x9901, Buffer.from([2, 0, 0x41, 0x45, 3, 8, 0]));
const FIELDS: CentralFields = {
  ...{ name: "x", versionNeeded: 20, flags: 0, method: 0, crc: 0, compressedSize: 1, size: 1, extra: new Uint8Array() },
  ...{ madeBy: 0, diskStart: 0, externalAttributes: 0, headerOffset: 0 },
};

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

  it("are examined where the stream has no end but gives what is stated, for readers stop at the stated size", async () => {
    const endless = deflateRawSync(CONTENT, { finishFlush: 2 });
    expect(await doubt({ bytes: endless })).toEqual({ method: 8, isPlain: true });
    expect(await doubt({ bytes: endless, crc: 1 })).toEqual({ method: 8, isPlain: false });
  });

  it.each<[string, Partial<CentralFields>, boolean, string]>([
    ["by the old cipher", { flags: 1 }, false, "x is encrypted (ZipCrypto)"],
    ["by a strong one", { flags: 1 | (1 << 6) }, false, "x is encrypted (strong encryption)"],
    ["by AES", { flags: 1, method: 99, extra: AES }, false, "x is encrypted (AES)"],
    ["by nothing", { flags: 1 }, true, "x is flagged as encrypted, yet its bytes are plain"],
    ["unknown", { method: 77 }, true, "refuse; its bytes were examined as deflate (8)"],
    [
      "unknown and stays so",
      { method: 77 },
      false,
      "x is compressed by method 77, which torch.load and zipfile refuse",
    ],
  ])("are told with the way they are packed: %s", (_, change, isPlain, message) => {
    const fields = { ...FIELDS, ...change };
    const place = { index: 0, at: 0 };
    const entry = makeEntry(parseCentralHeader(centralHeader(fields), place, 0), undefined);
    const stated = { method: fields.method, dataOffset: 31, compressedSize: 1, size: 1, by: "directory" as const };
    const found =
      entry && judgeDoubtful(entry, stated, { isPlain, ...(isPlain && { reading: { ...stated, method: 8 } }) });
    expect(found?.message).toContain(message);
    if (!isPlain) expect(found?.message.endsWith(message)).toBe(true);
  });

  it("are proven by all of their bytes, however many windows they take", async () => {
    const bytes = Buffer.alloc((2 << 20) + 5, 3);
    bytes[bytes.length - 1] = 4;
    const stated = { method: 0, size: bytes.length };
    expect(await doubt({ bytes, stated, crc: crc32(bytes) })).toEqual({ method: 0, isPlain: true });
    expect((await doubt({ bytes, stated, crc: crc32(bytes.subarray(0, -1)) })).isPlain).toBe(false);
  });
});
