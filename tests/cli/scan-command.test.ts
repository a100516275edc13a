import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folder } from "../builders/folder.js";
import { EVIL_PICKLE, NOISE, PLAIN_PICKLE } from "../builders/samples.js";
import { expectValidReport } from "../reporters/report-schema.js";
import { run } from "./run.js";

const files = {
  "bad.pkl": EVIL_PICKLE,
  "ok.pkl": PLAIN_PICKLE,
  "cut.pkl": PLAIN_PICKLE.slice(0, -4),
  "empty.pkl": "",
  noise: NOISE,
  "docs/noise": NOISE,
};

describe("the exit code of a scan", () => {
  it.each([
    ["0 for a clean file", ["ok.pkl"], 0],
    ["1 for a finding", ["bad.pkl"], 1],
    ["1 for a finding beside something that is missing", ["bad.pkl", "none.pkl"], 1],
    ["2 for a missing path", ["none.pkl"], 2],
    ["2 for a missing path beside a clean file", ["ok.pkl", "none.pkl"], 2],
    ["0 for an empty file, which loads nothing", ["empty.pkl"], 0],
    ["0 for a file of no known format, which is told", ["noise"], 0],
    ["2 for the same under --strict", ["--strict", "noise"], 2],
    ["2 for a folder without anything known", ["docs"], 2],
    ["2 for a file above --max-size", ["--max-size", "4B", "ok.pkl"], 2],
    ["2 for a pattern without matches", ["*.onnx"], 2],
    ["1 for a pattern with a bad match", ["b*.pkl"], 1],
    ["2 without any path", [], 2],
    ["2 for an unknown option", ["--nope", "ok.pkl"], 2],
    ["2 for a wrong severity", ["--fail-on", "awful", "ok.pkl"], 2],
    ["2 for a wrong size", ["--max-size", "ten", "ok.pkl"], 2],
    ["2 for a wrong timeout", ["--timeout", "0", "ok.pkl"], 2],
    ["2 for a configuration that is missing", ["--config", "none.toml", "ok.pkl"], 2],
    ["1 for an evil file at --fail-on critical", ["--fail-on", "CRITICAL", "bad.pkl"], 1],
  ] as const)("is %s", async (_case, args, code) => {
    expect((await run(["scan", ...args], { cwd: folder(files) })).code).toBe(code);
  });

  it("is 2 or 1 for a file that was cut, never 0", async () => {
    expect((await run(["cut.pkl"], { cwd: folder(files) })).code).toBeGreaterThan(0);
  });
});

describe("the report", () => {
  it("is JSON alone on stdout, whatever goes wrong beside it", async () => {
    const { stdout, stderr } = await run(["scan", "--format", "json", "--no-cache", ".", "none"], {
      cwd: folder(files),
    });
    const report = await expectValidReport(stdout);
    expect(report.coverage.errors[0]).toMatchObject({ path: "none", message: "no such file or folder" });
    expect(stderr).toBe("");
  });

  it("goes to the file that --output names, in the format of its ending", async () => {
    const cwd = folder(files);
    const { code, stdout, stderr } = await run(["bad.pkl", "-o", "report.json"], { cwd });
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: "", stderr: "report written to report.json\n" });
    await expectValidReport(readFileSync(join(cwd, "report.json"), "utf8"));
  });

  it("that cannot be written is told before anything is scanned", async () => {
    const { code, stderr } = await run(["bad.pkl", "-o", "no/folder/report.json"], { cwd: folder(files) });
    expect(code).toBe(2);
    expect(stderr).toContain("cannot write to no/folder/report.json");
  });

  it("that has no place is refused before anything is scanned", async () => {
    const cwd = folder(files);
    mkdirSync(join(cwd, "taken.json"));
    const { code, stdout, stderr } = await run(["bad.pkl", "-o", "taken.json"], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("taken.json");
  });

  it.skipIf(!existsSync("/dev/full"))("that cannot be written does not hide a finding", async () => {
    const { code, stderr } = await run(["bad.pkl", "-o", "/dev/full"], { cwd: folder(files) });
    expect(code).toBe(1);
    expect(stderr).toContain("cannot write the report to /dev/full");
  });

  it("is one line per finding with --quiet, and nothing for a clean file", async () => {
    const cwd = folder(files);
    const { stdout } = await run(["--quiet", "bad.pkl"], { cwd });
    expect(stdout).toMatch(/^bad\.pkl \(pos \d+\): critical: .*os\.system.* \[pickle\/[a-z-]+\]\n/);
    expect(await run(["--quiet", "ok.pkl"], { cwd })).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("has no colours in a pipe, and colours when they are forced", async () => {
    const cwd = folder(files);
    expect((await run(["bad.pkl"], { cwd })).stdout).not.toContain("\u001b");
    expect((await run(["bad.pkl"], { cwd, env: { FORCE_COLOR: "1" } })).stdout).toContain("\u001b[");
  });

  it("writes promptfoo's severities when promptfoo asks", async () => {
    const env = { PROMPTFOO_DELEGATED: "true" };
    const { stdout } = await run(["-f", "json", "noise", "bad.pkl"], { cwd: folder(files), env });
    const { issues } = await expectValidReport(stdout);
    for (const { severity } of issues) expect(["critical", "warning", "info", "debug"]).toContain(severity);
    expect(issues.map(({ level }) => level)).toContain("critical");
  });
});

describe("the configuration", () => {
  it("of the working directory is ignored with a warning when that is scanned", async () => {
    const cwd = folder({
      ...files,
      "modelaudit-security.toml":
        '[severity_thresholds]\nfail_on = "critical"\n[rules]\n"pickle/unsafe-call" = "off"\n',
    });
    const { code, stderr } = await run(["."], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain("warning: modelaudit-security.toml is ignored");
  });

  it("given by --config decides what fails", async () => {
    const cwd = folder({ ...files, "rules.toml": '[[suppress]]\nrule = "*"\nreason = "known"\n' });
    expect((await run(["--config", "rules.toml", "bad.pkl"], { cwd })).code).toBe(0);
  });

  it("with a mistake is told with its line, and nothing is scanned", async () => {
    const cwd = folder({ ...files, "rules.toml": "[limits]\nmax_dept = 1\n" });
    const { code, stdout, stderr } = await run(["--config", "rules.toml", "bad.pkl"], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain('rules.toml:2: limits.max_dept: unknown key\n  try: did you mean "max_depth"?');
  });
});

describe("while a scan runs", () => {
  it("a reader may close the pipe", async () => {
    const cwd = folder(Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}.pkl`, EVIL_PICKLE])));
    const { code, stderr } = await run(["-v", "-f", "json", "."], {
      cwd,
      meanwhile: (program) => program.stdout?.destroy(),
    });
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  });

  it("an interrupt ends it with the report and exit code 130", async () => {
    const cwd = folder(
      Object.fromEntries(
        Array.from({ length: 3000 }, (_, i) => [`f${i}.pkl`, Uint8Array.of(...EVIL_PICKLE, ...Buffer.from(String(i)))]),
      ),
    );
    const { code, stdout } = await run(["-f", "json", "--progress", "."], {
      cwd,
      meanwhile: (program) => program.stderr?.once("data", () => program.kill("SIGINT")),
    });
    expect(code).toBe(130);
    expect((await expectValidReport(stdout)).coverage.interrupted).toBe(true);
  });
});

describe("the command line", () => {
  it("prints its version as promptfoo reads it", async () => {
    const { code, stdout } = await run(["--version"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "modelaudit, version 1.0.0\n" });
  });

  it("helps with `scan` on one screen", async () => {
    const { code, stdout } = await run(["scan", "--help"], { env: { COLUMNS: "80" } });
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.length).toBeLessThan(40);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("suggests the option that was meant", async () => {
    const { stderr } = await run(["--formt", "json", "x"]);
    expect(stderr).toContain("Did you mean --format?");
  });

  it("suggests the path that was meant", async () => {
    const { stdout } = await run(["bda.pkl"], { cwd: folder(files) });
    expect(stdout).toContain("bda.pkl: no such file or folder");
    expect(stdout).toContain("did you mean bad.pkl?");
  });

  it("prints no stack trace", async () => {
    const { stdout, stderr } = await run(["-f", "json", "."], { cwd: folder(files) });
    expect(stdout + stderr).not.toMatch(/\n\s+at .*:\d+:\d+/);
    expect(existsSync("core")).toBe(false);
  });
});
