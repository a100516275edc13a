import type { RuleTable } from "./rule.js";

export const torchRules = {
  "torch/native-library": {
    severity: "high",
    title: "The archive brings native code that its loader runs",
    why: "AOTInductor packages are loaded as shared libraries: opening the package runs the library's code.",
    remediation: "Do not load the package. Compile the exported program yourself from a .pt2 without a library in it.",
    cwe: ["CWE-829", "CWE-506"],
    atlas: ["AML.T0018.002"],
  },
  "torch/pickled-weights": {
    severity: "medium",
    title: "The exported program stores weights as pickles",
    why: "Entries marked use_pickle, and objects of custom classes, are unpickled without restriction when the program is loaded.",
    remediation: "Export the program anew with a current torch, which stores tensors as raw bytes.",
    cwe: ["CWE-502"],
  },
  "torch/sample-inputs": {
    severity: "info",
    title: "The exported program holds sample inputs as a torch file",
    why: "torch.export.load reads them with weights_only and falls back to the full unpickler when that fails; the pickle inside is judged on its own.",
    remediation: "Nothing to do when the file inside is clean.",
    cwe: ["CWE-502"],
  },
  "torch/script-archive": {
    severity: "info",
    title: "The archive is a TorchScript program",
    why: "torch.load hands such an archive to torch.jit.load. Before torch 2.6.0 it did so even with weights_only=True.",
    remediation: "Load it with torch 2.6.0 or later.",
    cwe: ["CWE-502"],
    references: ["CVE-2025-32434"],
  },
} as const satisfies RuleTable<"torch">;
