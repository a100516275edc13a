import type { RuleTable } from "./rule.js";

/** What a model and its data may be used for, as far as its files say. */
export const licenseRules = {
  "license/non-commercial": {
    severity: "low",
    title: "The licence forbids commercial use",
    why: "Whoever earns money with this model or with what it is built into breaks its licence.",
    remediation: "Use it for research only, or ask the publisher for another licence.",
    cwe: [],
  },
  "license/network-copyleft": {
    severity: "low",
    title: "The licence asks for the source of services built on this",
    why: "Offering a service over a network counts as distribution here, so the source of that service has to be offered as well.",
    remediation: "Let your lawyers decide before this goes into a service, or use another model.",
    cwe: [],
  },
  "license/unknown": {
    severity: "info",
    title: "The licence is none that is known by its name",
    why: "Its terms are its publisher's own: nothing can be said of what they allow.",
    remediation: "Read the licence itself before you use the model.",
    cwe: [],
  },
  "license/unstated": {
    severity: "info",
    title: "The model card names no licence",
    why: "Without a licence nobody but its publisher has a right to use, change or pass on the model.",
    remediation: "Ask the publisher for a licence.",
    cwe: [],
  },
  "license/unlicensed-dataset": {
    severity: "info",
    title: "A data set without a licence",
    why: "Without a licence the data may not be passed on, and what is trained with it stays in doubt.",
    remediation: "Find out where the data comes from and under which terms.",
    cwe: [],
  },
  "license/contradictory": {
    severity: "low",
    title: "The files of one model state different licences",
    why: "Nobody can tell which of them holds, so the stricter one has to be expected.",
    remediation: "Ask the publisher which licence is meant.",
    cwe: [],
  },
} as const satisfies RuleTable<"license">;
