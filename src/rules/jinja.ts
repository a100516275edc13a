import type { RuleTable } from "./rule.js";

const REMEDIATION =
  "Do not render the template. Replace it with the one of the model's publisher, or with the standard template of the model's family.";

/** Jinja templates that come with a model: chat templates and prompt templates. */
export const templateRules = {
  "template/attribute-walk": {
    severity: "critical",
    title: "A template walks from an object to Python's internals",
    why: "Outside a sandbox, rendering this runs Python code on the machine of whoever chats with the model; a chat template needs nothing but the messages.",
    remediation: REMEDIATION,
    cwe: ["CWE-1336", "CWE-94"],
    atlas: ["AML.T0011.000"],
  },
  "template/dangerous-call": {
    severity: "critical",
    title: "A template calls something that runs code",
    why: "The name belongs to Python's ways of starting programs and running text; a chat template only puts texts together.",
    remediation: REMEDIATION,
    cwe: ["CWE-1336", "CWE-94"],
    atlas: ["AML.T0011.000"],
  },
  "template/computed-attribute": {
    severity: "high",
    title: "A template puts the name of an attribute together",
    why: "The name is assembled while the template runs, which hides what it reaches from whoever reads the template.",
    remediation: REMEDIATION,
    cwe: ["CWE-1336"],
    atlas: ["AML.T0011.000"],
  },
  "template/loads-template": {
    severity: "medium",
    title: "A template loads another template",
    why: "A chat template stands alone; what it includes is read from wherever the program that renders it keeps files.",
    remediation: REMEDIATION,
    cwe: ["CWE-1336", "CWE-22"],
    atlas: ["AML.T0011.000"],
  },
  "template/foreign-global": {
    severity: "medium",
    title: "A template uses objects of a web framework",
    why: "No program that renders chat templates offers these names; templates that use them try where they are.",
    remediation: REMEDIATION,
    cwe: ["CWE-1336"],
    atlas: ["AML.T0011.000"],
  },
  "template/expensive": {
    severity: "medium",
    title: "Rendering the template takes very long or very much memory",
    why: "A count in the template is so large that rendering it blocks the program that serves the model.",
    remediation: REMEDIATION,
    cwe: ["CWE-400"],
    atlas: ["AML.T0029"],
  },
  "template/unreadable": {
    severity: "low",
    title: "A template that does not read as Jinja",
    why: "Part of the template follows no rule of the language, so nothing can be said about it; most programs refuse it.",
    remediation: "Ask the publisher for a template that the model's own library renders.",
    cwe: [],
  },
  "template/too-large": {
    severity: "medium",
    title: "A template is larger than any real one",
    why: "Only the beginning was examined; real chat templates have some thousand characters.",
    remediation: "Look at the end of the template before you use the model.",
    cwe: ["CWE-400"],
  },
} as const satisfies RuleTable<"template">;
