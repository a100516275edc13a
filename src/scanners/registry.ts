import type { FormatId } from "../detect/format.js";
import type { LayoutClass, ScannerClass, Tree } from "./scanner.js";

export interface ScannerDescriptor {
  readonly id: string;
  readonly title: string;
  readonly formats: readonly FormatId[];
  /** Usual endings of its files, for help and `doctor`; never a condition of scanning. */
  readonly extensions: readonly string[];
  /** Runs native or wasm code that only the end of its thread can stop, so it runs in a worker. */
  readonly isolated?: boolean;
  readonly load: () => Promise<ScannerClass>;
}

/** Every scanner, cheap to list and lazy to run. */
export const SCANNERS: readonly ScannerDescriptor[] = [
  {
    id: "pickle",
    title: "Python pickles, joblib and legacy PyTorch files",
    formats: ["pickle", "torch-legacy"],
    extensions: [".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth", ".ckpt", ".bin"],
    load: async () => (await import("./pickle/scanner.js")).PickleScanner,
  },
  {
    id: "numpy",
    title: "NumPy arrays",
    formats: ["npy"],
    extensions: [".npy", ".npz"],
    load: async () => (await import("./numpy.js")).NumpyScanner,
  },
  {
    id: "safetensors",
    title: "safetensors header, tensor layout and metadata",
    formats: ["safetensors"],
    extensions: [".safetensors"],
    load: async () => (await import("./safetensors/scanner.js")).SafetensorsScanner,
  },
  {
    id: "tflite",
    title: "TensorFlow Lite operators, buffers and metadata",
    formats: ["tflite"],
    extensions: [".tflite", ".lite"],
    load: async () => (await import("./tflite/scanner.js")).TfliteScanner,
  },
  {
    id: "gguf",
    title: "GGUF metadata, chat templates and tensor layout",
    formats: ["gguf"],
    extensions: [".gguf"],
    load: async () => (await import("./gguf/scanner.js")).GgufScanner,
  },
  {
    id: "json",
    title: "JSON configurations, tokenizers, indexes and graphs",
    formats: ["json"],
    extensions: [".json", ".jsonl"],
    load: async () => (await import("./json-config.js")).JsonConfigScanner,
  },
  {
    id: "yaml",
    title: "YAML configurations: tags, targets, MLmodel, conda environments",
    formats: ["yaml"],
    extensions: [".yaml", ".yml"],
    load: async () => (await import("./yaml-config.js")).YamlConfigScanner,
  },
  {
    id: "xml",
    title: "XML models: PMML, OpenVINO IR",
    formats: ["xml"],
    extensions: [".xml", ".pmml"],
    load: async () => (await import("./xml-model.js")).XmlModelScanner,
  },
  {
    id: "requirements",
    title: "Python requirements",
    formats: ["requirements"],
    extensions: [".txt"],
    load: async () => (await import("./requirements.js")).RequirementsScanner,
  },
  {
    id: "dockerfile",
    title: "Dockerfiles and shell scripts",
    formats: ["dockerfile", "script"],
    extensions: [".dockerfile", ".sh"],
    load: async () => (await import("./dockerfile.js")).DockerfileScanner,
  },
  {
    id: "text",
    title: "Plain text, model cards, tables",
    formats: ["text", "toml"],
    extensions: [".txt", ".md", ".csv", ".toml"],
    load: async () => (await import("./text.js")).TextScanner,
  },
];

/** Looks for pickles inside content that nothing else knows. */
export const FALLBACK: ScannerDescriptor = {
  id: "hidden-pickle",
  title: "Pickles hidden in unknown content",
  formats: [],
  extensions: [],
  load: async () => (await import("./pickle/hidden.js")).HiddenPickleScanner,
};

export interface LayoutDescriptor {
  readonly id: string;
  readonly title: string;
  /** The folders of the tree ("" or ending in "/") at which the layout applies. */
  readonly roots: (tree: Tree) => readonly string[];
  readonly load: () => Promise<LayoutClass>;
}

/** Rules about several entries of a folder or an archive together. */
export const LAYOUTS: readonly LayoutDescriptor[] = [];

/** The folders that hold an entry whose last part is one of `names`. */
export function foldersWith(tree: Tree, names: readonly string[]): string[] {
  const roots = new Set<string>();
  for (const { name, kind } of tree.entries) {
    if (kind !== "file") continue;
    const cut = name.lastIndexOf("/") + 1;
    if (names.includes(name.slice(cut))) roots.add(name.slice(0, cut));
  }
  return [...roots];
}
