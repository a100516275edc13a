import type { RuleTable } from "./rule.js";

/** What the files of a model's folder mean together. */
export const repositoryRules = {
  "repository/missing-code": {
    severity: "low",
    title: "The configuration names code that the repository does not hold",
    why: "The loader fails, or takes a module of that name from somewhere else.",
    remediation: "Ask the publisher for the complete repository.",
    cwe: ["CWE-427"],
  },
  "repository/unsafe-code": {
    severity: "high",
    title: "Code that the configuration has run is dangerous",
    why: "Loading this repository with trust_remote_code runs this file, and the file does more than build a model.",
    remediation: "Do not load the model with trust_remote_code.",
    cwe: ["CWE-829", "CWE-506"],
    atlas: ["AML.T0011.000"],
  },
  "repository/shadowing-module": {
    severity: "medium",
    title: "A Python file takes the place of a well-known module",
    why: "With the model's folder on the import path, everybody who imports this name gets the file instead of the real module, also while an innocent pickle is read.",
    remediation: "Do not run Python in this folder. Ask the publisher why the file has this name.",
    cwe: ["CWE-427"],
    atlas: ["AML.T0010"],
  },
  "repository/startup-hook": {
    severity: "high",
    title: "A file that Python runs at every start",
    why: "Python imports sitecustomize, usercustomize and the import lines of .pth files by itself; a model needs none of them.",
    remediation: "Delete the file, and do not put the folder on Python's path.",
    cwe: ["CWE-427"],
    atlas: ["AML.T0011"],
  },
  "repository/missing-shard": {
    severity: "low",
    title: "A weight file that the index names is missing",
    why: "Part of the model was not scanned, and whoever completes the folder later adds it unexamined.",
    remediation: "Download all parts and scan them together.",
    cwe: [],
  },
  "repository/unlisted-shard": {
    severity: "info",
    title: "A weight file that the index does not name",
    why: "No loader that follows the index opens the file; one that takes every file of its kind does.",
    remediation: "Ask the publisher what the file is for.",
    cwe: [],
  },
  "repository/pickle-beside-safetensors": {
    severity: "info",
    title: "The same weights are there as pickle and as safetensors",
    why: "A loader that is told to, or that is old, takes the pickle, which can run code.",
    remediation: "Load the safetensors files, and delete the others.",
    cwe: ["CWE-502"],
  },
} as const satisfies RuleTable<"repository">;
