import type { RuleTable } from "./rule.js";

const MEMORY = ["CWE-190", "CWE-787"] as const;
const OTHER_SOURCE = "Do not load the file. Get it again from its publisher, or convert the original model yourself.";

/** GGUF and its predecessors, as llama.cpp and its relatives read them. */
export const ggufRules = {
  "gguf/header-arithmetic": {
    severity: "medium",
    title: "A count or length in the GGUF header cannot be true",
    why: "Loaders allocate and copy by this number; several releases wrote outside their buffers because of such a one.",
    remediation: OTHER_SOURCE,
    cwe: MEMORY,
    atlas: ["AML.T0049"],
  },
  "gguf/tensor-size": {
    severity: "medium",
    title: "The size of a tensor does not fit its type or a 64-bit number",
    why: "Loaders multiply these dimensions without looking; a product that wraps around makes a small buffer for much data.",
    remediation: OTHER_SOURCE,
    cwe: MEMORY,
    atlas: ["AML.T0049"],
  },
  "gguf/tensor-outside": {
    severity: "medium",
    title: "A tensor lies outside the file",
    why: "The file is cut short, or a loader that trusts the header reads memory behind the file's content.",
    remediation: "Download the file again and compare its size and hash with the publisher's.",
    cwe: ["CWE-125"],
    atlas: ["AML.T0049"],
  },
  "gguf/tensor-overlap": {
    severity: "medium",
    title: "Two tensors share bytes of the file",
    why: "No writer does that; loaders disagree about what such a file means, or refuse it.",
    remediation: OTHER_SOURCE,
    cwe: ["CWE-436"],
  },
  "gguf/tensor-alignment": {
    severity: "medium",
    title: "A tensor does not start where the alignment puts it",
    why: "Loaders map the data into memory by this alignment and refuse or misread what does not follow it.",
    remediation: OTHER_SOURCE,
    cwe: ["CWE-20"],
  },
  "gguf/tensor-gap": {
    severity: "low",
    title: "Bytes between two tensors belong to neither",
    why: "Writers leave no room between tensors; what stands there is invisible to every loader.",
    remediation: "Ask the publisher what the bytes are, or convert the model anew.",
    cwe: ["CWE-506"],
  },
  "gguf/unknown-tensor-type": {
    severity: "medium",
    title: "A tensor is of a type that no loader knows",
    why: "The type is an index into tables of the loader; an old loader reads beyond their end.",
    remediation: OTHER_SOURCE,
    cwe: ["CWE-129"],
  },
  "gguf/new-tensor-type": {
    severity: "info",
    title: "A tensor is of a type newer than this scanner",
    why: "The size of such a tensor is not known here, so it was not compared with the file.",
    remediation: "Use a loader that knows the type, and a newer release of this scanner.",
    cwe: [],
  },
  "gguf/removed-tensor-type": {
    severity: "low",
    title: "A tensor is of a type that loaders have given up",
    why: "Only old loaders read it, and those have known memory-safety holes.",
    remediation: "Convert the original model with a current release.",
    cwe: [],
  },
  "gguf/bad-alignment": {
    severity: "medium",
    title: "The alignment is not a sensible power of two",
    why: "Loaders divide by it or round offsets up to it, and crash or read from the wrong place.",
    remediation: OTHER_SOURCE,
    cwe: ["CWE-369", "CWE-20"],
  },
  "gguf/duplicate-key": {
    severity: "medium",
    title: "A metadata key or tensor stands twice in the file",
    why: "Loaders differ in which of the two they take, so a tool can be shown another value than the one that is used.",
    remediation: OTHER_SOURCE,
    cwe: ["CWE-436"],
  },
  "gguf/odd-name": {
    severity: "low",
    title: "A name in the file is longer or stranger than loaders accept",
    why: "Loaders refuse the file or cut the name off.",
    remediation: "Ask the publisher for a file that current loaders accept.",
    cwe: ["CWE-20"],
  },
  "gguf/template-type": {
    severity: "medium",
    title: "A chat template is not a text",
    why: "Loaders expect text here; what they make of another type is not known.",
    remediation: OTHER_SOURCE,
    cwe: ["CWE-843"],
  },
  "gguf/unsupported-version": {
    severity: "info",
    title: "The file is of a version that current loaders no longer read",
    why: "Only old loaders read it, and those have known memory-safety holes.",
    remediation: "Convert the model to the current version.",
    cwe: [],
  },
} as const satisfies RuleTable<"gguf">;
