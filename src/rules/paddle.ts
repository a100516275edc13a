import type { RuleTable } from "./rule.js";

/** PaddlePaddle programs. */
export const paddleRules = {
  "paddle/dangerous-op": {
    severity: "medium",
    title: "The Paddle program holds an operator that reaches beyond the model",
    why: "Running the program runs this operator: it calls Python, opens files or talks to other machines.",
    remediation: "Do not run the program. Ask its publisher for an inference model, saved by `save_inference_model`.",
    cwe: ["CWE-829"],
    atlas: ["AML.T0018.002"],
  },
  "paddle/file-op": {
    severity: "high",
    title: "The Paddle program reads or writes a file that it names itself",
    why: "Running the program opens this very path, with the rights of whoever runs it.",
    remediation: "Do not run the program.",
    cwe: ["CWE-73", "CWE-22"],
    atlas: ["AML.T0018.002"],
  },
} as const satisfies RuleTable<"paddle">;
