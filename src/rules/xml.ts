import type { RuleTable } from "./rule.js";

/** PMML, OpenVINO IR and other XML that a scoring engine reads. */
export const xmlRules = {
  "xml/external-entity": {
    severity: "high",
    title: "The document includes a file or an address from outside",
    why: "An XML reader that resolves it reads local files, or calls the address, and puts what it gets into the model.",
    remediation: "Do not read the file with a parser that resolves entities or XInclude.",
    cwe: ["CWE-611"],
    atlas: ["AML.T0011"],
  },
  "xml/entity-expansion": {
    severity: "medium",
    title: "Entities that contain entities",
    why: "A reader that expands them builds a huge text out of a few lines, or text that a scanner does not see.",
    remediation: "Do not read the file with a parser that expands entities.",
    cwe: ["CWE-776"],
    atlas: ["AML.T0029"],
  },
  "xml/document-type": {
    severity: "low",
    title: "The document carries a document type of its own",
    why: "PMML and OpenVINO files need none; it is the place where entities are defined.",
    remediation: "Ask the publisher for a file without it.",
    cwe: ["CWE-611"],
  },
  "xml/function-class": {
    severity: "high",
    title: "A function of the model is a Java class",
    why: "JPMML loads the class with this name and creates an object of it when the model is evaluated.",
    remediation: "Do not evaluate the model unless you know the class and where it comes from.",
    cwe: ["CWE-470"],
  },
  "xml/extension-code": {
    severity: "medium",
    title: "An extension of the document holds code",
    why: "Extension elements are free text that some engines interpret; a model has no use for a script or a command in it.",
    remediation: "Ask the publisher what the extension is for.",
    cwe: ["CWE-94"],
  },
  "xml/custom-layer": {
    severity: "medium",
    title: "The network uses a layer that an outside library defines",
    why: "The layer is not of OpenVINO's own operation sets: a native library must be loaded for it, and that library runs as code.",
    remediation: "Find out which library defines the layer and where it comes from.",
    cwe: ["CWE-829"],
  },
  "xml/library-path": {
    severity: "high",
    title: "The document names a native library to be loaded",
    why: "Loading the model with this extension runs the code of that library.",
    remediation: "Do not load the model.",
    cwe: ["CWE-114"],
    atlas: ["AML.T0011.000"],
  },
} as const satisfies RuleTable<"xml">;
