import type { RuleTable } from "./rule.js";

/** What the scanner has to say about its own reading of a file. */
export const analysisRules = {
  "analysis/malformed": {
    severity: "medium",
    title: "The file breaks the rules of its own format",
    why: "A reader stops or guesses where bytes do not fit their format; what a real loader would do from there on is not known.",
    remediation:
      "Download the file again and compare its hash with the publisher's. Do not load it until it reads cleanly.",
    cwe: ["CWE-20", "CWE-693"],
    atlas: ["AML.T0076"],
  },
  "analysis/truncated": {
    severity: "medium",
    title: "The file ends before its content does",
    why: "Part of what the file announces is missing, so it was not examined; a loader runs everything before the gap.",
    remediation: "Download the file again and compare its size and hash with the publisher's.",
    cwe: ["CWE-20"],
    atlas: ["AML.T0076"],
  },
  "analysis/limit-exceeded": {
    severity: "medium",
    title: "A limit of the scan was reached",
    why: "Work on this file was stopped to protect the scanner, so part of it was not examined.",
    remediation:
      "Treat the file as unexamined. Raise the named limit in [limits] if you know the file and trust its origin.",
    cwe: ["CWE-400"],
    atlas: ["AML.T0029"],
  },
  "analysis/encrypted": {
    severity: "medium",
    title: "Encrypted content could not be examined",
    why: "Without the key nobody can say what is inside, and whoever has the key will load it unexamined.",
    remediation: "Ask the publisher for an unencrypted file, or decrypt it and scan the result.",
    cwe: ["CWE-693"],
    atlas: ["AML.T0074"],
  },
  "analysis/type-mismatch": {
    severity: "low",
    title: "The content is of another kind than the name says",
    why: "Tools that decide by the name treat this file as something harmless, while a loader that looks at the bytes does not.",
    remediation: "Find out why the name and the content differ before you load the file.",
    cwe: ["CWE-434"],
    atlas: ["AML.T0074"],
  },
  "analysis/polyglot": {
    severity: "medium",
    title: "The bytes are valid in more than one format",
    why: "Different programs read different content out of the same file, which is a way to show a scanner one thing and a loader another.",
    remediation: "Do not use the file. Ask its publisher for one that is of a single format.",
    cwe: ["CWE-436"],
    atlas: ["AML.T0074"],
  },
  "analysis/trailing-data": {
    severity: "low",
    title: "Data follows the end of the content",
    why: "The format's own content ends before the file does; what follows is not part of the model and can carry something else.",
    remediation: "Ask the publisher what the extra bytes are, or save the model anew.",
    cwe: ["CWE-436"],
  },
  "analysis/unsafe-link": {
    severity: "high",
    title: "A symbolic link leaves the scanned folder",
    why: "Whoever reads the folder through this link reads a file outside it, such as a key or a password of the machine.",
    remediation: "Remove the link.",
    cwe: ["CWE-59"],
  },
  "analysis/scanner-failed": {
    severity: "medium",
    title: "A scanner failed on this file",
    why: "The scanner met something it does not handle, so the file was not fully examined.",
    remediation: "Treat the file as unexamined and report the problem with the message below.",
    cwe: ["CWE-755"],
  },
  "analysis/unknown-format": {
    severity: "info",
    title: "The format is not known",
    why: "No scanner knows these bytes, so nothing can be said about them.",
    remediation: "Check what the file is for. With --strict, unknown formats fail the run.",
    cwe: [],
  },
} as const satisfies RuleTable<"analysis">;
