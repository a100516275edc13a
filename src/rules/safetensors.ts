import type { RuleTable } from "./rule.js";

const SAVE_AGAIN = "Do not use the file. Get it again from its publisher, or save the model anew.";

/** safetensors files, whose loaders refuse everything told here, while other readers do not. */
export const safetensorsRules = {
  "safetensors/bad-entry": {
    severity: "medium",
    title: "An entry of the safetensors header is not a tensor",
    why: "The official loader refuses the file; a lenient one reads something that nobody has checked.",
    remediation: SAVE_AGAIN,
    cwe: ["CWE-20"],
  },
  "safetensors/duplicate-key": {
    severity: "medium",
    title: "A name stands twice in the safetensors header",
    why: "JSON readers differ in which of the two they take, so one tool can be shown other tensors than the loader uses.",
    remediation: SAVE_AGAIN,
    cwe: ["CWE-436"],
  },
  "safetensors/tensor-size": {
    severity: "medium",
    title: "A tensor's shape does not fit its bytes",
    why: "A loader that trusts the shape reads beyond the tensor's data, or computes a size that wraps around.",
    remediation: SAVE_AGAIN,
    cwe: ["CWE-125", "CWE-190"],
  },
  "safetensors/tensor-outside": {
    severity: "medium",
    title: "A tensor lies outside the file",
    why: "The file is cut short, or a loader that trusts the header reads beyond the file's content.",
    remediation: "Download the file again and compare its size and hash with the publisher's.",
    cwe: ["CWE-125"],
  },
  "safetensors/tensor-overlap": {
    severity: "medium",
    title: "Two tensors share bytes of the file",
    why: "No writer does that; the same bytes can be shown as two things, and the official loader refuses the file.",
    remediation: SAVE_AGAIN,
    cwe: ["CWE-436"],
  },
  "safetensors/tensor-hole": {
    severity: "medium",
    title: "Bytes of the file belong to no tensor",
    why: "The format leaves no room between tensors; what stands there is invisible to every loader.",
    remediation: SAVE_AGAIN,
    cwe: ["CWE-506"],
  },
  "safetensors/unknown-dtype": {
    severity: "low",
    title: "A tensor is of a type that is not known here",
    why: "The size of such a tensor could not be compared with its bytes.",
    remediation: "Use a loader that knows the type, and a newer release of this scanner.",
    cwe: [],
  },
  "safetensors/unknown-field": {
    severity: "low",
    title: "A tensor's entry holds a field that the format does not have",
    why: "Loaders skip the field without a word, so it can carry anything.",
    remediation: "Ask the publisher what the field is for, or save the model anew.",
    cwe: ["CWE-20"],
  },
  "safetensors/missing-tensor": {
    severity: "medium",
    title: "The index and a weight file disagree about a tensor",
    why: "A loader takes the tensor from another file than the index says, or leaves it at random values.",
    remediation: "Get the index and the weight files again from the same revision.",
    cwe: ["CWE-345"],
  },
} as const satisfies RuleTable<"safetensors">;
