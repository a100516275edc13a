import type { FileReport, ScanResult } from "../../src/engine/result.js";
import type { ReportOptions } from "../../src/reporters/reporter.js";

export const reportOptions: ReportOptions = {
  version: "1.2.3",
  delegated: false,
  verbose: false,
  quiet: false,
  width: 80,
  color: false,
  cwd: "/home/a/models",
};

/** The result of a scan that yielded these reports. */
export function resultOf(files: readonly FileReport[]): ScanResult {
  return {
    files,
    findings: [],
    errors: [],
    startedAt: "2026-01-02T03:04:05.000Z",
    durationMs: 12,
    interrupted: false,
    failOn: "medium",
    strict: false,
  };
}
