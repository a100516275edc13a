// Files that a hosting service runs because of their name: SageMaker's code/inference.py (inside model.tar.gz), Hugging Face inference
// endpoints' handler.py, KServe's and BentoML's counterparts bring their own images and are not named here.

import type { Layout, ScanContext, Tree } from "../scanner.js";
import { entriesOf } from "../tree-entries.js";
import { reportServerCode } from "./server-code.js";

const WEIGHTS = /\.(?:safetensors|bin|pt|pth|ckpt|h5|keras|onnx|pkl|joblib|gguf|msgpack|model)$/;

/** A name, below the folder that holds the weights, and who runs it. */
export const HOSTED_FILES: readonly { readonly file: string; readonly host: string }[] = [
  { file: "code/inference.py", host: "SageMaker" },
  { file: "handler.py", host: "Hugging Face inference endpoints" },
];

export class HostingLayout implements Layout {
  async inspect(tree: Tree, root: string, context: ScanContext): Promise<void> {
    if (!entriesOf(tree, root).some(({ name, kind }) => kind === "file" && WEIGHTS.test(name.toLowerCase()))) return;
    for (const { file, host } of HOSTED_FILES) {
      if (tree.find(root + file)?.kind === "file") await reportServerCode({ file: root + file, place: host }, tree, context);
    }
  }
}

/** The folders above the files that a host would run. */
export function hostedRoots(tree: Tree): string[] {
  const roots = new Set<string>();
  for (const { name } of tree.entries) {
    for (const { file } of HOSTED_FILES) {
      if (name === file || name.endsWith(`/${file}`)) roots.add(name.slice(0, name.length - file.length));
    }
  }
  return [...roots];
}
