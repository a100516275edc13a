import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { scan, summarize } from "../../src/index.js";
import { folder } from "../builders/folder.js";
import { EVIL_PICKLE, PLAIN_PICKLE } from "../builders/samples.js";
import { PROGRAM, run } from "../cli/run.js";
import { expectValidReport } from "../reporters/report-schema.js";

const ESCAPE = "\u001b";
const models = { "m/evil.pkl": EVIL_PICKLE, "m/plain.pkl": PLAIN_PICKLE };

/** Runs the program through a shell, for the streams that only a shell can misdirect. */
function shell(command: string, cwd: string) {
  return run(
    [
      "-e",
      `process.exit(require("child_process").spawnSync("/bin/sh", ["-c", ${JSON.stringify(command)}], { stdio: "inherit" }).status)`,
    ],
    {
      cwd,
      asNode: true,
    },
  );
}
const program = `'${process.execPath}' '${PROGRAM}'`;

describe("an attack by way of the report", { timeout: 60_000 }, () => {
  it("fails: the report is written over a model that is scanned", async () => {
    const cwd = folder(models);
    const { code, stderr } = await run(["scan", "m", "-o", "m/plain.pkl"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("would be overwritten");
    expect(new Uint8Array(readFileSync(join(cwd, "m/plain.pkl")))).toEqual(new Uint8Array(Buffer.from(PLAIN_PICKLE)));
  });

  it.each(["r.json", "r.txt", "r.html", "r.sarif", "r.cdx.json"])(
    "writes %s again where it was written before, in the scanned folder too",
    async (name) => {
      const cwd = folder(models);
      await run(["scan", "m", "-o", `m/${name}`], { cwd });
      expect((await run(["scan", "m", "-o", `m/${name}`], { cwd })).code).toBe(1);
    },
  );

  it("fails: a link of a report's name in the scanned folder leads to a file of the user", async () => {
    const cwd = folder({ ...models, victim: "mine" });
    symlinkSync("../victim", join(cwd, "m/report.json"));
    expect((await run(["scan", "m", "-o", "m/report.json"], { cwd })).code).toBe(2);
    expect((await run(["scan", "m", "--sbom", "m/report.json"], { cwd })).code).toBe(2);
    expect((await run(["metadata", "m", "-o", "m/report.json"], { cwd })).code).toBe(2);
    expect(readFileSync(join(cwd, "victim"), "utf8")).toBe("mine");
  });

  it("fails: a folder of reports in the scanned folder is a link to another place", async () => {
    const cwd = folder(models);
    mkdirSync(join(cwd, "elsewhere"));
    symlinkSync("../elsewhere", join(cwd, "m/reports"));
    expect((await run(["scan", "m", "-o", "m/reports/r.json"], { cwd })).code).toBe(2);
    expect(existsSync(join(cwd, "elsewhere/r.json"))).toBe(false);
  });

  it("fails: a report that cannot be written is noticed after the scan", async () => {
    const cwd = folder(models);
    for (const [place, problem] of [
      ["m", "is a folder"],
      ["", "is empty"],
      ["none/r.json", "cannot write"],
    ] as const) {
      const { code, stderr } = await run(["scan", "m", "-o", place], { cwd });
      expect([code, stderr.includes(problem)], stderr).toEqual([2, true]);
    }
  });

  it.skipIf(!existsSync("/dev/full"))("fails: a full disk passes for a clean scan, or hides a finding", async () => {
    const cwd = folder(models);
    const clean = await shell(`${program} scan m/plain.pkl > /dev/full`, cwd);
    expect(clean.code).toBe(2);
    expect(clean.stderr).toMatch(/^error: cannot write the report to stdout: ENOSPC/);
    expect((await shell(`${program} scan m/evil.pkl > /dev/full`, cwd)).code).toBe(1);
    expect((await shell(`${program} scan m/evil.pkl nothing.pkl -o r.json 2> /dev/full`, cwd)).code).toBe(1);
  });

  it("fails: a reader that goes away early turns a finding into a success", async () => {
    const { stdout } = await shell(
      `{ ${program} scan m/evil.pkl; echo "code $?" >&2; } 2>&1 >/dev/null | cat`,
      folder(models),
    );
    expect(stdout).toContain("code 1");
  });
});

describe("an attack by names of files", { timeout: 60_000 }, () => {
  it.each(["--config=evil.toml", "-q", "-oreport.html", "--no-cache"])(
    "fails: a file named %s configures the scan of its folder, as the shell hands it over",
    async (name) => {
      const cwd = folder({ ...models, [name]: "x", "evil.toml": '[[suppress]]\nrule = "*"\nreason = "r"\n' });
      const { code, stderr } = await run([name, "m/evil.pkl"], { cwd });
      expect(code).toBe(2);
      expect(stderr).toContain("is the name of a file here");
      expect((await run(["scan", "--", name, "m/evil.pkl"], { cwd })).code).toBe(1);
    },
  );

  it("fails: a name that is no option acts on the terminal from the message about it", async () => {
    const { stderr, code } = await run(["scan", `--x${ESCAPE}[2J\u202e`], { cwd: folder(models) });
    expect(code).toBe(2);
    expect(stderr).toContain("unknown option");
    expect(stderr).not.toContain(ESCAPE);
    expect(stderr).not.toContain("\u202e");
  });

  it("fails: a name in a message is a command of a GitHub runner", async () => {
    const env = { GITHUB_ACTIONS: "true" };
    const asked = ["scan", "--x\n::error::forged", "--y##[group]z"];
    const { stderr } = await run(asked, { cwd: folder(models), env });
    expect(stderr).not.toMatch(/^::|##\[/m);
    const missing = await run(["scan", "no##[error]such.pkl", "-o", "r.json"], { cwd: folder(models), env });
    expect(missing.stderr).toContain("not examined");
    expect(missing.stderr).not.toContain("##[");
  });

  it.each(["a\u2028b.pkl", "a\u0085b.pkl", "::error::x.pkl", "a\nb.pkl", "\u200b.pkl"])(
    "fails: %j breaks a line of a report, or its JSON",
    async (name) => {
      const cwd = folder({ [`m/${name}`]: EVIL_PICKLE });
      const { stdout } = await run(["scan", "m", "-q"], { cwd });
      expect(stdout.trim().split(/[\n\u0085\u2028]/)).toHaveLength(1);
      const report = await run(["scan", "m", "-f", "json"], { cwd });
      await expectValidReport(report.stdout);
      expect(report.stdout).toContain("os.system");
    },
  );
});

describe("an attack by what is no file", { timeout: 60_000 }, () => {
  it("fails: what cannot be examined is asked for, and nothing found counts as clean", async () => {
    const cwd = folder({});
    for (const asked of ["nowhere", "-", ""]) expect((await run(["scan", asked], { cwd })).code, asked).toBe(2);
    expect((await run(["scan", "-"], { cwd })).stdout).toContain("stdin is not read");
  });

  it.skipIf(!existsSync("/proc/self/environ"))("fails: a file whose size is given as 0 passes for empty", async () => {
    expect((await run(["scan", "/proc/self/environ"])).code).toBe(2);
  });

  it.skipIf(!existsSync("/proc/self/fd"))("fails: a link that names no path ends the scan of all others", async () => {
    const { stderr } = await shell(`cat /dev/null | ${program} scan /proc/self/fd`, folder({}));
    expect(stderr).not.toContain("internal error");
  });

  it("fails: a pickle five hundred folders deep is not reached", async () => {
    const root = folder({});
    const deep = join(root, "d/".repeat(500));
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(deep, "x.pkl"), EVIL_PICKLE);
    expect(summarize(await scan(root)).verdict).toBe("critical");
  });
});

describe("an attack by settings", { timeout: 60_000 }, () => {
  it("fails: results of earlier scans come with the models", async () => {
    const cwd = folder({ ...models, "m/.cache/x": "" });
    const { stderr } = await run(["scan", "m", "--cache-dir", "m/.cache"], { cwd });
    expect(stderr).toContain("is not used: it lies in what is scanned");
    const { stderr: beside } = await run(["scan", "m", "--cache-dir", "cache"], { cwd });
    expect(beside).not.toContain("is not used");
  });

  it.each([
    ['[rules]\n"pickle/unsafe-cal" = "off"\n', "rules.toml:2:"],
    ['[rules]\n"toString" = "off"\n', "rules.toml:2:"],
    ['[[suppress]]\nrule = "pickle/unsafe"\nreason = "r"\n', "rules.toml:2:"],
    ["[limits]\n__proto__ = 1\n", "rules.toml:2:"],
    ["[constructor]\nx = 1\n", "rules.toml:1:"],
    ["[limits]\nmax_ratio = nan\n", "rules.toml:2:"],
  ])("fails: %j is taken without a word, and does nothing or harm", async (text, place) => {
    const { code, stderr } = await run(["scan", "m", "-c", "rules.toml"], {
      cwd: folder({ ...models, "rules.toml": text }),
    });
    expect(code).toBe(2);
    expect(stderr).toContain(place);
  });

  it("reads a configuration with the marks of Windows", async () => {
    const text = '\ufeff[rules]\r\n"pickle/unsafe-call" = "off"\r\n';
    const { code } = await run(["scan", "m/evil.pkl", "-c", "rules.toml"], {
      cwd: folder({ ...models, "rules.toml": text }),
    });
    expect(code).toBe(0);
  });

  it.each(["0", "-1", "NaN", "Infinity", "", "1e999"])(
    "fails: a timeout of %j ends every scan at once, or none",
    async (timeout) => {
      expect((await run(["scan", "m", "--timeout", timeout], { cwd: folder(models) })).code).toBe(2);
    },
  );

  it("fails: a long timeout is over at once for a file that a worker scans", async () => {
    const cwd = folder({ "big.pkl": Buffer.concat([Buffer.from(EVIL_PICKLE), Buffer.alloc(2 << 20)]) });
    expect((await run(["scan", "big.pkl", "--timeout", "1e12", "-q"], { cwd })).stdout).toContain("os.system");
  });
});

describe("an attack on the library", () => {
  it("fails: a threshold that does not exist lets everything pass", async () => {
    const failOn: unknown = "nope";
    await expect(Reflect.apply(scan, undefined, ["x", { failOn }])).rejects.toThrow("is no severity");
  });

  it.each([[undefined], [5], [[null]], [{}]])("fails: %j is taken for paths", async (paths) => {
    await expect(Reflect.apply(scan, undefined, [paths])).rejects.toThrow("takes a path or a list of paths");
  });

  it("fails: a scan of nothing is clean", async () => {
    expect(summarize(await scan([]))).toMatchObject({ verdict: "incomplete", exitCode: 2 });
    expect(summarize(await scan(["a\u0000b"])).exitCode).toBe(2);
  });
});
