import { join } from "node:path";
import { defaultPolicy } from "../../src/config/load.js";
import type { Policy } from "../../src/config/policy.js";
import type { FileReport, Finding, ScanResult } from "../../src/engine/result.js";
import { scanPaths } from "../../src/engine/scan.js";
import type { ReportOptions } from "../../src/reporters/reporter.js";
import { folder } from "../builders/folder.js";
import { EVIL_PICKLE, NOISE, PLAIN_PICKLE } from "../builders/samples.js";

export const OPTIONS: ReportOptions = {
  version: "1.2.3",
  delegated: false,
  verbose: false,
  quiet: false,
  width: 80,
  color: false,
  cwd: "/",
};

/** A real scan: a bad file, a clean one, a cut one, an unknown one, a copy, a link that leaves and a path that is missing. */
export async function scanOfEverything(policy: Partial<Policy> = {}): Promise<ScanResult> {
  const root = folder({
    "bad.pkl": EVIL_PICKLE,
    "copy/bad.pkl": EVIL_PICKLE,
    "cut.pkl": PLAIN_PICKLE.slice(0, -4),
    "ok.pkl": PLAIN_PICKLE,
    noise: NOISE,
    passwd: { link: "/etc/passwd" },
  });
  return scanPaths([root, join(root, "none.pkl")], { policy: { ...(await defaultPolicy()), ...policy } });
}

export function finding(changes: Partial<Finding> = {}): Finding {
  return {
    rule: "analysis/malformed",
    severity: "medium",
    safety: "suspicious",
    message: "a message",
    path: "model.bin",
    member: [],
    why: "A reason.",
    references: [],
    evidence: {},
    scanner: "test",
    count: 1,
    fingerprint: "0".repeat(32),
    ...changes,
  };
}

/** A result of one file with these findings. */
export function resultOf(findings: readonly Finding[], file: Partial<FileReport> = {}): ScanResult {
  const report: FileReport = {
    path: "model.bin",
    size: 2048,
    state: "scanned",
    bytesExamined: 1024,
    formats: ["pickle"],
    scanners: ["test"],
    findings,
    checks: [],
    metadata: {},
    parts: [],
    durationMs: 1,
    ...file,
  };
  const settings = { failOn: "medium", strict: false, interrupted: false } as const;
  return {
    files: [report],
    findings: [],
    errors: [],
    startedAt: "2026-01-02T03:04:05.000Z",
    durationMs: 1234,
    ...settings,
  };
}
