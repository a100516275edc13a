import type { RuleTable } from "./rule.js";

/** Torch7 files: Lua objects, and Lua code. */
export const torch7Rules = {
  "torch7/lua-function": {
    severity: "high",
    title: "The Torch7 file holds a Lua function",
    why: "Reading the file hands the function's bytecode to the Lua virtual machine, which does not check it: crafted bytecode takes the process over, and whoever calls the function runs it.",
    remediation: "Do not load the file. Ask its publisher for the weights alone, as a table of tensors.",
    cwe: ["CWE-502", "CWE-94"],
    atlas: ["AML.T0018.002", "AML.T0011.000"],
  },
  "torch7/class": {
    severity: "low",
    title: "The Torch7 file names a class outside the known packages",
    why: "Reading the object calls the reader of that class, in whatever package registers the name.",
    remediation: "Find out which Lua package defines the class, and read its code before you load the file.",
    cwe: ["CWE-470"],
    atlas: ["AML.T0010.001"],
  },
  "torch7/opaque-class": {
    severity: "low",
    title: "A class of the Torch7 file stores itself in its own way",
    why: "Only the reader of that class knows where its content ends, so what stands behind it was not examined.",
    remediation: "Ask the publisher for a file of plain tables and tensors.",
    cwe: ["CWE-693"],
  },
} as const satisfies RuleTable<"torch7">;
