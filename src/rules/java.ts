import type { RuleTable } from "./rule.js";

/** Java's own serialisation: Weka, Spark, older H2O and Deeplearning4j models. */
export const javaRules = {
  "java/gadget-class": {
    severity: "critical",
    title: "The Java object stream holds a class of known deserialisation attacks",
    why: "Reading the stream rebuilds the object, and classes of this list run commands, load code or open connections while they are rebuilt.",
    remediation: "Do not load the file. Ask its publisher for the model as PMML or ONNX.",
    cwe: ["CWE-502"],
    atlas: ["AML.T0018.002", "AML.T0011.000"],
  },
  "java/proxy": {
    severity: "high",
    title: "The Java object stream holds a dynamic proxy",
    why: "Calls on the object go to whatever handler the stream names, which is how most deserialisation attacks begin.",
    remediation: "Do not load the file.",
    cwe: ["CWE-502"],
    atlas: ["AML.T0018.002"],
  },
  "java/unknown-class": {
    severity: "low",
    title: "The Java object stream holds classes outside the known libraries",
    why: "Reading an object runs the readObject method of its class, whatever that does.",
    remediation: "Find out which library defines the class before you load the file.",
    cwe: ["CWE-502"],
    atlas: ["AML.T0010.001"],
  },
} as const satisfies RuleTable<"java">;
