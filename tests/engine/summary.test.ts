import { describe, expect, it } from "vitest";
import type { FileReport, ScanResult } from "../../src/engine/result.js";
import { summarize } from "../../src/engine/summary.js";
import type { Severity } from "../../src/rules/severity.js";

function file(state: FileReport["state"], severity?: Severity, suppressed?: string): FileReport {
  const finding = {
    rule: "analysis/malformed",
    severity: severity ?? "info",
    safety: "suspicious",
    message: "m",
    path: "f",
    member: [],
    why: "",
    references: [],
    evidence: {},
    scanner: "s",
    count: 1,
    fingerprint: "",
    ...(suppressed === undefined ? {} : { suppressed }),
  } as const;
  return {
    path: "f",
    size: 10,
    state,
    ...(state === "scanned" ? {} : { reason: "because" }),
    bytesExamined: 5,
    formats: [],
    scanners: [],
    findings: severity === undefined ? [] : [finding],
    checks: [],
    metadata: {},
    parts: [],
    durationMs: 1,
  };
}

function result(files: readonly FileReport[], changes: Partial<ScanResult> = {}): ScanResult {
  const base = { findings: [], errors: [], startedAt: "2026-01-01T00:00:00Z", durationMs: 1, interrupted: false };
  return { files, ...base, failOn: "medium", strict: false, ...changes };
}

const ERROR = { path: "x", message: "no such file", hints: [] };

describe("verdict and exit code", () => {
  it.each([
    ["nothing found", [file("scanned")], {}, "clean", 0],
    ["information alone", [file("scanned", "info")], {}, "clean", 0],
    ["a remark", [file("scanned", "low")], {}, "low", 0],
    ["a finding at the level that fails", [file("scanned", "medium")], {}, "medium", 1],
    ["a finding below a raised level", [file("scanned", "medium")], { failOn: "high" }, "medium", 0],
    ["a finding above a lowered level", [file("scanned", "low")], { failOn: "low" }, "low", 1],
    ["the worst of several", [file("scanned", "low"), file("scanned", "critical")], {}, "critical", 1],
    ["a file read in part", [file("partial")], {}, "incomplete", 2],
    ["a file read in part with a remark", [file("partial", "low")], {}, "incomplete", 2],
    ["a file that could not be read", [file("scanned"), file("failed")], {}, "incomplete", 2],
    ["an unknown file", [file("skipped", "info")], {}, "clean", 0],
    ["an unknown file under --strict", [file("skipped", "info")], { strict: true }, "incomplete", 2],
    ["something that is not there", [file("scanned")], { errors: [ERROR] }, "incomplete", 2],
    ["a finding beside something that is not there", [file("scanned", "high")], { errors: [ERROR] }, "high", 1],
    ["a finding in a file read in part", [file("partial", "high")], {}, "high", 1],
    ["an interruption with findings", [file("scanned", "high")], { interrupted: true }, "high", 130],
    ["a suppressed finding", [file("scanned", "critical", "reviewed")], {}, "clean", 0],
  ] as const)("for %s", (_case, files, changes, verdict, exitCode) => {
    expect(summarize(result(files, changes))).toMatchObject({ verdict, exitCode });
  });

  it("count folders' findings too", () => {
    const [finding] = file("scanned", "high").findings;
    const summary = summarize(result([file("scanned")], { findings: finding ? [finding] : [] }));
    expect(summary).toMatchObject({ verdict: "high", riskScore: 7.5, counts: { high: 1, critical: 0 } });
  });

  it("list what was not examined with the reason", () => {
    const { unexamined, states } = summarize(result([file("partial"), file("skipped"), file("scanned")]));
    expect(unexamined).toEqual([
      { path: "f", state: "partial", reason: "because" },
      { path: "f", state: "skipped", reason: "because" },
    ]);
    expect(states).toEqual({ scanned: 1, partial: 1, skipped: 1, failed: 0 });
  });
});
