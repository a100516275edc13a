import { createHash } from "node:crypto";
import type { Policy } from "../config/policy.js";
import { findRule } from "../rules/index.js";
import { type Safety, type Severity, severityRank } from "../rules/severity.js";
import type { Observation } from "../scanners/scanner.js";
import type { Finding } from "./result.js";

/** Findings kept for one file; a file that yields more is told by its worst ones. */
const MAX_FINDINGS = 1000;

/** Observations become findings here: severity, place, one finding per rule, place and subject, with a count. */
export class Findings {
  private readonly byKey = new Map<string, Finding>();
  private dropped = 0;

  constructor(
    private readonly path: string,
    private readonly policy: Policy,
    private readonly onFinding?: (finding: Finding) => void,
  ) {}

  /** Returns the severity the observation was given. */
  add(observation: Observation, member: readonly string[], scanner: string): Severity {
    const rule = findRule(observation.rule);
    const severity = this.severityOf(observation, rule?.severity ?? "medium");
    if (severity === undefined) return "debug";
    const place = observation.member === undefined ? member : [...member, observation.member];
    const key = [observation.rule, severity, ...place, observation.subject ?? observation.message].join("\u0000");
    const known = this.byKey.get(key);
    if (known) {
      this.byKey.set(key, { ...known, count: known.count + 1 });
      return severity;
    }
    if (this.byKey.size >= MAX_FINDINGS && severityRank(severity) < severityRank("high")) {
      this.dropped++;
      return severity;
    }
    const finding: Finding = {
      rule: observation.rule,
      severity,
      safety: observation.safety ?? safetyOf(severity),
      message: observation.message,
      ...(observation.subject === undefined ? {} : { subject: observation.subject }),
      path: this.path,
      member: place,
      ...(observation.offset === undefined ? {} : { offset: observation.offset }),
      why: observation.why ?? rule?.why ?? "",
      references: [...new Set([...(rule?.references ?? []), ...(observation.references ?? [])])],
      evidence: observation.evidence ?? {},
      scanner,
      count: 1,
      fingerprint: fingerprintOf(observation, place),
    };
    this.byKey.set(key, finding);
    this.onFinding?.(finding);
    return severity;
  }

  /** Worst first; inside a severity by place. */
  finish(): Finding[] {
    return [...this.byKey.values()].sort(
      (a, b) =>
        severityRank(b.severity) - severityRank(a.severity) ||
        compare(a.member.join("\u0000"), b.member.join("\u0000")) ||
        (a.offset ?? -1) - (b.offset ?? -1) ||
        compare(a.rule, b.rule) ||
        compare(a.message, b.message),
    );
  }

  private severityOf(observation: Observation, fallback: Severity): Severity | undefined {
    const override = this.policy.rules[observation.rule];
    if (override === "off") return undefined;
    return override ?? observation.severity ?? fallback;
  }
}

function safetyOf(severity: Severity): Safety {
  if (severity === "critical" || severity === "high") return "dangerous";
  return severity === "medium" || severity === "low" ? "suspicious" : "innocuous";
}

/** The path on disk is added by who knows the scanned root; inside the file, rule, member and subject identify a finding. */
function fingerprintOf(observation: Observation, member: readonly string[]): string {
  const parts = [observation.rule, ...member, observation.subject ?? observation.message];
  return createHash("sha256").update(parts.join("\u0000")).digest("hex").slice(0, 32);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
