import type { RuleTable } from "./rule.js";

/** Models compiled for one device: TensorRT engines, RKNN, CNTK. */
export const engineRules = {
  "engine/native-code": {
    severity: "high",
    title: "The compiled model carries a native program",
    why: "Engines can bring plugin libraries and a runtime of their own; loading the engine loads the library, which runs with all rights of the process.",
    remediation: "Do not load the engine. Build it yourself from a model that you have scanned.",
    cwe: ["CWE-506", "CWE-829"],
    atlas: ["AML.T0018.002", "AML.T0011.000"],
  },
  "engine/library-path": {
    severity: "medium",
    title: "The compiled model names a native library by its path",
    why: "Whoever loads the library that is named runs its code with all rights of the process.",
    remediation: "Find out what loads the library. Build the engine yourself from a model that you have scanned.",
    cwe: ["CWE-114", "CWE-829"],
    atlas: ["AML.T0010.001"],
  },
} as const satisfies RuleTable<"engine">;
