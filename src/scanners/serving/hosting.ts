// Files that a hosting service runs because of their name: SageMaker's code/inference.py (inside model.tar.gz), Hugging Face inference
// endpoints' handler.py, KServe's and BentoML's counterparts bring their own images and are not named here.

import { HOSTED_FILES, isWeightFile } from "../layout-roots.js";
import type { Layout, ScanContext, Tree } from "../scanner.js";
import { entriesOf } from "../tree-entries.js";
import { reportServerCode } from "./server-code.js";

export class HostingLayout implements Layout {
  async inspect(tree: Tree, root: string, context: ScanContext): Promise<void> {
    if (!entriesOf(tree, root).some(({ name, kind }) => kind === "file" && isWeightFile(name))) return;
    for (const { file, host } of HOSTED_FILES) {
      if (tree.find(root + file)?.kind === "file")
        await reportServerCode({ file: root + file, place: host }, tree, context);
    }
  }
}
