import type { Layout, ScanContext, Tree } from "../scanner.js";

/** What the parts of a SavedModel folder mean together. The parts themselves are examined as files. */
export class SavedModelFolder implements Layout {
  async inspect(tree: Tree, root: string, context: ScanContext): Promise<void> {
    const binary = `${root}saved_model.pb`;
    const text = `${root}saved_model.pbtxt`;
    if (!tree.find(binary) || !tree.find(text)) return;
    context.report({
      rule: "tensorflow/two-graphs",
      message: `${text} stands beside ${binary}, which is the one that loaders take`,
      subject: root,
      member: text,
    });
  }
}
