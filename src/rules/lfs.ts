import type { RuleTable } from "./rule.js";

/** Git LFS: what stands in a repository in place of a large file. */
export const lfsRules = {
  "lfs/pointer": {
    severity: "low",
    title: "The file is a Git LFS pointer, not the model",
    why: "The content lies on another server and was not examined; whoever pulls it gets what this scan has not seen.",
    remediation: "Fetch the content with `git lfs pull` and scan it.",
    cwe: ["CWE-693"],
    references: ["https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md"],
  },
  "lfs/malformed-pointer": {
    severity: "medium",
    title: "The Git LFS pointer holds more or less than a pointer does",
    why: "Git LFS ignores or refuses such a file, while another reader may use what does not belong into it.",
    remediation: "Compare the file with the publisher's repository.",
    cwe: ["CWE-20"],
  },
} as const satisfies RuleTable<"lfs">;
