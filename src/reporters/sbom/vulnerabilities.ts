import type { Finding } from "../../engine/result.js";
import { findRule } from "../../rules/index.js";
import { SEVERITY_SCORES } from "../../rules/severity.js";
import { printable } from "../escape.js";
import { locationOf } from "../location.js";
import { property } from "./property.js";

const SOURCE = { name: "modelaudit", url: "https://github.com/modelaudit/modelaudit" };
const ADVISORY = /^(?:CVE|GHSA|PYSEC)-[\w-]{1,40}$/;
const PAGE = /^https:\/\/[!-~]{1,500}$/;

/** A finding as a CycloneDX vulnerability. `ref` is unique in the document, `affects` the component it was found in. */
export function vulnerabilityOf(finding: Finding, { ref, affects }: { ref: string; affects: string }): object {
  const rule = findRule(finding.rule);
  const { severity, references, suppressed } = finding;
  const cwes = (rule?.cwe ?? []).map((id) => Number(id.slice("CWE-".length)));
  const pages = references.filter((reference) => PAGE.test(reference)).map(printable);
  return {
    "bom-ref": ref,
    id: finding.rule,
    source: SOURCE,
    ...listOf("references", references.filter((id) => ADVISORY.test(id)).map(advisoryOf)),
    ratings: [
      {
        source: SOURCE,
        score: SEVERITY_SCORES[severity],
        severity: severity === "debug" ? "none" : severity,
        method: "other",
      },
    ],
    ...listOf("cwes", cwes),
    description: `${rule?.title ?? finding.rule}: ${printable(finding.message)}`,
    detail: printable(finding.why),
    ...(rule === undefined ? {} : { recommendation: rule.remediation }),
    ...listOf(
      "advisories",
      pages.map((url) => ({ url })),
    ),
    ...(suppressed === undefined
      ? {}
      : { analysis: { state: "in_triage", response: ["will_not_fix"], detail: printable(suppressed) } }),
    affects: [{ ref: affects }],
    properties: [
      property("location", printable(locationOf(finding))),
      property("safety", finding.safety),
      property("occurrences", finding.count),
      ...(suppressed === undefined ? [] : [property("suppressed", "true")]),
    ],
  };
}

function advisoryOf(id: string): object {
  const source = id.startsWith("CVE-")
    ? { name: "NVD", url: `https://nvd.nist.gov/vuln/detail/${id}` }
    : id.startsWith("GHSA-")
      ? { name: "GitHub", url: `https://github.com/advisories/${id}` }
      : { name: "PyPA", url: `https://osv.dev/vulnerability/${id}` };
  return { id, source };
}

function listOf(key: string, items: readonly unknown[]): object {
  return items.length === 0 ? {} : { [key]: items };
}
