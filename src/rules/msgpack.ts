import type { RuleTable } from "./rule.js";

const SAVE_AGAIN = "Do not load the file. Ask its publisher for a safetensors version.";

/** MessagePack checkpoints, as Flax writes them. */
export const msgpackRules = {
  "msgpack/embedded-content": {
    severity: "medium",
    title: "Bytes in the checkpoint are a pickle, an archive or a program",
    why: "A checkpoint holds numbers; whoever unpacks these bytes with pickle or runs them gets whatever the publisher put in.",
    remediation: SAVE_AGAIN,
    cwe: ["CWE-502", "CWE-506"],
    atlas: ["AML.T0018.002"],
  },
  "msgpack/unknown-extension": {
    severity: "medium",
    title: "The checkpoint holds an extension type that Flax does not write",
    why: "An extension is handed to whatever hook the loading program registers for it; some hooks unpickle.",
    remediation: SAVE_AGAIN,
    cwe: ["CWE-502"],
  },
  "msgpack/bad-array": {
    severity: "medium",
    title: "An array of the checkpoint is not what its head says",
    why: "The loader fails, or reads numbers that nobody has checked.",
    remediation: SAVE_AGAIN,
    cwe: ["CWE-20"],
  },
  "msgpack/object-array": {
    severity: "medium",
    title: "An array of the checkpoint claims to hold Python objects",
    why: "Numbers from the file would be taken as addresses of objects in memory, or the bytes be unpickled.",
    remediation: SAVE_AGAIN,
    cwe: ["CWE-843", "CWE-502"],
  },
  "msgpack/raw-text": {
    severity: "low",
    title: "A text of the checkpoint is no text",
    why: "Before MessagePack had bytes, writers put them into texts; today's readers refuse them, or hand on bytes that nobody expects.",
    remediation: "Ask the publisher to save the checkpoint with a current release.",
    cwe: ["CWE-20"],
  },
  "msgpack/odd-key": {
    severity: "info",
    title: "A map has keys that are no texts",
    why: "Flax and most readers take only texts as keys.",
    remediation: "Nothing to do, if the file is no checkpoint of Flax.",
    cwe: [],
  },
  "msgpack/duplicate-key": {
    severity: "low",
    title: "One map holds a key twice",
    why: "Readers differ in which of the two values they take.",
    remediation: "Ask the publisher which value is meant.",
    cwe: ["CWE-436"],
  },
} as const satisfies RuleTable<"msgpack">;
