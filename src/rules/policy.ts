import type { RuleTable } from "./rule.js";

/** What the user's own policy forbids. */
export const policyRules = {
  "policy/forbidden-name": {
    severity: "high",
    title: "The model has a name that the policy forbids",
    why: "Your policy does not allow models of this name or family, wherever the model states it.",
    remediation: "Use another model, or change [blacklist] if this one is meant to be allowed.",
    cwe: [],
  },
  "policy/custom-pattern": {
    severity: "medium",
    title: "A text matches a pattern of the policy",
    why: "Your policy looks for this pattern.",
    remediation: "See the message of the pattern in [custom_patterns].",
    cwe: [],
  },
} as const satisfies RuleTable<"policy">;
