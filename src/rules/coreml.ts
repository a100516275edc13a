import type { RuleTable } from "./rule.js";

/** Core ML models and packages. */
export const coremlRules = {
  "coreml/custom-code": {
    severity: "medium",
    title: "The Core ML model needs a class of the app",
    why: "Core ML looks the named class up in the running process and calls it for every prediction; what it does is not in the model.",
    remediation:
      "Use the model only together with code whose origin you know, or ask for a version of built-in layers.",
    cwe: ["CWE-470", "CWE-829"],
    atlas: ["AML.T0010.001"],
  },
  "coreml/linked-model": {
    severity: "low",
    title: "The Core ML model loads another model file",
    why: "The file that is loaded in its place lies outside this one and was not examined.",
    remediation: "Scan the linked model as well, and check that the path is one of the app's own.",
    cwe: ["CWE-829"],
  },
  "coreml/external-path": {
    severity: "high",
    title: "The Core ML model names a file outside its folder",
    why: "Loading the model opens that file with the rights of the app.",
    remediation: "Do not use the model.",
    cwe: ["CWE-22", "CWE-73"],
    atlas: ["AML.T0074"],
  },
} as const satisfies RuleTable<"coreml">;
