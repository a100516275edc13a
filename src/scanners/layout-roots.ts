// Where a layout applies, told by names alone: the layouts themselves are loaded when one of these folders is there.

import type { Tree } from "./scanner.js";

const WEIGHTS =
  /\.(?:safetensors|bin|pt|pth|ckpt|h5|hdf5|keras|onnx|pkl|pickle|joblib|gguf|msgpack|npz|pdparams|tflite|model)$/;
const STARTUP_FILE = /^(?:sitecustomize|usercustomize)(?:\.[\w-]{1,40})?\.(?:pyc|so|pyd)$/;
const WEIGHT_INDEX = /\.(?:bin|safetensors|h5|msgpack)(?:\.[\w-]{1,40})?\.index(?:\.[\w-]{1,40})?\.json$/;
const LICENSE_FILE = /^(?:licen[cs]e|copying)(?:[-_.][\w.-]{1,40})?$/i;
/** TorchServe's manifest, from the archive's root. */
export const MANIFEST = "MAR-INF/MANIFEST.json";

/** Files that a hosting service runs because of where they stand below the weights. */
export const HOSTED_FILES: readonly { readonly file: string; readonly host: string }[] = [
  { file: "code/inference.py", host: "SageMaker" },
  { file: "handler.py", host: "Hugging Face inference endpoints" },
];

/** A package of one of these names is imported at every start as well. */
const STARTUP_PACKAGE = /(?:^|\/)(?:sitecustomize|usercustomize)\/$/;

export function isStartupPackage(folder: string): boolean {
  return STARTUP_PACKAGE.test(folder);
}

export function isWeightFile(name: string): boolean {
  return WEIGHTS.test(name.toLowerCase());
}

/** Compiled `sitecustomize` and `usercustomize`: Python imports them by itself. The scanner of Python source tells those in source. */
export function isStartupFile(base: string): boolean {
  return STARTUP_FILE.test(base);
}

/** `LICENSE`, `COPYING`, `LICENSE-MIT`, `license.txt`. */
export function isLicenseName(base: string): boolean {
  return LICENSE_FILE.test(base);
}

/** `pytorch_model.bin.index.json`, `model.safetensors.index.json`. */
export function isWeightIndex(name: string): boolean {
  return WEIGHT_INDEX.test(name);
}

/** Folders ("" or ending in "/") that hold a file of which the test holds; the test is given its name without folders. */
export function foldersWhere(tree: Tree, test: (base: string) => boolean): string[] {
  const roots = new Set<string>();
  for (const { name, kind } of tree.entries) {
    const cut = name.lastIndexOf("/") + 1;
    if (kind === "file" && test(name.slice(cut))) roots.add(name.slice(0, cut));
  }
  return [...roots];
}

/** Folders from which one of these paths leads to a file. */
export function foldersAbove(tree: Tree, paths: readonly string[]): string[] {
  const roots = new Set<string>();
  for (const { name, kind } of tree.entries) {
    if (kind !== "file") continue;
    const path = paths.find((wanted) => name === wanted || name.endsWith(`/${wanted}`));
    if (path !== undefined) roots.add(name.slice(0, name.length - path.length));
  }
  return [...roots];
}
