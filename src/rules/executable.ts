import type { RuleTable } from "./rule.js";

export const executableRules = {
  "executable/disguised": {
    severity: "high",
    title: "A program is named like a model",
    why: "The file holds machine code or a script. Whoever opens it by a double click or marks it executable runs it.",
    remediation: "Do not open the file. No model format stores a program under this name.",
    cwe: ["CWE-506", "CWE-434"],
    atlas: ["AML.T0074", "AML.T0018.002"],
  },
  "executable/native-code": {
    severity: "low",
    title: "A native program or library lies beside the models",
    why: "Native code runs with all rights of the process that loads it, and no model needs it to be read.",
    remediation: "Find out which program loads it, and take it from that program's own publisher.",
    cwe: ["CWE-829"],
    atlas: ["AML.T0010.001"],
  },
  "executable/embedded": {
    severity: "medium",
    title: "A program is stored inside model data",
    why: "Weights and constants are no place for machine code; a second file only has to write it out and start it.",
    remediation: "Do not load the file. Ask its publisher what the program is for.",
    cwe: ["CWE-506"],
    atlas: ["AML.T0018.002"],
  },
} as const satisfies RuleTable<"executable">;
