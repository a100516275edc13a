import { judgeName } from "../name-policy.js";
import type { Layout, ScanContext, Tree } from "../scanner.js";
import { baseName, treeIndex } from "../tree-entries.js";

/** How the Hugging Face cache writes `owner/name` as a folder. */
const CACHE_PREFIX = "models--";

/** Holds the names of folders against the policy; those of files are held where the files are scanned. */
export class FolderNamesLayout implements Layout {
  async inspect(tree: Tree, _root: string, context: ScanContext): Promise<void> {
    if (context.policy.blacklist.patterns.length === 0) return;
    if (tree.kind === "directory") this.judge(context.name, context);
    const seen = new Set<string>();
    for (const folders of treeIndex(tree).folders.values()) {
      for (const folder of folders) {
        context.budget.spendSteps();
        const name = baseName(folder);
        if (seen.has(name)) continue;
        seen.add(name);
        this.judge(name, context);
      }
    }
  }

  private judge(folder: string, context: ScanContext): void {
    const name = folder.startsWith(CACHE_PREFIX) ? folder.slice(CACHE_PREFIX.length).replace("--", "/") : folder;
    const observation = judgeName(context.policy, "folder name", name);
    if (observation) context.report(observation);
  }
}
