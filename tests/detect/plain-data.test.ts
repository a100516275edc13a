import { describe, expect, it } from "vitest";
import { detect } from "../../src/detect/detect.js";
import { BufferSource } from "../../src/io/byte-source.js";
import { concat, u32, u64, zeros } from "../builders/bytes.js";
import { field } from "../builders/protobuf.js";
import { scanBytes, told } from "../builders/scan.js";

const latin1 = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));
const bitmap = concat("BM", u32(100), u32(0), u32(54), u32(40), zeros(80));
const piece = (text: string) => field(1, field(1, text), concat([0x15], u32(0)));
const faiss = concat("IxF2", u32(4), u64(200), u64(1 << 20), u64(1 << 20), zeros(64));

const FILES: readonly (readonly [string, string, Uint8Array])[] = [
  ["image", "a.png", latin1("\x89PNG\r\n\x1a\n\0\0\0\rIHDR")],
  ["image", "a.jpg", latin1("\xff\xd8\xff\xe0\0\x10JFIF\0")],
  ["image", "a.gif", latin1("GIF89a\x01\0\x01\0")],
  ["image", "a.bmp", bitmap],
  ["image", "a.webp", latin1("RIFF\x20\0\0\0WEBPVP8 ")],
  ["media", "a.wav", latin1("RIFF\x20\0\0\0WAVEfmt ")],
  ["media", "a.mp4", latin1("\0\0\0\x20ftypisom\0\0\x02\0")],
  ["media", "a.flac", latin1("fLaC\0\0\0\x22")],
  ["pdf", "a.pdf", latin1("%PDF-1.7\n%\xe2\xe3\n")],
  ["arrow", "a.parquet", latin1("PAR1\x15\x04\x15")],
  ["arrow", "a.arrow", latin1("ARROW1\0\0\xff\xff\xff\xff")],
  ["data", "a.db", latin1("SQLite format 3\0\x10\0\x01\x01")],
  ["data", "a.mat", concat("MATLAB 5.0 MAT-file Platform: posix", zeros(100))],
  ["data", "a.nc", latin1("CDF\x02\0\0\0\0\0\0\0\x0a")],
  ["data", "a.index", faiss],
  ["data", "a.bin", concat("2 4\n", "king ", zeros(16), "queen ", zeros(16))],
  ["data", "constants.ptd", concat(u32(68), "FT01FH01", u32(40), zeros(80))],
  ["data", "weight.bin", concat(u32(3), u32(2), zeros(56), u32(0xdeadbeef), zeros(60))],
  ["data", "spiece.model", concat(piece("<unk>"), piece("<s>"), piece("</s>"), piece("the"))],
];

describe("what lies beside models", () => {
  it.each(FILES)("is recognised as %s in %s, and silent", async (format, name, bytes) => {
    expect((await detect(new BufferSource(bytes), name)).formats).toEqual([format]);
    expect(told(await scanBytes(name, bytes)).filter((line) => !line.startsWith("info"))).toEqual([]);
  });

  it("is searched for a pickle behind it", async () => {
    const pickle = latin1("\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R.");
    const png = concat(latin1("\x89PNG\r\n\x1a\n"), zeros(64), pickle);
    expect(told(await scanBytes("a.png", png))).toContain("critical pickle/unsafe-call");
  });

  it("is no magic within a text", async () => {
    for (const text of [
      "BM is short for benchmark\n",
      "Obj, n.: thing\n",
      "MM* and II*\n",
      "It is an index\n",
      "12 30\nwords here\n",
    ]) {
      expect((await detect(new BufferSource(latin1(text)), "a.txt")).formats).toEqual(["text"]);
    }
  });
});
