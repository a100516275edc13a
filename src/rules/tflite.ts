import type { RuleTable } from "./rule.js";

/** TensorFlow Lite models. */
export const tfliteRules = {
  "tflite/flex-op": {
    severity: "high",
    title: "The model runs a TensorFlow op that reaches outside the model",
    why: "With the Flex delegate, invoking the model runs this op of full TensorFlow, which reads or writes files, uses the network or runs Python.",
    remediation: "Do not run the model with the Flex delegate. Ask its publisher what the op is for.",
    cwe: ["CWE-73", "CWE-94"],
    atlas: ["AML.T0011.000"],
  },
  "tflite/flex-delegate": {
    severity: "info",
    title: "The model needs the Flex delegate",
    why: "Part of the model runs in full TensorFlow instead of the small interpreter; these ops only compute.",
    remediation: "Nothing to do, if you expect the model to need TensorFlow.",
    cwe: [],
  },
  "tflite/flex-mismatch": {
    severity: "high",
    title: "An operator is named after one op and runs another",
    why: "The Flex delegate runs the op in the operator's options, so the name that tools show is a disguise.",
    remediation: "Do not run the model. Report it to its publisher and to the hub you have it from.",
    cwe: ["CWE-451"],
    atlas: ["AML.T0074"],
  },
  "tflite/custom-op": {
    severity: "medium",
    title: "The model needs an operator that is not TensorFlow Lite's own",
    why: "What the operator does is decided by a native library that has to be loaded for it.",
    remediation:
      "Find out which library defines the operator, or name it in known_custom_ops of [tflite_rules] if you know it.",
    cwe: ["CWE-829"],
  },
  "tflite/known-custom-op": {
    severity: "info",
    title: "The model uses a well-known custom operator",
    why: "The operator comes with a widely used library and computes only.",
    remediation: "Nothing to do.",
    cwe: [],
  },
  "tflite/bad-index": {
    severity: "medium",
    title: "The model refers to something that it does not have",
    why: "Interpreters that do not check this number read memory behind their tables.",
    remediation: "Do not run the model. Convert the original model anew.",
    cwe: ["CWE-129", "CWE-125"],
    atlas: ["AML.T0049"],
  },
  "tflite/buffer-outside": {
    severity: "medium",
    title: "A buffer lies outside the file",
    why: "The file is cut short, or an interpreter that trusts the model reads memory behind the file's content.",
    remediation: "Download the file again and compare its size and hash with the publisher's.",
    cwe: ["CWE-125"],
    atlas: ["AML.T0049"],
  },
  "tflite/tensor-size": {
    severity: "medium",
    title: "The shape of a tensor does not fit its data or a machine's numbers",
    why: "Interpreters compute the size of memory from the shape; several releases did so with numbers that wrap around.",
    remediation: "Do not run the model. Convert the original model anew.",
    cwe: ["CWE-190", "CWE-787"],
    atlas: ["AML.T0049"],
  },
  "tflite/sparsity": {
    severity: "medium",
    title: "The sparsity of a tensor does not fit its shape",
    why: "Unpacking a sparse tensor writes by these numbers; a release that did not check them wrote outside its memory.",
    remediation: "Do not run the model. Convert the original model anew.",
    cwe: ["CWE-787"],
    references: ["CVE-2022-23560"],
  },
  "tflite/external-file": {
    severity: "medium",
    title: "Weights are taken from a file outside the model's folder",
    why: "The runtime opens the named file for the model's weights, wherever the name leads.",
    remediation: "Do not run the model.",
    cwe: ["CWE-22", "CWE-73"],
  },
} as const satisfies RuleTable<"tflite">;
