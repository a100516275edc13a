import type { RuleTable } from "./rule.js";

/** Packages and folders that a model server loads: TorchServe, MLflow, Triton, SageMaker, spaCy. */
export const servingRules = {
  "serving/handler-code": {
    severity: "high",
    title: "Code that the server runs is dangerous",
    why: "The model server imports this file and calls it for every request.",
    remediation: "Do not serve the model.",
    cwe: ["CWE-829", "CWE-506"],
    atlas: ["AML.T0011.000"],
  },
  "serving/own-code": {
    severity: "low",
    title: "The package brings Python code that the server runs",
    why: "Serving the model runs this code with the server's rights.",
    remediation: "Read the code before you serve the model.",
    cwe: ["CWE-829"],
  },
  "serving/path-escape": {
    severity: "high",
    title: "The package names a file outside itself",
    why: "The server opens or imports this path as it stands, on the machine it runs on.",
    remediation: "Do not serve the model.",
    cwe: ["CWE-22"],
  },
  "serving/remote-file": {
    severity: "medium",
    title: "The package names a file on the network",
    why: "The server fetches it when the model is loaded, so what runs is not what was scanned.",
    remediation: "Do not serve the model until the file is part of the package.",
    cwe: ["CWE-829", "CWE-918"],
    references: ["CVE-2023-43654"],
  },
  "serving/missing-file": {
    severity: "low",
    title: "The package names a file that it does not hold",
    why: "The server fails, or takes a file of that name from somewhere else.",
    remediation: "Ask the publisher for the complete package.",
    cwe: [],
  },
  "serving/loader-module": {
    severity: "medium",
    title: "The model is loaded by a Python module of its own",
    why: "MLflow imports the named module from the model's code folder and hands it the model: loading is running it.",
    remediation: "Read the module before you load the model.",
    cwe: ["CWE-829"],
    atlas: ["AML.T0011.000"],
  },
  "serving/pickled-model": {
    severity: "info",
    title: "The model is stored as a pickle",
    why: "Loading the model unpickles this file, which can run code; what it holds is told for the file itself.",
    remediation: "Load only models whose pickles were scanned without findings.",
    cwe: ["CWE-502"],
    references: [
      "CVE-2024-37052",
      "CVE-2024-37053",
      "CVE-2024-37054",
      "CVE-2024-37055",
      "CVE-2024-37056",
      "CVE-2024-37057",
      "CVE-2024-37058",
      "CVE-2024-37059",
      "CVE-2024-37060",
    ],
  },
} as const satisfies RuleTable<"serving">;
