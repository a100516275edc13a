import { defaultPolicy } from "../../src/config/load.js";
import type { FileReport } from "../../src/engine/result.js";
import { IsolationNeeded, scanArtifact } from "../../src/engine/scan-artifact.js";
import { Budget } from "../../src/io/budget.js";
import { BufferSource } from "../../src/io/byte-source.js";
import { isAtLeast } from "../../src/rules/severity.js";
import type { Case } from "./cases.js";

/** What a scan of one small file may take by its own clock, and how long after that it must have ended. */
const DEADLINE_MS = 10_000;
const GRACE_MS = 5_000;
/** Files here have a few hundred KB at most. */
const LIMITS = { max_inflated_bytes: 256 << 20, max_steps: 20_000_000 };

/**
 * What does not hold of the report, undefined where all is well. `isolate` is called before wasm runs, which may loop: the engine ends
 * the thread it runs in, and so must the caller.
 */
export async function violationOf(
  { name, bytes, malicious }: Case,
  isolate: () => void = () => {},
): Promise<string | undefined> {
  const started = performance.now();
  let report: FileReport;
  try {
    report = await scanAs(name, bytes, isolate);
  } catch (error) {
    return `it throws: ${error instanceof Error ? error.stack : String(error)}`;
  }
  const ms = performance.now() - started;
  if (ms > DEADLINE_MS + GRACE_MS) return `it takes ${Math.round(ms)} ms`;
  const failed = report.findings.find(({ rule }) => rule === "analysis/scanner-failed");
  if (failed) return `${failed.message}\n${String(failed.evidence.stack ?? "")}`;
  if (report.state === "failed") return `it fails: ${report.reason ?? "without a reason"}`;
  if (malicious && !report.findings.some(({ severity }) => isAtLeast(severity, "medium"))) {
    return `it is malicious and comes out ${report.state} with ${report.findings.length} findings below medium`;
  }
  return undefined;
}

async function scanAs(name: string, bytes: Uint8Array, isolate: () => void): Promise<FileReport> {
  const policy = await defaultPolicy();
  const limits = { ...policy.limits, ...LIMITS };
  const artifact = { path: name, name, source: new BufferSource(bytes) };
  const options = () => ({ policy, budget: new Budget(limits, performance.now() + DEADLINE_MS) });
  try {
    return await scanArtifact(artifact, { ...options(), isolated: false });
  } catch (error) {
    if (!(error instanceof IsolationNeeded)) throw error;
    isolate();
    return scanArtifact(artifact, options());
  }
}
