import type { RuleTable } from "./rule.js";

/** Addresses in places where a model has no use for them. */
export const networkRules = {
  "network/suspicious-host": {
    severity: "medium",
    title: "The file names an address that is typical of attacks",
    why: "Tunnels, paste sites, webhooks, request collectors and Tor addresses are how payloads arrive and data leaves; a model needs none of them.",
    remediation: "Find out what the address is for before you use the model, and block it if nobody can say.",
    cwe: ["CWE-506"],
    atlas: ["AML.T0072"],
  },
  "network/ip-address": {
    severity: "low",
    title: "The file names a host by its number",
    why: "A service meant for others has a name; a bare address is often somebody's own machine.",
    remediation: "Find out what the address is for before you use the model.",
    cwe: ["CWE-506"],
  },
} as const satisfies RuleTable<"network">;
