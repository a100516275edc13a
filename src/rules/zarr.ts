import type { RuleTable } from "./rule.js";

/** Zarr arrays, in which Orbax and others keep theirs. */
export const zarrRules = {
  "zarr/pickle-codec": {
    severity: "high",
    title: "The array is stored as pickles",
    why: "Reading any part of the array unpickles it, which runs whatever the stored bytes name.",
    remediation: "Do not open the array. Ask its publisher to store it with a numeric type.",
    cwe: ["CWE-502"],
    atlas: ["AML.T0011.000"],
  },
} as const satisfies RuleTable<"zarr">;
