/** From worst to mildest. */
export const SEVERITIES = ["critical", "high", "medium", "low", "info", "debug"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** picklescan's three tiers: `dangerous` only for confirmed malicious patterns, unknown is `suspicious`. */
export type Safety = "innocuous" | "suspicious" | "dangerous";

export const SEVERITY_SCORES: Readonly<Record<Severity, number>> = {
  critical: 10,
  high: 7.5,
  medium: 5,
  low: 2.5,
  info: 1,
  debug: 0,
};

/** Greater is worse; debug is 0. */
export function severityRank(severity: Severity): number {
  return SEVERITIES.length - 1 - SEVERITIES.indexOf(severity);
}

export function isAtLeast(severity: Severity, threshold: Severity): boolean {
  return severityRank(severity) >= severityRank(threshold);
}

export function worst(severities: Iterable<Severity>): Severity | undefined {
  let found: Severity | undefined;
  for (const severity of severities) {
    if (found === undefined || severityRank(severity) > severityRank(found)) found = severity;
  }
  return found;
}

/** Reads a severity as people write it: any case, and `warning`, the older name of medium. */
export function parseSeverity(text: string): Severity | undefined {
  const lower = text.toLowerCase();
  if (lower === "warning") return "medium";
  return SEVERITIES.find((severity) => severity === lower);
}
