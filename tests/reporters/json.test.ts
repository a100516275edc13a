import { describe, expect, it } from "vitest";
import { renderJson } from "../../src/reporters/json.js";
import { expectValidReport } from "./report-schema.js";
import { finding, OPTIONS, resultOf, scanOfEverything } from "./results.js";

const KEYS = [
  "scanner_names",
  "start_time",
  "bytes_scanned",
  "issues",
  "checks",
  "files_scanned",
  "has_errors",
  "duration",
  "assets",
  "file_metadata",
  "content_hash",
  "total_checks",
  "passed_checks",
  "failed_checks",
  "success",
  "schema_version",
  "tool",
  "verdict",
  "risk_score",
  "coverage",
];

describe("the JSON report", () => {
  it("has its keys in their order, and fits the schema", async () => {
    const report = await expectValidReport(renderJson(await scanOfEverything(), OPTIONS));
    const inOrder = KEYS.filter((key) => key in report);
    expect(Object.keys(report)).toEqual(inOrder);
    expect(KEYS.filter((key) => !(key in report))).toEqual(["content_hash"].filter((key) => !(key in report)));
  });

  it("keeps every asset under the path that it has in file_metadata", async () => {
    const { assets, file_metadata } = await expectValidReport(renderJson(await scanOfEverything(), OPTIONS));
    expect(assets.map(({ path }) => path)).toEqual(Object.keys(file_metadata));
  });

  it("counts passed and failed checks, and fails none for information", async () => {
    const result = resultOf([finding({ severity: "info" }), finding({ severity: "low" })]);
    const report = await expectValidReport(renderJson(result, OPTIONS));
    expect(report).toMatchObject({ total_checks: 1, passed_checks: 0, failed_checks: 1 });
    expect(report.checks).toMatchObject([{ status: "failed", severity: "low" }]);
    expect(report.issues).toHaveLength(2);
  });

  it("gives the place in one piece and in parts", async () => {
    const result = resultOf([finding({ path: "outer.zip", member: ["inner.tar.gz", "data.pkl"], offset: 71 })]);
    const { issues } = await expectValidReport(renderJson(result, OPTIONS));
    expect(issues[0]).toMatchObject({
      location: "outer.zip:inner.tar.gz:data.pkl (pos 71)",
      path: "outer.zip",
      member: ["inner.tar.gz", "data.pkl"],
      offset: 71,
    });
  });

  it.each([
    ["critical", "critical"],
    ["high", "critical"],
    ["medium", "warning"],
    ["low", "info"],
    ["info", "info"],
    ["debug", "debug"],
  ] as const)("writes %s as %s for promptfoo, and keeps ours as level", async (severity, written) => {
    const result = resultOf([finding({ severity })]);
    const { issues } = await expectValidReport(renderJson(result, { ...OPTIONS, delegated: true }));
    expect(issues[0]).toMatchObject({ severity: written, level: severity });
    expect((await expectValidReport(renderJson(result, OPTIONS))).issues[0]).toMatchObject({ severity });
  });

  it("says of what was not examined that it was not", async () => {
    const result = resultOf([], { state: "partial", reason: "the stream ends without STOP" });
    expect(await expectValidReport(renderJson(result, OPTIONS))).toMatchObject({
      verdict: "incomplete",
      success: false,
      has_errors: true,
      coverage: { not_examined: [{ path: "model.bin", state: "partial", reason: "the stream ends without STOP" }] },
    });
  });

  it("lists suppressed findings apart", async () => {
    const report = await expectValidReport(renderJson(resultOf([finding({ suppressed: "reviewed" })]), OPTIONS));
    expect(report).toMatchObject({ verdict: "clean", issues: [], failed_checks: 0 });
    expect(report.coverage.suppressed).toMatchObject([{ suppressed: "reviewed" }]);
  });

  it("hashes the contents when all files were hashed, the order of paths aside", async () => {
    const hash = "ab".repeat(32);
    const { content_hash } = await expectValidReport(renderJson(resultOf([], { sha256: hash }), OPTIONS));
    expect(content_hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await expectValidReport(renderJson(resultOf([]), OPTIONS))).not.toHaveProperty("content_hash");
  });

  it("keeps a file's own words as data: no raw control or bidirectional character, no foreign key", async () => {
    const message = "a\u001b[31m\u009b31m\u202eb\u2028\ud800";
    const metadata = JSON.parse('{"__proto__":"x","constructor":"y"}');
    const text = renderJson(resultOf([finding({ message })], { metadata }), OPTIONS);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2028]/);
    const report = await expectValidReport(text);
    expect(report.issues[0]?.message).toBe(message);
  });

  it("tells stack traces only when asked", () => {
    const result = resultOf([finding({ evidence: { stack: "at x.js:1:1" } })]);
    expect(renderJson(result, OPTIONS)).not.toContain("x.js");
    expect(renderJson(result, { ...OPTIONS, verbose: true })).toContain("x.js");
  });
});
