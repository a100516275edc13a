import type { RuleTable } from "./rule.js";

/** Orbax checkpoints: folders of metadata and TensorStore arrays. */
export const orbaxRules = {
  "orbax/foreign-handler": {
    severity: "low",
    title: "The checkpoint names a handler that is not Orbax's own",
    why: "Code that is not part of Orbax has to be registered under this name to restore the checkpoint.",
    remediation:
      "Find out which package defines the handler, and restore the checkpoint with a handler of your own choice.",
    cwe: ["CWE-829"],
  },
  "orbax/callable-name": {
    severity: "medium",
    title: "The checkpoint's metadata names a dangerous callable",
    why: "Metadata describes arrays; a name that leads to code is there for a program that looks names up and calls them.",
    remediation: "Do not restore the checkpoint. Ask its publisher what the entry is for.",
    cwe: ["CWE-470"],
    atlas: ["AML.T0011.000"],
  },
  "orbax/remote-store": {
    severity: "medium",
    title: "The checkpoint's arrays are read over the network",
    why: "TensorStore fetches the data from the address in the metadata, so what is restored is not what was scanned.",
    remediation: "Restore with a store of your own choice, and scan what it holds.",
    cwe: ["CWE-829", "CWE-918"],
  },
  "orbax/store-outside": {
    severity: "high",
    title: "The checkpoint's arrays are read or written outside its folder",
    why: "TensorStore opens the path in the metadata as it stands.",
    remediation: "Do not restore the checkpoint.",
    cwe: ["CWE-22", "CWE-73"],
  },
} as const satisfies RuleTable<"orbax">;
