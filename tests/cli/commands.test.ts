import { describe, expect, it } from "vitest";
import { folder } from "../builders/folder.js";
import { EVIL_PICKLE, NOISE } from "../builders/samples.js";
import { run } from "./run.js";

describe("rules", () => {
  it("lists every rule with severity and title", async () => {
    const { code, stdout } = await run(["rules"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^analysis\/unsafe-link +high +A symbolic link leaves the scanned folder$/m);
  });

  it("explains one", async () => {
    const { stdout } = await run(["rules", "analysis/unsafe-link"]);
    expect(stdout).toMatch(/^analysis\/unsafe-link \(high\)\n\nA symbolic link/);
    expect(stdout).toContain("Do:   Remove the link.");
    expect(stdout).toContain("CWE-59");
  });

  it("suggests the one that was meant", async () => {
    const { code, stderr } = await run(["rules", "analysis/unsave-link"]);
    expect(code).toBe(2);
    expect(stderr).toContain("did you mean analysis/unsafe-link?");
  });
});

describe("doctor", () => {
  it("says which scanners load, which file is in force, and the limits", async () => {
    const cwd = folder({ "rules.toml": "[limits]\nmax_depth = 7\n" });
    const { code, stdout } = await run(["doctor", "--config", "rules.toml"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/Scanners: (\d+) of \1 load/);
    expect(stdout).not.toContain("BROKEN");
    expect(stdout).toContain("ok      a malicious pickle is found dangerous");
    expect(stdout).toContain("ok      a clean pickle is found harmless");
    expect(stdout).toMatch(/Configuration: .*rules\.toml/);
    expect(stdout).toMatch(/max_depth +7\n/);
    expect(stdout).toMatch(/max_file_bytes +no limit\n/);
  });
});

describe("trace", () => {
  it("prints what loading would do, with offsets", async () => {
    const { code, stdout } = await run(["trace", "bad.pkl"], { cwd: folder({ "bad.pkl": EVIL_PICKLE }) });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +2 {2}from os import system\n/);
    expect(stdout).toMatch(/^ +\d+ {2}_0 = os\.system\("echo pwned"\)/m);
  });

  it("says why where there is nothing to trace", async () => {
    const cwd = folder({ noise: NOISE });
    expect((await run(["trace", "none"], { cwd })).stderr).toContain("cannot read none: no such file or folder");
    expect((await run(["trace", "."], { cwd })).stderr).toContain("cannot read .: not a regular file");
    expect((await run(["trace", "noise"], { cwd })).code).not.toBeNull();
  });
});

describe("the program", () => {
  it("scans by default", async () => {
    const cwd = folder({ "bad.pkl": EVIL_PICKLE });
    const plain = (text: string) => text.replace(/ in \d.*: /, ": ");
    const [short, long] = [await run(["bad.pkl"], { cwd }), await run(["scan", "bad.pkl"], { cwd })];
    expect(plain(short.stdout)).toBe(plain(long.stdout));
    expect([short.code, long.code]).toEqual([1, 1]);
  });

  it("lists its commands", async () => {
    const { code, stdout } = await run(["--help"]);
    expect(code).toBe(0);
    for (const command of ["scan", "trace", "rules", "doctor"])
      expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, "m"));
  });

  it("scans a file whose name is a command's when it is told to", async () => {
    const { code } = await run(["scan", "rules"], { cwd: folder({ rules: EVIL_PICKLE }) });
    expect(code).toBe(1);
  });
});
