import type { RuleTable } from "./rule.js";

const REFUSE =
  "Do not load the model. Ask its publisher for weights alone and build the architecture in your own code.";
const CODE = ["CWE-502", "CWE-94"] as const;
const ATLAS_CODE = ["AML.T0011.000", "AML.T0018.002"] as const;

/** What a Keras config makes the loader import, run, read or fetch. */
export const kerasRules = {
  "keras/lambda-code": {
    severity: "high",
    title: "The model carries Python bytecode",
    why: "A Lambda stores the bytecode of a Python function. The loader rebuilds the function and the model calls it, with all the rights of whoever loads it.",
    remediation:
      "Do not load the model with safe_mode=False. Have the Lambda replaced by a layer or a registered function whose source you can read.",
    cwe: CODE,
    atlas: ATLAS_CODE,
    references: ["CVE-2024-3660"],
  },
  "keras/lambda-layer": {
    severity: "low",
    title: "A Lambda layer calls a function that the file does not hold",
    why: "What the layer does depends on code that is registered or imported where the model is loaded.",
    remediation: "Read the function before you register it, or have the Lambda replaced by an ordinary layer.",
    cwe: ["CWE-829"],
  },
  "keras/unsafe-reference": {
    severity: "critical",
    title: "The config names a function outside Keras that can run code",
    why: "Loaders before Keras 3.9 import any module that a config names and call what they find there with arguments from the config.",
    remediation: REFUSE,
    cwe: CODE,
    atlas: ATLAS_CODE,
    references: ["CVE-2025-1550", "GHSA-48g7-3x6r-xfhp"],
  },
  "keras/unknown-reference": {
    severity: "medium",
    title: "The config names code outside Keras",
    why: "Loaders before Keras 3.9 import this module if it is installed; what its code does has not been vetted.",
    remediation: "Load the model only if you know and trust the package it names, and with Keras 3.11.3 or later.",
    cwe: ["CWE-829"],
    references: ["CVE-2025-1550"],
  },
  "keras/internal-gadget": {
    severity: "critical",
    title: "The config calls a Keras function that is no part of a model",
    why: "Public Keras functions can fetch and unpack files, load further models or switch safe mode off. A config that calls one uses Keras itself against its user.",
    remediation: REFUSE,
    cwe: ["CWE-502", "CWE-913"],
    atlas: ATLAS_CODE,
  },
  "keras/unsafe-flag": {
    severity: "high",
    title: "The config switches safe mode off",
    why: "Safe mode is what keeps the loader from running code out of the file. No model needs to turn it off from inside.",
    remediation: REFUSE,
    cwe: ["CWE-502", "CWE-693"],
    references: ["CVE-2025-9906", "GHSA-36fq-jgmw-4r9c"],
  },
  "keras/saved-model-layer": {
    severity: "high",
    title: "A layer loads another model from a path",
    why: "TFSMLayer loads the TensorFlow SavedModel at this path as soon as the config is read; its graph can read and write files.",
    remediation:
      "Do not load the model before you have scanned what the path names. Keras 3.12.1 and 3.13.2 refuse it in safe mode.",
    cwe: ["CWE-502", "CWE-829"],
    references: ["CVE-2026-1462", "GHSA-4f3f-g24h-fr8m"],
  },
  "keras/torch-module": {
    severity: "high",
    title: "A layer carries a pickled PyTorch module",
    why: "TorchModuleWrapper hands these bytes to torch.load with weights_only=False, which unpickles them.",
    remediation: REFUSE,
    cwe: CODE,
    atlas: ATLAS_CODE,
    references: ["CVE-2025-49655"],
  },
  "keras/vocabulary-path": {
    severity: "high",
    title: "A lookup layer reads its vocabulary from a file or address",
    why: "The loader opens whatever this names, on disk or over the network, and keeps its lines as vocabulary: files leak into the model, and hosts learn of the load.",
    remediation: "Do not load the model. Ask its publisher for one that carries its vocabulary.",
    cwe: ["CWE-73", "CWE-918"],
    references: ["CVE-2025-12058", "GHSA-qg93-c7p6-gg7f"],
  },
  "keras/tf-op": {
    severity: "high",
    title: "A layer runs a TensorFlow operation with side effects",
    why: "The operation reads or writes files, calls Python or loads code whenever the model is built or called.",
    remediation: REFUSE,
    cwe: ["CWE-94", "CWE-73"],
    atlas: ["AML.T0018.002"],
  },
  "keras/custom-object": {
    severity: "low",
    title: "The model needs code that is not part of Keras",
    why: "A class or function of this name must be registered before the model loads; the file cannot tell what it does.",
    remediation: "Read the code that defines it before you register it.",
    cwe: ["CWE-829"],
  },
  "keras/registered-name": {
    severity: "high",
    title: "A registered name disguises what the config loads",
    why: "A name that is registered goes before class and module, so this entry loads something else than it shows.",
    remediation: REFUSE,
    cwe: ["CWE-502", "CWE-451"],
  },
  "keras/weights-path": {
    severity: "high",
    title: "A TensorFlow.js model takes weights from elsewhere",
    why: "The loader fetches each of these paths relative to the model; a URL or a path upwards makes it fetch something else.",
    remediation: "Do not load the model. Ask its publisher for one whose weights lie beside it.",
    cwe: ["CWE-22", "CWE-918"],
  },
  "keras/unexpected-member": {
    severity: "low",
    title: "The archive holds more than a Keras model",
    why: "Keras writes a config, metadata, weights and assets; nothing reads other members, so they are there for another purpose.",
    remediation: "Find out what the extra members are for.",
    cwe: ["CWE-912"],
  },
} as const satisfies RuleTable<"keras">;
