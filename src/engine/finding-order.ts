import { severityRank } from "../rules/severity.js";
import { compareBytes } from "../sources/byte-order.js";
import type { Finding } from "./result.js";

/** Worst first, then by place. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) =>
      severityRank(b.severity) - severityRank(a.severity) ||
      compareBytes(a.path, b.path) ||
      compareBytes(a.member.join("\u0000"), b.member.join("\u0000")) ||
      (a.offset ?? -1) - (b.offset ?? -1) ||
      compareBytes(a.rule, b.rule) ||
      compareBytes(a.message, b.message),
  );
}
