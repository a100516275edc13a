import type { RuleTable } from "./rule.js";

/** skops archives: a schema that names types, functions and the nodes that load them. */
export const skopsRules = {
  "skops/unsafe-type": {
    severity: "critical",
    title: "The schema builds or calls a dangerous callable",
    why: "With the type trusted, or in versions that check the wrong name, loading the file imports it and calls it.",
    remediation: "Do not load the file, and do not add its types to the trusted list.",
    cwe: ["CWE-502"],
    atlas: ["AML.T0011.000"],
    references: ["CVE-2024-37065"],
  },
  "skops/untrusted-type": {
    severity: "low",
    title: "The schema names a type that skops does not trust by itself",
    why: "skops asks whoever loads the file to trust this type; what it does depends on the package it comes from.",
    remediation: "Trust the type only if you know the package.",
    cwe: ["CWE-502"],
  },
  "skops/loader-mismatch": {
    severity: "high",
    title: "A node's loader does not fit the type it states",
    why: "skops checks the stated type and runs the loader: where the two differ, code of another kind than the checked one is reached.",
    remediation: "Do not load the file; update skops to 0.13 or later.",
    cwe: ["CWE-843", "CWE-502"],
    references: ["CVE-2025-54412", "CVE-2025-54413"],
  },
  "skops/unexpected-member": {
    severity: "medium",
    title: "The archive holds a member that skops does not write",
    why: "skops writes its schema and NumPy arrays; a pickle among them is read by joblib as soon as some tool falls back to it.",
    remediation: "Do not load the file; update skops to 0.13 or later.",
    cwe: ["CWE-502"],
    references: ["CVE-2025-54886"],
  },
} as const satisfies RuleTable<"skops">;
