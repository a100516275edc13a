import { describe, expect, it } from "vitest";
import { scanBytes, told } from "../builders/scan.js";

const OID = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${OID}\nsize 12345\n`;

describe("Git LFS pointers", () => {
  it("are told and not taken for the model", async () => {
    const report = await scanBytes("pytorch_model.bin", POINTER);
    expect(told(report)).toEqual(["low lfs/pointer"]);
    expect(report.findings[0]?.message).toContain("12345 bytes");
    expect([report.state, report.reason]).toEqual(["skipped", "a Git LFS pointer: the model itself was not scanned"]);
  });

  it("may have extensions and the older address", async () => {
    const pointer = `version https://hawser.github.com/spec/v1\next-0-case sha256:${OID}\noid sha256:${OID}\nsize 1\n`;
    expect(told(await scanBytes("model.safetensors", pointer))).toEqual(["low lfs/pointer"]);
  });

  it.each([
    ["more than a pointer", `${POINTER}import os\n`],
    ["less than a pointer", POINTER.slice(0, POINTER.indexOf("size"))],
    ["a digest that is none", POINTER.replace(OID, "../../etc/passwd")],
  ])("are malformed with %s", async (_, text) => {
    expect(told(await scanBytes("model.bin", text))).toContain("medium lfs/malformed-pointer");
  });

  it("are not what merely speaks of them", async () => {
    expect(told(await scanBytes("notes.txt", `see version https://git-lfs.github.com/spec/v1\n`))).toEqual([]);
  });
});
