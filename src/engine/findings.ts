import { createHash } from "node:crypto";
import type { Policy } from "../config/policy.js";
import { findRule } from "../rules/index.js";
import type { Rule } from "../rules/rule.js";
import { type Safety, type Severity, severityRank } from "../rules/severity.js";
import type { Observation } from "../scanners/scanner.js";
import type { Finding } from "./result.js";

/** Findings of medium and below kept for one file; one that yields more is told by these and by its worst. */
const MAX_MILD = 1000;
/** Findings above medium kept for one file: enough for any reader, and a bound on what a hostile file can make us hold. */
const MAX_SEVERE = 10_000;

interface Subject {
  readonly path: string;
  readonly identity?: string;
}

/** Observations become findings here: severity, place, and one finding per rule, place and subject, with a count. */
export class Findings {
  private readonly byKey = new Map<string, Finding>();
  private severe = 0;

  constructor(
    private readonly artifact: Subject,
    private readonly policy: Policy,
    private readonly onFinding?: (finding: Finding) => void,
  ) {}

  /** Returns the severity the observation was given. */
  add(observation: Observation, member: readonly string[], scanner: string): Severity {
    const rule = findRule(observation.rule);
    const severity = this.severityOf(observation, rule);
    if (severity === undefined) return "debug";
    const place = observation.member === undefined ? member : [...member, observation.member];
    const key = [severity, ...identityOf(observation, place)].join("\u0000");
    const known = this.byKey.get(key);
    if (known) this.byKey.set(key, { ...known, count: known.count + 1 });
    else if (this.hasRoom(severity)) {
      const finding = this.findingOf(observation, { rule, severity, place, scanner });
      this.byKey.set(key, finding);
      this.onFinding?.(finding);
    }
    return severity;
  }

  /** In the order they were made. */
  list(): Finding[] {
    return [...this.byKey.values()];
  }

  private severityOf(observation: Observation, rule: Rule | undefined): Severity | undefined {
    const override = this.policy.rules[observation.rule];
    return override === "off" ? undefined : (override ?? observation.severity ?? rule?.severity ?? "medium");
  }

  private hasRoom(severity: Severity): boolean {
    const severe = severityRank(severity) >= severityRank("high");
    if (severe) return this.severe++ < MAX_SEVERE;
    return this.byKey.size - Math.min(this.severe, MAX_SEVERE) < MAX_MILD;
  }

  private findingOf(observation: Observation, judged: Judged): Finding {
    const { rule, severity, place, scanner } = judged;
    return {
      rule: observation.rule,
      severity,
      safety: observation.safety ?? safetyOf(severity),
      message: observation.message,
      ...(observation.subject === undefined ? {} : { subject: observation.subject }),
      path: this.artifact.path,
      member: place,
      ...(observation.offset === undefined ? {} : { offset: observation.offset }),
      why: observation.why ?? rule?.why ?? "",
      references: [...new Set([...(rule?.references ?? []), ...(observation.references ?? [])])],
      evidence: observation.evidence ?? {},
      scanner,
      count: 1,
      fingerprint: fingerprintOf(this.artifact.identity ?? "", observation, place),
    };
  }
}

interface Judged {
  readonly rule: Rule | undefined;
  readonly severity: Severity;
  readonly place: readonly string[];
  readonly scanner: string;
}

function safetyOf(severity: Severity): Safety {
  if (severity === "critical" || severity === "high") return "dangerous";
  return severity === "medium" || severity === "low" ? "suspicious" : "innocuous";
}

type Identified = Pick<Observation, "rule" | "subject" | "message">;

/** What makes two observations the same: rule, place inside the file, subject. */
function identityOf(observation: Identified, member: readonly string[]): string[] {
  return [observation.rule, ...member, observation.subject ?? observation.message];
}

/** Stable across machines and runs. `identity` is the file's path inside what was asked for. */
export function fingerprintOf(identity: string, observation: Identified, member: readonly string[]): string {
  const parts = [identity, ...identityOf(observation, member)];
  return createHash("sha256").update(parts.join("\u0000")).digest("hex").slice(0, 32);
}
