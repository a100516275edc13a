import type { RuleTable } from "./rule.js";

export const numpyRules = {
  "numpy/object-array": {
    severity: "info",
    title: "The array holds Python objects",
    why: "numpy unpickles such an array, which can run code; it does so only with allow_pickle=True.",
    remediation: "Load it without allow_pickle where you can, or ask for an array of plain numbers.",
    cwe: ["CWE-502"],
    references: ["CVE-2019-6446"],
  },
  "numpy/header-code": {
    severity: "high",
    title: "The array's header holds code instead of a description",
    why: "The header must be a Python literal. Readers that evaluate it run what stands there.",
    remediation: "Do not load the file.",
    cwe: ["CWE-95"],
    atlas: ["AML.T0011.000"],
  },
  "numpy/long-header": {
    severity: "medium",
    title: "The array's header is longer than numpy accepts",
    why: "numpy refuses such a header unless told otherwise, and scanners that use numpy stop here.",
    remediation: "Do not load the file, and do not raise max_header_size for it.",
    cwe: ["CWE-693"],
    atlas: ["AML.T0076"],
  },
  "numpy/absurd-shape": {
    severity: "medium",
    title: "The array announces far more data than the file holds",
    why: "A loader may allocate what is announced before it notices that nothing is there.",
    remediation: "Do not load the file.",
    cwe: ["CWE-789"],
    atlas: ["AML.T0029"],
  },
} as const satisfies RuleTable<"numpy">;
