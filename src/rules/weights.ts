import type { RuleTable } from "./rule.js";

/** What can be wrong with weights whatever their format. */
export const weightsRules = {
  "weights/embedded-content": {
    severity: "medium",
    title: "A tensor begins with something that is no numbers",
    why: "A program, a pickle or an archive hides where only weights are expected; whoever knows of it can take it out and run it.",
    remediation: "Do not use the file. Report it to its publisher and to the hub you have it from.",
    cwe: ["CWE-506"],
    atlas: ["AML.T0018.002"],
  },
  "weights/path-like-name": {
    severity: "medium",
    title: "A name in the file is a path that leaves its folder",
    why: "Tools that write each tensor to a file of its name write outside the folder they were told to use.",
    remediation: "Do not convert or split the file with tools that use these names as file names.",
    cwe: ["CWE-22"],
  },
} as const satisfies RuleTable<"weights">;
