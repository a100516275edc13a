import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { folder } from "../builders/folder.js";
import { PLAIN_PICKLE } from "../builders/samples.js";
import { run } from "./run.js";

const EXAMPLE = readFileSync(fileURLToPath(new URL("../../docs/examples/pipeline-scanner.mjs", import.meta.url)));
const files = {
  "rules/rules.toml": 'plugins = ["./pipeline.mjs"]\n',
  "rules/pipeline.mjs": EXAMPLE,
  "models/bad.pipe": '{"steps":[{"shell":"curl x"},{"add":1}]}',
  "models/ok.pipe": '{"steps":[{"add":1}]}',
  "models/ok.pkl": PLAIN_PICKLE,
};

describe("the example plugin", () => {
  it("finds what it is there for, and describes the file", async () => {
    const { code, stdout } = await run(["models", "-c", "rules/rules.toml", "-f", "json"], { cwd: folder(files) });
    const { issues, file_metadata: metadata, scanner_names: names } = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({
      rule: "pipeline/shell-step",
      severity: "high",
      message: 'step 0 runs "curl x"',
      title: "A step of the pipeline runs a shell command",
      path: join("models", "bad.pipe"),
    });
    expect(metadata[join("models", "ok.pipe")].steps).toBe(1);
    expect(names).toContain("pipeline");
  });

  it("leaves a file without shell steps alone", async () => {
    const { code } = await run(["models/ok.pipe", "-c", "rules/rules.toml"], { cwd: folder(files) });
    expect(code).toBe(0);
  });

  it("is listed by doctor", async () => {
    const { code, stdout } = await run(["doctor", "-c", "rules/rules.toml"], { cwd: folder(files) });
    expect(code).toBe(0);
    expect(stdout).toMatch(/ok {6}pipeline +Pipelines of the training system \(\.pipe\)/);
  });

  it("is switched off like any scanner", async () => {
    const args = ["models/bad.pipe", "-c", "rules/rules.toml", "-f", "json"];
    const rules = `${files["rules/rules.toml"]}[scanners]\noff = ["pipeline"]\n`;
    const { stdout } = await run(args, { cwd: folder({ ...files, "rules/rules.toml": rules }) });
    expect(JSON.parse(stdout).issues).toEqual([]);
  });

  it("is ignored where it lies in what is scanned", async () => {
    const { code, stderr } = await run([".", "-c", "rules/rules.toml"], { cwd: folder(files) });
    expect(code).toBe(0);
    expect(stderr).toMatch(/warning: the plugin .*pipeline\.mjs is ignored: it lies in what is scanned/);
  });
});

describe("a broken plugin", () => {
  it.each([
    ["a syntax error", "export const = 1", "Missing initializer|Unexpected token"],
    ["no scanners", "export const rules = {}", 'exports no list "scanners"'],
    ["an error while it loads", 'throw new Error("no licence file")', "no licence file"],
    ["the id of another scanner", String(EXAMPLE).replace('id: "pipeline"', 'id: "pickle"'), "pickle exists already"],
    ["the rule of another", String(EXAMPLE).replaceAll("pipeline/shell-step", "pickle/unsafe-call"), "exists already"],
    ["a class that is none", String(EXAMPLE).replace("Scanner: PipelineScanner", "Scanner: 1"), "no class"],
  ])("with %s is told, and the scan goes on", async (_case, source, problem) => {
    const cwd = folder({ ...files, "rules/pipeline.mjs": source });
    const { code, stdout } = await run(["models/ok.pkl", "-c", "rules/rules.toml", "-f", "json"], { cwd });
    const { coverage, files_scanned: scanned } = JSON.parse(stdout);
    expect({ code, scanned }).toEqual({ code: 2, scanned: 1 });
    expect(coverage.errors[0].message).toMatch(new RegExp(problem));
    expect((await run(["doctor", "-c", "rules/rules.toml"], { cwd })).code).toBe(2);
  });

  it("that throws over a file fails that file alone", async () => {
    const source = String(EXAMPLE).replace("async scan(source, context) {", 'async scan() { throw new Error("oops");');
    const cwd = folder({ ...files, "rules/pipeline.mjs": source });
    const { code, stdout } = await run(["models", "-c", "rules/rules.toml", "-f", "json"], { cwd });
    const { coverage } = JSON.parse(stdout);
    expect(code).toBeGreaterThan(0);
    expect(coverage.files).toMatchObject({ failed: 2, scanned: 1 });
  });

  it("that never ends is ended at the deadline", async () => {
    const source = String(EXAMPLE).replace("async scan(source, context) {", "async scan() { for (;;);");
    const cwd = folder({ ...files, "rules/pipeline.mjs": source });
    const args = ["models/bad.pipe", "models/ok.pkl", "-c", "rules/rules.toml", "-f", "json", "--timeout", "0.3"];
    const { coverage } = JSON.parse((await run(args, { cwd })).stdout);
    expect(coverage.files).toMatchObject({ partial: 1, scanned: 1 });
  });
});
