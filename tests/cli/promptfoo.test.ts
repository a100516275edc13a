import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { notesOn } from "../../src/cli/hidden-options.js";
import { folder } from "../builders/folder.js";
import { EVIL_PICKLE, PLAIN_PICKLE } from "../builders/samples.js";
import { run } from "./run.js";

const files = { "bad.pkl": EVIL_PICKLE, "ok.pkl": PLAIN_PICKLE };
const env = { PROMPTFOO_DELEGATED: "true" };

describe("spawned by promptfoo, the program", () => {
  it("has a version that it can read, of at least 0.2.20", async () => {
    const { stdout } = await run(["--version"], { env });
    const [, version = ""] = /modelaudit,?\s+version\s+(\S+)/i.exec(stdout) ?? [];
    expect(version).toMatch(/^[1-9]\d*\.\d+\.\d+$/);
  });

  it("takes every option that it passes, and writes its file without a word", async () => {
    const cwd = folder(files);
    const options = ["--blacklist", "gpt", "--format", "json", "--verbose", "--strict", "--sbom", "bom.json"];
    const more = [
      "--timeout",
      "300",
      "--max-size",
      "1 GB",
      "--no-cache",
      "--stream",
      "--scanners",
      "pickle",
      "--output",
      "r.json",
    ];
    const { code, stdout, stderr } = await run(["scan", "bad.pkl", ...options, ...more], { cwd, env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).not.toContain("written");
    const { issues, failed_checks: failed } = JSON.parse(readFileSync(join(cwd, "r.json"), "utf8"));
    expect(issues[0]).toMatchObject({ severity: "critical", level: "critical" });
    expect(failed).toBeGreaterThan(0);
  });

  it("prints one JSON document in the flow of its web server", async () => {
    const args = ["scan", "ok.pkl", "--format", "json", "--verbose", "--timeout", "3600"];
    const { code, stdout } = await run(args, { cwd: folder(files), env });
    expect(code).toBe(0);
    expect(JSON.parse(stdout.trim())).toMatchObject({ has_errors: false, failed_checks: 0, issues: [] });
  });

  it("says on stderr what could not be examined, because promptfoo throws the report away", async () => {
    const { code, stderr } = await run(["scan", "none.pkl", "--output", "r.json"], { cwd: folder(files), env });
    expect(code).toBe(2);
    expect(stderr).toBe("not examined: none.pkl: no such file or folder\n");
  });

  it("lists its scanners in the shape that it reads", async () => {
    const { code, stdout } = await run(["scan", "--format", "json", "--list-scanners"], { env });
    const { scanners } = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(scanners).toContainEqual(
      expect.objectContaining({ id: "pickle", class: "PickleScanner", extensions: expect.arrayContaining([".pkl"]) }),
    );
  });
});

describe("an option of older versions", () => {
  it("is accepted", async () => {
    const flags = [
      "--strict-license",
      "--selective",
      "--skip-files",
      "--all-files",
      "--no-large-model-support",
      "--no-whitelist",
    ];
    const withValues = [
      "--max-total-size",
      "1GB",
      "--registry-uri",
      "x",
      "--jfrog-api-token",
      "x",
      "--progress-log",
      "x",
    ];
    const codes = ["-s", "S201", "--suppress", "S200-S299", "-S", "S201=LOW", "--cache-dir", "cache", "--no-progress"];
    const { code, stderr } = await run(["ok.pkl", ...flags, ...withValues, ...codes], { cwd: folder(files) });
    expect(stderr).not.toContain("error");
    expect(code).toBe(0);
  });

  it("still means what it meant", async () => {
    expect((await run(["ok.pkl", "--max-file-size", "4B"], { cwd: folder(files) })).code).toBe(2);
    expect((await run(["bad.pkl", "--preview"], { cwd: folder(files) })).stdout).toContain("Nothing was scanned");
  });

  it("is not in the help, which fits one screen", async () => {
    const { stdout } = await run(["scan", "--help"], { env: { COLUMNS: "80" } });
    expect(stdout).not.toContain("--stream");
    expect(stdout.split("\n").length).toBeLessThan(40);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("that does nothing says so, once", () => {
    expect(notesOn({ stream: true, whitelist: true, cache: true })).toEqual([
      "--stream has no effect: files are read where they lie, in windows, and never removed",
    ]);
    expect(notesOn({ whitelist: false })).toEqual(["--no-whitelist has no effect: no model is trusted by its name"]);
  });

  it("never removes what it scanned", async () => {
    const cwd = folder(files);
    await run([".", "--stream", "-q"], { cwd });
    expect(readFileSync(join(cwd, "bad.pkl")).length).toBe(EVIL_PICKLE.length);
  });
});

describe("an option about one rule or scanner", () => {
  const scan = (...args: string[]) => run(["bad.pkl", "-f", "json", ...args], { cwd: folder(files) });

  it("accepts what a rule finds, and lists it", async () => {
    const { code, stdout } = await scan("--suppress", "pickle/unsafe-call");
    expect(code).toBe(0);
    expect(JSON.parse(stdout).coverage.suppressed[0].suppressed).toBe("--suppress on the command line");
  });

  it("gives a rule another severity", async () => {
    const { code, stdout } = await scan("--severity", "pickle/unsafe-call=LOW");
    expect(code).toBe(0);
    expect(JSON.parse(stdout).issues[0].severity).toBe("low");
  });

  it.each([
    ["an unknown rule", ["-s", "pickle/unsafe-cal"], "did you mean pickle/unsafe-call?"],
    ["a level that is none", ["-S", "pickle/unsafe-call=bad"], '"bad" is no severity'],
    ["a missing level", ["-S", "pickle/unsafe-call"], "the level is missing"],
    ["an unknown scanner", ["--scanners", "pikle"], "did you mean pickle?"],
  ])("refuses %s", async (_case, args, told) => {
    const { code, stderr } = await scan(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(told);
  });

  it("never makes a file clean by leaving out the scanner that reads it", async () => {
    const { code, stdout } = await scan("--exclude-scanner", "PICKLE");
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "incomplete", coverage: { files: { skipped: 1 } } });
  });

  it("runs only the scanners that are chosen", async () => {
    const { stdout } = await scan("--scanners", "pickle,zip");
    expect(JSON.parse(stdout).scanner_names).toEqual(["pickle"]);
  });
});
