import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readPreferences } from "../../src/config/read-preferences.js";
import { folder } from "../builders/folder.js";
import { EVIL_PICKLE, NOISE, PLAIN_PICKLE } from "../builders/samples.js";
import { run } from "./run.js";

const SETTINGS_PAGE = fileURLToPath(new URL("../../docs/settings.md", import.meta.url));
const files = { "w/bad.pkl": EVIL_PICKLE, "w/ok.pkl": PLAIN_PICKLE, "w/noise": NOISE };

/** Runs with a home whose preferences are these. */
function runWith(preferences: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const root = folder({ ...files, ...more, ".modelaudit/config.toml": preferences });
  return run(args, { cwd: join(root, "w"), env: { HOME: root } });
}

describe("preferences", () => {
  it("are all shown in the documentation, as they are read", () => {
    const [, shown = ""] = /```toml\n([^`]*)```/.exec(readFileSync(SETTINGS_PAGE, "utf8")) ?? [];
    const keys = [...shown.matchAll(/^(\w+) = /gm)].map(([, key]) => key);
    expect(Object.keys(readPreferences(join(folder({ "config.toml": shown }), "config.toml")))).toEqual(keys);
    expect(keys).toHaveLength(11);
  });

  it("choose the format, and options go before them", async () => {
    const { stdout } = await runWith('format = "json"\n', ["ok.pkl"]);
    expect(JSON.parse(stdout).verdict).toBe("clean");
    expect((await runWith('format = "json"\n', ["ok.pkl", "-f", "text"])).stdout).toMatch(/^NO DANGER FOUND/);
  });

  it("choose the folder of reports that are named without one", async () => {
    const root = folder({ ...files, "reports/x": "", ".modelaudit/config.toml": "" });
    const preferences = `output_folder = "${join(root, "reports")}"\n`;
    await runWith(preferences, ["ok.pkl", "-o", "r.json"]);
    expect(existsSync(join(root, "reports", "r.json"))).toBe(true);
  });

  it.each([
    ['max_size = "4B"\n', ["ok.pkl"], 2],
    ['fail_on = "critical"\nstrict = true\n', ["noise"], 2],
    ['preset = "security"\n', ["noise"], 2],
    ['preset = "security"\n', ["--preset", "fast", "ok.pkl"], 0],
    ["timeout = 5\ncache = false\nprogress = false\nverbose = false\nquiet = false\n", ["ok.pkl"], 0],
  ])("of %j are in force for %j", async (preferences, args, code) => {
    expect((await runWith(preferences, args)).code).toBe(code);
  });

  it.each([
    ['formt = "json"\n', "config.toml:1: formt: unknown key", 'did you mean "format"?'],
    ['\nformat = "jsn"\n', "config.toml:2: format: expected text, json, sarif, html, sbom", 'did you mean "json"?'],
    ['max_size = "ten"\n', 'config.toml:1: max_size: "ten" is not a size', "write a number and a unit"],
    ["timeout = 0\n", "config.toml:1: timeout: expected a number of seconds above zero", ""],
    ["strict = 1\n", "config.toml:1: strict: expected true or false", ""],
    ["format\n", "config.toml:1: ", "check the syntax"],
  ])("like %j are refused", async (preferences, problem, hint) => {
    const { code, stderr } = await runWith(preferences, ["ok.pkl"]);
    expect(code).toBe(2);
    expect(stderr).toContain(problem);
    expect(stderr).toContain(hint);
  });

  it("never weaken the rules of a team", async () => {
    const rules = { "rules.toml": '[severity_thresholds]\nfail_on = "low"\n' };
    const args = ["bad.pkl", "-S", "pickle/unsafe-call=low", "-c", "../rules.toml"];
    expect((await runWith('fail_on = "critical"\n', args, rules)).code).toBe(1);
    expect((await runWith('fail_on = "critical"\n', args.slice(0, 3), rules)).code).toBe(0);
  });

  it("are not taken from what is scanned", async () => {
    const { code, stderr } = await runWith('fail_on = "critical"\nformat = "jsn"\n', [".."]);
    expect(code).toBe(1);
    expect(stderr).toContain("is ignored: it lies in what is scanned");
  });
});

describe("a preset", () => {
  it("of security fails for remarks and for what is skipped", async () => {
    expect((await runWith("", ["noise"])).code).toBe(0);
    expect((await runWith("", ["noise", "--preset", "security"])).code).toBe(2);
  });

  it("of compliance has licences count", async () => {
    const card = { "w/README.md": "---\nlicense: cc-by-nc-4.0\n---\n# A model\n" };
    expect((await runWith("", ["README.md"], card)).code).toBe(0);
    expect((await runWith("", ["README.md", "--preset", "compliance"], card)).code).toBe(1);
  });

  it("that is none is refused", async () => {
    expect((await runWith("", ["ok.pkl", "--preset", "fats"])).stderr).toContain("security, fast, compliance");
  });
});

describe("--dry-run", () => {
  it("says what would be scanned, by what and how large, and scans nothing", async () => {
    const { code, stdout } = await runWith("", ["--dry-run", "."]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/bad\.pkl +\d+ bytes {2}pickle: pickle\n/);
    expect(stdout).toMatch(/noise +64 bytes {2}unknown format/);
    expect(stdout).toMatch(/Dry run: 3 files, \d+ bytes\. Nothing was scanned\.\n$/);
  });

  it("tells what is missing", async () => {
    const { code, stdout } = await runWith("", ["--dry-run", "none"]);
    expect(code).toBe(2);
    expect(stdout).toContain("none: no such file or folder");
  });

  it("is never clean in JSON", async () => {
    const { code, stdout } = await runWith("", ["--dry-run", "-f", "json", "bad.pkl"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "incomplete", files_scanned: 0, issues: [], success: false });
  });
});

describe("--interactive", () => {
  it("is refused where nobody can answer", async () => {
    const { code, stderr } = await runWith("", ["-i", "ok.pkl"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: --interactive needs a terminal\n {2}try: /);
  });
});

describe("a suppression", () => {
  const suppressed = (expires: string) => ({
    "rules.toml": `[[suppress]]\nrule = "pickle/unsafe-call"\nreason = "reviewed"\nexpires = "${expires}"\n`,
  });
  const args = ["bad.pkl", "-c", "../rules.toml"];

  it.each(["text", "json", "sarif"])("is shown in %s with its reason and its end", async (format) => {
    const { code, stdout } = await runWith("", [...args, "-f", format], suppressed("2999-01-31"));
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, " ")).toContain("reviewed (until 2999-01-31)");
  });

  it("that has ended counts no more, and says so", async () => {
    const { code, stderr } = await runWith("", args, suppressed("2020-01-31"));
    expect(code).toBe(1);
    expect(stderr).toContain("the suppression of pickle/unsafe-call has ended on 2020-01-31");
  });
});
