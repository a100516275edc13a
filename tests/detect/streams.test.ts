import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { detect } from "../../src/detect/detect.js";
import { BufferSource } from "../../src/io/byte-source.js";
import { fixture } from "../builders/fixture.js";
import { literals, lz4Frame, skippable } from "../builders/lz4.js";
import { tar } from "../builders/tar.js";

async function formats(bytes: Uint8Array, name = "model"): Promise<readonly string[]> {
  return (await detect(new BufferSource(bytes), name)).formats;
}

const CONTENT = Buffer.from("weights that are long enough to be seen as the content of a stream, 0123456789");

describe("compressed streams by content", () => {
  it.each([
    ["gzip", "gzip/ok.weights.npy.gz"],
    ["bzip2", "bzip2/ok.weights.npy.bz2"],
    ["xz", "xz/ok.weights.npy.xz"],
    ["lzma", "lzma/ok.weights.npy.lzma"],
    ["lz4", "lz4/ok.weights.npy.lz4"],
    ["lz4", "lz4/bad.legacy-frame.pkl.lz4"],
    ["zstd", "zstd/ok.weights.npy.zst"],
    ["zlib", "zlib/ok.weights.npy.zlib"],
    ["7z", "7z/ok.ppmd.7z"],
    ["rar", "rar/ok.solid-5.rar"],
    ["tar", "tar/ok.pax.tar"],
    ["tar", "tar/ok.v7.tar"],
    ["lfs-pointer", "lfs-pointer/bad.pointer.bin"],
  ])("knows %s in %s", async (format, path) => {
    expect(await formats(fixture(path))).toEqual([format]);
  });

  it("tells a zlib stream at any level from bytes that begin like one", async () => {
    for (const level of [0, 1, 6, 9]) expect(await formats(deflateSync(CONTENT, { level }))).toContain("zlib");
    const weights = Buffer.from(Array.from({ length: 4096 }, (_, i) => Math.imul(i + 7, 2654435761) >>> 24));
    for (const second of [0x01, 0x5e, 0x9c, 0xda]) {
      weights[0] = 0x78;
      weights[1] = second;
      expect(await formats(weights)).not.toContain("zlib");
    }
    expect(
      await formats(Buffer.from("x^2 + y^2 = z^2, as everybody knows who has been to school at all")),
    ).not.toContain("zlib");
  });

  it("knows a zlib stream that is damaged further on, since a loader has read its beginning", async () => {
    const bytes = deflateSync(Buffer.from(Array.from({ length: 9000 }, (_, i) => Math.imul(i, 2654435761) >>> 24)));
    bytes.fill(0xff, 1500, 1600);
    expect(await formats(bytes)).toContain("zlib");
  });

  it("knows joblib's old zlib format", async () => {
    expect(await formats(Buffer.concat([Buffer.from(`ZF${"0x4e".padEnd(19)}`), deflateSync(CONTENT)]))).toContain(
      "zlib",
    );
  });

  it("does not take integers that begin with 93 for LZMA", async () => {
    const integers = Int32Array.from({ length: 64 }, (_, i) => 93 + 41 * i);
    expect(await formats(new Uint8Array(integers.buffer))).not.toContain("lzma");
  });

  it("wants a block behind the magic of bzip2", async () => {
    expect(await formats(Buffer.from("BZh9 is how bzip2 files begin"))).not.toContain("bzip2");
  });

  it("knows streams that begin with a skippable frame", async () => {
    const bytes = Buffer.concat([skippable(Buffer.from("x"), 4), lz4Frame([literals(CONTENT)])]);
    expect(await formats(bytes)).toEqual(["zstd"]);
  });

  it("knows a tar by its checksum alone, and by its magic despite a wrong one", async () => {
    expect(await formats(tar({ name: "a", flavour: "v7" }))).toEqual(["tar"]);
    expect(await formats(tar({ name: "a", checksumError: 1 }))).toEqual(["tar"]);
    expect(await formats(tar({ name: "a", flavour: "v7", checksumError: 1 }))).not.toContain("tar");
  });

  it("takes Brotli by name alone", async () => {
    const { hinted } = await detect(new BufferSource(fixture("brotli/ok.weights.npy.br")), "weights.npy.br");
    expect(hinted).toEqual(["brotli"]);
  });

  it("is not misled by a name", async () => {
    expect(await formats(gzipSync(CONTENT), "model.xz")).toEqual(["gzip"]);
  });

  it("takes a pointer for one only where it is as short as one", async () => {
    const text = "version https://git-lfs.github.com/spec/v1\n";
    expect(await formats(Buffer.from(text.repeat(40)))).not.toContain("lfs-pointer");
  });
});
