import type { RuleTable } from "./rule.js";

/** Models that are programs. */
export const llamafileRules = {
  "llamafile/executable": {
    severity: "medium",
    title: "The model is a program",
    why: "A llamafile is run, not loaded: it is native code with a model inside, and does whatever its publisher compiled into it.",
    remediation: "Take the GGUF file out of it and use your own llama.cpp, or run it in a sandbox without network.",
    cwe: ["CWE-829"],
    atlas: ["AML.T0011.000"],
  },
} as const satisfies RuleTable<"llamafile">;
