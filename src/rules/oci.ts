import type { RuleTable } from "./rule.js";

/** Container images and model artifacts in the layout of the Open Container Initiative, of `docker save` and of Ollama. */
export const ociRules = {
  "oci/path-escape": {
    severity: "high",
    title: "The manifest names a layer outside the image",
    why: "A tool that joins the name to the image's folder reads a file of the machine as if it were part of the image.",
    remediation: "Do not load the image.",
    cwe: ["CWE-22"],
    atlas: ["AML.T0011"],
  },
  "oci/remote-layer": {
    severity: "medium",
    title: "A layer is fetched from an address that the manifest names",
    why: "What is loaded comes from another server than the image, and was not scanned.",
    remediation: "Pull the layer, check its digest and scan it, or ask for an image that holds all of its layers.",
    cwe: ["CWE-829"],
    atlas: ["AML.T0010"],
  },
  "oci/encrypted-layer": {
    severity: "medium",
    title: "An encrypted layer could not be examined",
    why: "Without the key nobody can say what is inside, and whoever has the key will load it unexamined.",
    remediation: "Decrypt the image and scan the result.",
    cwe: ["CWE-693"],
    atlas: ["AML.T0074"],
  },
  "oci/missing-layer": {
    severity: "low",
    title: "A layer that the manifest lists is not here",
    why: "The layer was not scanned; whoever completes the image loads what this scan has not seen.",
    remediation: "Scan the complete image.",
    cwe: ["CWE-693"],
  },
  "oci/size-mismatch": {
    severity: "medium",
    title: "A layer is not of the size that the manifest says",
    why: "The content under this name is not what the manifest describes: it was cut off or replaced.",
    remediation: "Pull the image again and verify its digests.",
    cwe: ["CWE-354"],
  },
} as const satisfies RuleTable<"oci">;
