// The folder layout of Keras 3 (keras/src/saving/saving_lib.py): config.json, metadata.json, model.weights.h5 and assets/, zipped as
// .keras or unpacked.

import type { Layout, ScanContext, Tree, TreeEntry } from "../scanner.js";
import { readEntryJson } from "../tree-entries.js";
import { CONFIG, METADATA, WEIGHTS } from "./archive-roots.js";
import { stringAt } from "./node.js";
import { looksLikeKerasConfig } from "./recognise.js";

const ASSETS = "assets/";
const MAX_TOLD = 20;

/** Facts of the whole, and what does not belong. The config itself is judged where it is read, as a member. */
export class KerasArchive implements Layout {
  async inspect(tree: Tree, root: string, context: ScanContext): Promise<void> {
    const config = await readEntryJson(tree, root + CONFIG);
    if (!looksLikeKerasConfig(config)) return;
    const metadata = await readEntryJson(tree, root + METADATA);
    const version = stringAt(metadata, "keras_version");
    if (version !== undefined) context.describe("keras_version", version.slice(0, 40));
    // A repository folder holds a model card and more; an archive holds what Keras writes.
    if (tree.kind !== "directory") this.judgeMembers(tree, root, context);
  }

  private judgeMembers(tree: Tree, root: string, context: ScanContext): void {
    const extra = tree.entries.filter((entry) => entry.kind !== "directory" && !belongs(entry, root));
    for (const { name, size } of extra.slice(0, MAX_TOLD)) {
      context.report({
        rule: "keras/unexpected-member",
        message: `${name} (${size} bytes) is no part of a Keras model`,
        subject: name,
        member: name,
      });
    }
  }
}

function belongs({ name }: TreeEntry, root: string): boolean {
  if (!name.startsWith(root)) return false;
  const inside = name.slice(root.length);
  return inside === CONFIG || inside === METADATA || inside.startsWith(ASSETS) || WEIGHTS.test(inside);
}
