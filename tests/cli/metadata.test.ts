import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { yamlText } from "../../src/cli/yaml-text.js";
import { folder } from "../builders/folder.js";
import { EVIL_PICKLE } from "../builders/samples.js";
import { run } from "./run.js";

const GGUF = readFileSync(fileURLToPath(new URL("../../fixtures/gguf/ok.llama-q8_0.gguf", import.meta.url)));
const files = { "model.gguf": GGUF, "sub/bad.pkl": EVIL_PICKLE };

describe("metadata", () => {
  it("shows what a model says of itself", async () => {
    const { code, stdout } = await run(["metadata", "model.gguf"], { cwd: folder(files) });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^model\.gguf \(2\.3 KB\)\n/);
    expect(stdout).toMatch(/^ {2}architecture +llama$/m);
  });

  it("describes a file and a folder in JSON", async () => {
    const cwd = folder(files);
    const file = JSON.parse((await run(["metadata", "model.gguf", "--format", "json"], { cwd })).stdout);
    expect(file).toMatchObject({
      file: "model.gguf",
      format: "gguf",
      file_size: GGUF.length,
      parameters: 576,
      security: [],
    });
    const all = JSON.parse((await run(["metadata", ".", "--format", "json"], { cwd })).stdout);
    expect(all.summary).toEqual({ total_files: 2, formats: { gguf: 1, pickle: 1 } });
    expect(all.files[1].security[0].rule).toBe("pickle/unsafe-call");
  });

  it("says the same in YAML, and writes it to a file", async () => {
    const cwd = folder(files);
    const json = JSON.parse((await run(["metadata", ".", "--format", "json"], { cwd })).stdout);
    const { stdout } = await run(["metadata", ".", "--format", "yaml", "-o", "m.yaml"], { cwd });
    expect(stdout).toBe("");
    expect(load(readFileSync(join(cwd, "m.yaml"), "utf8"))).toEqual(json);
  });

  it("keeps to what is of concern with --security-only", async () => {
    const args = ["metadata", "model.gguf", "--security-only", "--format", "json"];
    const described = JSON.parse((await run(args, { cwd: folder(files) })).stdout);
    expect(described).toMatchObject({ format: "gguf", license: "mit", chat_templates: 1 });
    expect(described).not.toHaveProperty("parameters");
  });

  it("refuses what is not there", async () => {
    const { code, stderr } = await run(["metadata", "none"], { cwd: folder(files) });
    expect(code).toBe(2);
    expect(stderr).toContain("error: none: no such file or folder\n  try: ");
  });
});

describe("YAML", () => {
  it.each([
    [{ a: [], b: {}, c: null, d: [1, [2, { e: true }]], f: { g: "x: y # z\n- " } }],
    [{ no: "yes", "1": "0x1f", "a b": "~", "": "\u2028\u0000", "*x": "&y", "? k": "!!python/object" }],
    ["a"],
    [[]],
  ])("of %j reads as what was written", (value) => {
    expect(load(yamlText(value))).toEqual(value);
  });
});
