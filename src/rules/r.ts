import type { RuleTable } from "./rule.js";

/** Objects and workspaces that R serialised. */
export const rRules = {
  "r/promise": {
    severity: "high",
    title: "The R file holds an expression that waits to be evaluated",
    why: "R before 4.4.0 evaluates a stored promise as soon as the loaded object is looked at; whatever it calls then runs.",
    remediation: "Do not load the file. Ask its publisher for the data in another form, and use R 4.4.0 or later.",
    cwe: ["CWE-502"],
    atlas: ["AML.T0018.002", "AML.T0011.000"],
    references: ["CVE-2024-27322"],
  },
  "r/dangerous-call": {
    severity: "medium",
    title: "R code in the file calls a function that reaches the system",
    why: "The code runs when somebody calls the function or evaluates the expression that the file holds.",
    remediation: "Read the code before you use the object, or ask the publisher why a model needs it.",
    cwe: ["CWE-506"],
    atlas: ["AML.T0018.002"],
  },
  "r/function": {
    severity: "low",
    title: "The R file holds a function of its own",
    why: "A model that brings its own code runs it when it predicts or is printed, and packages do not vouch for it.",
    remediation: "Read the function's code (print it) before you call anything on the object.",
    cwe: ["CWE-829"],
    atlas: ["AML.T0018.002"],
  },
  "r/active-binding": {
    severity: "low",
    title: "A variable of the R file is a function that runs when it is read",
    why: "An active binding looks like a value; whoever reads it calls the function behind it.",
    remediation: "Read the code of the binding (`activeBindingFunction`) before you use the object.",
    cwe: ["CWE-829"],
  },
  "r/loose-bytecode": {
    severity: "medium",
    title: "The R file holds bytecode that belongs to no function",
    why: "R does not check bytecode: crafted instructions reach past the interpreter's memory, and no ordinary object holds bytecode by itself.",
    remediation: "Do not load the file.",
    cwe: ["CWE-502"],
    atlas: ["AML.T0018.002"],
  },
} as const satisfies RuleTable<"r">;
