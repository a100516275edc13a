import type { RuleTable } from "./rule.js";

/** TorchScript programs: what their code may do to the machine when it runs. */
export const torchscriptRules = {
  "torchscript/file-write": {
    severity: "high",
    title: "A TorchScript program writes a file",
    why: "The operator saves a tensor to a path that the program chooses, with the rights of whoever runs the model.",
    remediation:
      "Do not run the model. Ask its publisher what the file is for, or export the model without the operator.",
    cwe: ["CWE-73", "CWE-434"],
    atlas: ["AML.T0011.000"],
  },
  "torchscript/file-read": {
    severity: "high",
    title: "A TorchScript program reads a file",
    why: "The operator maps any file of the machine into a tensor, which the model can then hand out as its result.",
    remediation:
      "Do not run the model. Ask its publisher what the file is for, or export the model without the operator.",
    cwe: ["CWE-73", "CWE-200"],
    atlas: ["AML.T0011.000"],
  },
  "torchscript/remote-call": {
    severity: "high",
    title: "A TorchScript program calls functions on other machines",
    why: "Operators of torch.distributed.rpc send data to other workers and run functions there.",
    remediation: "Do not run the model outside the cluster it was made for.",
    cwe: ["CWE-829"],
    atlas: ["AML.T0011.000"],
  },
  "torchscript/python-op": {
    severity: "medium",
    title: "A TorchScript program calls back into Python",
    why: "The operator names a Python function that is not part of the archive, so what it does depends on who loads the model.",
    remediation: "Ask the publisher for a program that consists of PyTorch's own operators.",
    cwe: ["CWE-829"],
    atlas: ["AML.T0011.000"],
  },
  "torchscript/custom-op": {
    severity: "medium",
    title: "A TorchScript program needs operators of a native library",
    why: "The operator belongs to no known library; to run the model, somebody must load a library that runs native code.",
    remediation: "Find out which library brings the operator, and whether you trust it.",
    cwe: ["CWE-829"],
    atlas: ["AML.T0011.000"],
  },
  "torchscript/custom-class": {
    severity: "medium",
    title: "A TorchScript program needs a native class of an unknown library",
    why: "Objects of the class are rebuilt by native code from data in the archive; which library that is, the archive does not say.",
    remediation: "Find out which library brings the class, and whether you trust it.",
    cwe: ["CWE-829", "CWE-502"],
    atlas: ["AML.T0011.000"],
  },
  "torchscript/unreadable": {
    severity: "medium",
    title: "TorchScript code that could not be read",
    why: "The code follows no rule of the language as far as it is known here, so what it does cannot be said.",
    remediation: "Load the program with PyTorch in a place where it can do no harm, or do not load it.",
    cwe: ["CWE-506"],
    atlas: ["AML.T0076"],
  },
} as const satisfies RuleTable<"torchscript">;

/** torch.package: archives that bring Python source. */
export const torchPackageRules = {
  "torch-package/source": {
    severity: "low",
    title: "The archive brings Python source that loading it runs",
    why: "torch.package imports the modules in the archive as its objects are unpickled, and a module's code runs when it is imported.",
    remediation: "Read the sources before you load the package, or ask for the weights alone.",
    cwe: ["CWE-829"],
    atlas: ["AML.T0011.000"],
  },
} as const satisfies RuleTable<"torch-package">;
