import { readFileSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { StreamFormat } from "../../../src/formats/streams/decode.js";
import { decoded } from "../../builders/decode.js";
import { skippable } from "../../builders/lz4.js";

function fixture(path: string): Buffer {
  return readFileSync(new URL(`../../../fixtures/${path}`, import.meta.url));
}

/** The same pickle, compressed by the usual tool of each format. */
const PICKLE = "\x80\x02cposix\ngetpid\n)R.";
const FILES: readonly (readonly [StreamFormat, Buffer])[] = [
  ["bzip2", fixture("bzip2/bad.pickle.pkl.bz2")],
  ["xz", fixture("xz/bad.pickle.pkl.xz")],
  ["lzma", fixture("lzma/bad.pickle.pkl.lzma")],
  ["zstd", fixture("zstd/bad.pickle.pkl.zst")],
];

describe.each(FILES)("%s", (format, bytes) => {
  it("gives the content", async () => {
    expect(await decoded(format, bytes)).toEqual({ text: PICKLE, size: PICKLE.length, consumed: bytes.length });
  });

  it("reads streams that follow each other", async () => {
    const twice = Buffer.concat([bytes, bytes]);
    expect(await decoded(format, twice)).toEqual({ text: PICKLE + PICKLE, size: 38, consumed: twice.length });
  });

  it("finds the byte at which the last stream ends", async () => {
    const tail = Buffer.from("PK\x03\x04 and more than a header of anything");
    expect(await decoded(format, Buffer.concat([bytes, tail]))).toEqual({
      text: PICKLE,
      size: PICKLE.length,
      consumed: bytes.length,
    });
  });

  it("never takes a prefix for the whole", async () => {
    for (let length = 1; length < bytes.length; length += 3) {
      const { damage, text } = await decoded(format, bytes.subarray(0, length));
      expect(damage).toBeDefined();
      expect(PICKLE.startsWith(text)).toBe(true);
    }
  });

  it("tells of a damage at the end", async () => {
    const broken = Buffer.from(bytes);
    broken[broken.length - 2] = (broken.at(-2) ?? 0) ^ 0x55;
    expect(await decoded(format, broken)).toMatchObject({ damage: "corrupt" });
  });
});

describe("what only one format has", () => {
  it("accepts a dictionary size that is no power of two in an .lzma file, as liblzma does", async () => {
    const bytes = Buffer.from(fixture("lzma/bad.pickle.pkl.lzma"));
    bytes.writeUInt32LE(0x00123456, 1);
    expect(await decoded("lzma", bytes)).toMatchObject({ text: PICKLE });
  });

  it("passes over skippable frames around zstd frames", async () => {
    const frame = fixture("zstd/bad.pickle.pkl.zst");
    const bytes = Buffer.concat([skippable(Buffer.from("x"), 3), frame, skippable(Buffer.from("y"))]);
    expect(await decoded("zstd", bytes)).toEqual({ text: PICKLE, size: 19, consumed: bytes.length });
    const withTail = Buffer.concat([bytes, Buffer.from("tail")]);
    expect(await decoded("zstd", withTail)).toMatchObject({ consumed: bytes.length });
  });

  it("ends Brotli where it ends", async () => {
    const bytes = brotliCompressSync(Buffer.from(PICKLE, "latin1"));
    expect(await decoded("brotli", bytes)).toEqual({
      text: PICKLE,
      size: 19,
      consumed: bytes.length,
    });
    expect(await decoded("brotli", Buffer.concat([bytes, Buffer.from("tail")]))).toMatchObject({
      consumed: bytes.length,
    });
    expect(await decoded("brotli", bytes.subarray(0, -3))).toMatchObject({ damage: "truncated" });
    expect(await decoded("brotli", Buffer.from("not brotli at all"))).toMatchObject({ damage: "corrupt" });
  });

  it("stops a bzip2 bomb at the limits", async () => {
    /** 24 MiB of zeros. */
    const bomb = Buffer.from("QlpoOTFBWSZTWY75S9IAwMDAgMAAAAIACCAAMMwFKaaAoC2ECgLxdyRThQkI75S9IA==", "base64");
    const limits = { max_ratio: 100, ratio_floor_bytes: 1 << 20 };
    expect(await decoded("bzip2", bomb, limits)).toMatchObject({ limit: "max_ratio" });
    expect(await decoded("bzip2", bomb, { max_ratio: 1e6 })).toMatchObject({ size: 24 << 20 });
  });
});
