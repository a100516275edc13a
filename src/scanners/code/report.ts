import type { Observation } from "../scanner.js";
import type { CodeFinding } from "./finding.js";

/** Line or byte offset: what the place of a finding counts. */
export type PlaceUnit = "line" | "offset";

/** Findings of one file as observations; `unit` tells what their places are. */
export function observationsOf(findings: readonly CodeFinding[], unit: PlaceUnit): Observation[] {
  return findings.map(({ rule, severity, message, subject, call, place }) => ({
    rule,
    severity,
    message: unit === "line" && place > 0 ? `${message} (line ${place})` : message,
    subject,
    evidence: { [unit]: place, ...(call === undefined ? {} : { call }) },
  }));
}
