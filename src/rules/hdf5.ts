import type { RuleTable } from "./rule.js";

const SELF_CONTAINED =
  "Look at what the named files are before you open this one, or ask its publisher for one that holds all its data itself.";
const DISCLOSURE = ["CWE-73", "CWE-200"] as const;
const KERAS_DISCLOSURE = "GHSA-3m4q-jmj6-r34q";

/** What HDF5 files refer to outside themselves, and what they carry besides numbers. */
export const hdf5Rules = {
  "hdf5/external-link": {
    severity: "high",
    title: "A link leads into another HDF5 file",
    why: "Whoever opens this name opens the other file, wherever it lies on their machine or network; what it holds becomes part of the model.",
    remediation: SELF_CONTAINED,
    cwe: DISCLOSURE,
    references: [KERAS_DISCLOSURE],
  },
  "hdf5/external-storage": {
    severity: "high",
    title: "A dataset takes its bytes out of another file",
    why: "Reading the dataset reads any file of the machine, of whatever kind, as if it were weights. Saved again or served, the model carries that content out.",
    remediation: SELF_CONTAINED,
    cwe: DISCLOSURE,
    references: [KERAS_DISCLOSURE],
  },
  "hdf5/virtual-source": {
    severity: "high",
    title: "A virtual dataset is put together out of other files",
    why: "Reading the dataset opens the HDF5 files it names, wherever they lie.",
    remediation: SELF_CONTAINED,
    cwe: DISCLOSURE,
    references: [KERAS_DISCLOSURE],
  },
  "hdf5/user-link": {
    severity: "medium",
    title: "A link is followed by code outside the HDF5 library",
    why: "Links of a user-defined class mean what the program or plugin that reads the file makes of them; where this one leads cannot be told.",
    remediation: "Ask the publisher which program the link is for, or for a file without it.",
    cwe: ["CWE-829"],
  },
  "hdf5/soft-link": {
    severity: "info",
    title: "Soft links stand for objects of the same file",
    why: "Keras refuses weights that are reached through soft links; elsewhere they are an ordinary way to give an object two names.",
    remediation: "Nothing to do unless the file is a Keras model.",
    cwe: ["CWE-59"],
  },
  "hdf5/plugin-filter": {
    severity: "medium",
    title: "Data goes through a filter that is not part of HDF5",
    why: "To read it, the library looks for a native library of that number in its plugin folders and loads it into the process.",
    remediation: "Check HDF5_PLUGIN_PATH and its folders before you read the file, or ask for one that uses gzip.",
    cwe: ["CWE-114"],
  },
  "hdf5/embedded-object": {
    severity: "info",
    title: "The file holds serialised Python objects",
    why: "PyTables, pandas, hickle and others unpickle such values as soon as they are read. They are scanned like any pickle.",
    remediation: "Look at the findings about the embedded object.",
    cwe: ["CWE-502"],
  },
  "hdf5/user-block": {
    severity: "low",
    title: "Other bytes stand before the HDF5 content",
    why: "HDF5 allows a prefix of any content; programs that decide by the first bytes see a file of another kind.",
    remediation: "Find out what wrote the prefix. MATLAB does; model formats do not.",
    cwe: ["CWE-436"],
  },
} as const satisfies RuleTable<"hdf5">;
