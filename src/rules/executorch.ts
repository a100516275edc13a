import type { RuleTable } from "./rule.js";

/** ExecuTorch programs. */
export const executorchRules = {
  "executorch/embedded-program": {
    severity: "high",
    title: "The ExecuTorch file carries a native program",
    why: "A program has no place in a model; a backend or whoever knows of it can load and run it.",
    remediation: "Do not use the file. Report it to its publisher.",
    cwe: ["CWE-506"],
    atlas: ["AML.T0018.002"],
  },
  "executorch/bad-range": {
    severity: "medium",
    title: "A part of the ExecuTorch file lies outside it",
    why: "The file is cut short, or a runtime that trusts the number reads memory behind the file's content.",
    remediation: "Download the file again and compare its size and hash with the publisher's.",
    cwe: ["CWE-125"],
    atlas: ["AML.T0049"],
  },
  "executorch/delegate": {
    severity: "info",
    title: "Parts of the program are run by a backend",
    why: "The delegate's blob is compiled for that backend and is not examined here.",
    remediation: "Nothing to do, if you expect the model to be made for this backend.",
    cwe: [],
  },
  "executorch/custom-operator": {
    severity: "low",
    title: "The program calls operators outside PyTorch's own",
    why: "A native library has to be linked into the runtime for them, and it decides what they do.",
    remediation: "Find out which library defines the operators.",
    cwe: ["CWE-829"],
  },
} as const satisfies RuleTable<"executorch">;
