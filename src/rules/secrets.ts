import type { RuleTable } from "./rule.js";

/** Credentials that travel with a model. */
export const secretsRules = {
  "secrets/credential": {
    severity: "medium",
    title: "A credential stands in the file",
    why: "Everybody who can download the file can use this key, token or password.",
    remediation: "If it is yours, revoke it now and publish the file without it; otherwise tell the publisher.",
    cwe: ["CWE-798", "CWE-312"],
    atlas: ["AML.T0055"],
  },
} as const satisfies RuleTable<"secrets">;
