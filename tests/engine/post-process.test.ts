import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../src/config/load.js";
import type { Suppression } from "../../src/config/policy.js";
import { matchesGlob } from "../../src/engine/glob.js";
import { scanPaths } from "../../src/engine/scan.js";
import { summarize } from "../../src/engine/summary.js";
import { folder } from "../builders/folder.js";
import { EVIL_PICKLE } from "../builders/samples.js";

async function scan(suppress: readonly Suppression[]) {
  const root = folder({ "models/bad.pkl": EVIL_PICKLE });
  return scanPaths([root], { policy: { ...(await defaultPolicy()), suppress } });
}

describe("a suppression", () => {
  it("takes findings out of the verdict and leaves them in the list", async () => {
    const result = await scan([{ rule: "*", path: "**/bad.pkl", reason: "reviewed" }]);
    const { exitCode, verdict, findings, suppressed } = summarize(result);
    expect({ exitCode, verdict, findings }).toEqual({ exitCode: 0, verdict: "clean", findings: [] });
    expect(suppressed.map((finding) => finding.suppressed)).toContain("reviewed");
  });

  it.each([
    ["another rule", { rule: "analysis/malformed", reason: "r" }],
    ["another path", { rule: "*", path: "other/*.pkl", reason: "r" }],
    ["a day that is over", { rule: "*", reason: "r", expires: "2020-01-01" }],
  ])("of %s changes nothing", async (_case, suppression) => {
    expect(summarize(await scan([suppression])).exitCode).toBe(1);
  });

  it("holds until the end of its last day", async () => {
    const today = new Date().toISOString().slice(0, 10);
    expect(summarize(await scan([{ rule: "*", reason: "r", expires: today }])).exitCode).toBe(0);
  });
});

describe("a path pattern", () => {
  it.each([
    ["a/b/c.pkl", "*.pkl", true],
    ["a/b/c.pkl", "c.*", true],
    ["a/b/c.pkl", "a/*.pkl", false],
    ["a/b/c.pkl", "a/**/*.pkl", true],
    ["a/c.pkl", "a/**/*.pkl", true],
    ["a/b/c.pkl", "**/c.pkl", true],
    ["a/b/c.pkl", "a/**", true],
    ["a/b/cXpkl", "a/b/c.pkl", false],
    ["a/b[1].pkl", "a/b[1].pkl", true],
    ["a/b\nc.pkl", "a/*.pkl", true],
    ["a/bc.pkl", "a/b?.pkl", true],
  ])("%j by %j: %s", (path, pattern, matches) => {
    expect(matchesGlob(path, pattern)).toBe(matches);
  });
});
