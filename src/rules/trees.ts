import type { RuleTable } from "./rule.js";

const SAVE_AGAIN = "Do not load the file. Ask its publisher to save the model again.";

/** Models of XGBoost, LightGBM and CatBoost in their own formats, which are data. */
export const treesRules = {
  "trees/bad-count": {
    severity: "medium",
    title: "A count in the tree model cannot be true",
    why: "Loaders allocate by this number before they look at the content.",
    remediation: SAVE_AGAIN,
    cwe: ["CWE-190", "CWE-770"],
    atlas: ["AML.T0029"],
  },
  "trees/bad-structure": {
    severity: "medium",
    title: "A tree of the model does not hold together",
    why: "Predicting follows these indices without looking, out of the tree's memory if they are wrong.",
    remediation: SAVE_AGAIN,
    cwe: ["CWE-125", "CWE-129"],
    atlas: ["AML.T0049"],
  },
  "trees/training-machines": {
    severity: "low",
    title: "The model names machines it was trained on",
    why: "Addresses of the training cluster stand in the file; training on from it connects to them.",
    remediation: "Remove the entry before you train on from the model or publish it.",
    cwe: ["CWE-200"],
  },
} as const satisfies RuleTable<"trees">;
