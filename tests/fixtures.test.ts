import { relative } from "node:path";
import { describe, expect, it } from "vitest";
import type { Finding, ScanResult } from "../src/engine/result.js";
import { summarize } from "../src/engine/summary.js";
import { locationOf } from "../src/reporters/location.js";
import { isAtLeast } from "../src/rules/severity.js";
import { type Fixture, listFixtures, scanFixture } from "./builders/fixtures.js";

const fixtures = listFixtures();

describe("a fixture", () => {
  it.each(fixtures.filter(({ bad }) => !bad))("$name is silent", async (fixture) => {
    const result = await scanFixture(fixture.path);
    const { findings, verdict } = summarize(result);
    expect(findings.filter(({ severity }) => isAtLeast(severity, "low"))).toEqual([]);
    expect(verdict).toBe("clean");
    await expectAsBefore(fixture, result);
  });

  it.each(fixtures.filter(({ bad }) => bad))("$name is told", async (fixture) => {
    const result = await scanFixture(fixture.path);
    expect(summarize(result).findings.some(({ severity }) => isAtLeast(severity, "low"))).toBe(true);
    await expectAsBefore(fixture, result);
  });

  it("exists at all", () => {
    expect(fixtures.length).toBeGreaterThan(0);
  });
});

/** The expected findings stand beside the fixture; `npm run docs` writes them anew, and the diff shows what changed. */
async function expectAsBefore({ path }: Fixture, result: ScanResult): Promise<void> {
  const place = (finding: Finding) => locationOf({ ...finding, path: relative(path, finding.path) || "." });
  const { findings, unexamined } = summarize(result);
  const told = {
    findings: findings.map((finding) => `${finding.severity} ${finding.rule} ${place(finding)}: ${finding.message}`),
    unexamined: unexamined.map((entry) => `${relative(path, entry.path) || "."} ${entry.state}: ${entry.reason}`),
  };
  await expect(`${JSON.stringify(told, null, 2)}\n`).toMatchFileSnapshot(`${path}.expected.json`);
}
