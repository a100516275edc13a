import { describe, expect, it } from "vitest";
import { concat, u32, zeros } from "../builders/bytes.js";
import { scanBytes, told } from "../builders/scan.js";

const scan = async (...parts: (Uint8Array | string)[]) =>
  told(await scanBytes("ggml-base.en.bin", concat(...parts, zeros(64))));

describe("the GGML scanner", () => {
  it.each([
    ["whisper.cpp's files", ["lmgg", u32(51864)]],
    ["llama.cpp's first and third form", ["tjgg", u32(3), u32(32000)]],
    ["rwkv.cpp's own versions", ["fmgg", u32(101), u32(50277)]],
    ["adapters", ["algg", u32(1), u32(16)]],
  ])("only notes %s as old", async (_what, parts) => {
    expect(await scan(...parts)).toEqual(["info gguf/unsupported-version"]);
  });

  it.each([
    ["a vocabulary of billions", ["lmgg", u32(0xfffffff0)]],
    ["no vocabulary", ["tjgg", u32(3), u32(0)]],
    ["a version of no writer", ["tjgg", u32(70_000), u32(32000)]],
  ])("refuses %s", async (_what, parts) => {
    expect(await scan(...parts)).toEqual(["medium analysis/malformed"]);
  });
});
