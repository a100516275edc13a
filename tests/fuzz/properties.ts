import type { FileReport, Finding } from "../../src/engine/result.js";
import { IsolationNeeded, scanArtifact } from "../../src/engine/scan-artifact.js";
import { Budget } from "../../src/io/budget.js";
import { BufferSource, type ByteSource } from "../../src/io/byte-source.js";
import { isAtLeast, type Severity, severityRank } from "../../src/rules/severity.js";
import { sharedPolicy } from "../builders/scan.js";
import type { Case } from "./cases.js";

/** What a scan of one small file may take by its own clock, and how long after that it must have ended. */
const DEADLINE_MS = 10_000;
const GRACE_MS = 5_000;
/** Files here have a few hundred KB at most. */
const LIMITS = { max_inflated_bytes: 256 << 20, max_steps: 20_000_000 };

export type Isolate = () => void;

/** What a scan came to: its report, or what it must never do. */
export type Outcome = { readonly report: FileReport } | { readonly violation: string };

/**
 * Scans to an honest end: without throwing, in time, without a failure of ours. `isolate` is called before wasm runs, which may loop:
 * the engine ends the thread it runs in, and so must the caller.
 */
export async function scanHonestly(
  name: string,
  source: () => ByteSource,
  isolate: Isolate = () => {},
): Promise<Outcome> {
  const started = performance.now();
  let report: FileReport;
  try {
    report = await scanAs(name, source, isolate);
  } catch (error) {
    return { violation: `it throws: ${error instanceof Error ? error.stack : String(error)}` };
  }
  const ms = performance.now() - started;
  if (ms > DEADLINE_MS + GRACE_MS) return { violation: `it takes ${Math.round(ms)} ms` };
  const failed = report.findings.find(({ rule }) => rule === "analysis/scanner-failed");
  if (failed) return { violation: `${failed.message}\n${String(failed.evidence.stack ?? "")}` };
  return { report };
}

/** What does not hold of the report of a case, undefined where all is well. */
export async function violationOf(tried: Case, isolate: Isolate = () => {}): Promise<string | undefined> {
  const outcome = await scanHonestly(tried.name, () => new BufferSource(tried.bytes), isolate);
  if ("violation" in outcome) return outcome.violation;
  const { report } = outcome;
  if (report.state === "failed") return `it fails: ${report.reason ?? "without a reason"}`;
  const silent =
    tried.silent === true ? report.findings.filter(isAlarm).filter(({ rule }) => !MAY_APPEAR.has(rule)) : [];
  if (silent.length > 0) return `it is harmless and told: ${silent.map(inShort).join("; ")}`;
  const missing = (tried.mustTell ?? []).filter((told) => !isTold(report, told));
  if (missing.length > 0) return `no longer told: ${missing.map(inShort).join("; ")}`;
  if (tried.malicious && !report.findings.some(isAlarm)) {
    return `it is malicious and comes out ${report.state} with ${report.findings.length} findings below medium`;
  }
  return undefined;
}

/** A rule, and how bad what it tells of is. */
export type Told = Pick<Finding, "rule" | "severity">;

export function isAlarm({ severity }: { readonly severity: Severity }): boolean {
  return isAtLeast(severity, "medium");
}

/** How the file is written, and not what it says: gone when the same is written anew. */
const OF_FORM = new Set(["pickle/irregular", "pickle/frame-mismatch", "numpy/long-header"]);
/** What a harmless change may bring about: a header near to the limit passes it with some spaces more. */
const MAY_APPEAR = new Set(["numpy/long-header"]);

/** About what is in the file, and not about its wrapping or how far it could be read. */
export function isOfContent({ rule }: Told): boolean {
  return !rule.startsWith("analysis/") && !rule.startsWith("archive/") && !OF_FORM.has(rule);
}

/** The worst that each rule tells of a report at medium or above. */
export function alarmsOf({ findings }: FileReport): Told[] {
  const worst = new Map<string, Told>();
  for (const { rule, severity } of findings.filter(isAlarm)) {
    const known = worst.get(rule);
    if (known === undefined || severityRank(severity) > severityRank(known.severity))
      worst.set(rule, { rule, severity });
  }
  return [...worst.values()];
}

export function isTold({ findings }: FileReport, { rule, severity }: Told): boolean {
  return findings.some((finding) => finding.rule === rule && isAtLeast(finding.severity, severity));
}

export function inShort({ rule, severity }: Told): string {
  return `${severity} ${rule}`;
}

async function scanAs(name: string, source: () => ByteSource, isolate: Isolate): Promise<FileReport> {
  const policy = await sharedPolicy();
  const limits = { ...policy.limits, ...LIMITS };
  const scan = (isolated: boolean) =>
    scanArtifact(
      { path: name, name, source: source() },
      { policy, budget: new Budget(limits, performance.now() + DEADLINE_MS), isolated },
    );
  try {
    return await scan(false);
  } catch (error) {
    if (!(error instanceof IsolationNeeded)) throw error;
    isolate();
    return scan(true);
  }
}
