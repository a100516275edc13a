import type { Policy, Suppression } from "../config/policy.js";
import { sortFindings } from "./finding-order.js";
import { matchesGlob } from "./glob.js";
import type { Finding, ScanResult } from "./result.js";

type Step = (findings: readonly Finding[]) => readonly Finding[];

/**
 * What happens to findings between the scanners and the reports, in this order. Their severity was settled when they were made
 * (findings.ts), because a container's scanner asks for the worst of its members.
 */
export function postProcess(result: ScanResult, policy: Policy): ScanResult {
  const chain: readonly Step[] = [suppress(policy.suppress, result.startedAt), dedupe, sortFindings];
  const process: Step = (findings) => chain.reduce((passed, step) => step(passed), findings);
  const files = result.files.map((file) =>
    file.findings.length === 0 ? file : { ...file, findings: process(file.findings) },
  );
  return { ...result, files, findings: process(result.findings) };
}

/** Marks what the policy accepts. It stays listed, and counts neither for the verdict nor for the exit code. */
function suppress(suppressions: readonly Suppression[], now: string): Step {
  const inForce = suppressions.filter(({ expires }) => expires === undefined || now.slice(0, 10) <= expires);
  return (findings) =>
    findings.map((finding) => {
      const match = inForce.find(({ rule, path }) => {
        return (rule === "*" || rule === finding.rule) && (path === undefined || matchesGlob(finding.path, path));
      });
      return match ? { ...finding, suppressed: reasonOf(match) } : finding;
    });
}

/** With its end, where it has one, so that every report shows both. */
function reasonOf({ reason, expires }: Suppression): string {
  return expires === undefined ? reason : `${reason} (until ${expires})`;
}

/** A file's scanner and the layout around it may see the same thing: it is told once, and counted. */
function dedupe(findings: readonly Finding[]): readonly Finding[] {
  const byKey = new Map<string, Finding>();
  for (const finding of findings) {
    const key = [
      finding.severity,
      finding.rule,
      finding.path,
      ...finding.member,
      finding.subject ?? finding.message,
    ].join("\u0000");
    const known = byKey.get(key);
    byKey.set(key, known ? { ...known, count: known.count + finding.count } : finding);
  }
  return [...byKey.values()];
}
