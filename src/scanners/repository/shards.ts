import { isJsonObject } from "../../formats/json/value.js";
import { reachOf } from "../file-reference.js";
import { isWeightIndex } from "../layout-roots.js";
import type { Layout, ScanContext, Tree } from "../scanner.js";
import { baseName, entriesOf, readEntryJson } from "../tree-entries.js";

/** `model-00001-of-00003.safetensors` */
const SHARD = /^(.{1,200})-\d{5}-of-\d{5}(\.[\w.]{1,40})$/;
const MAX_TOLD = 20;

/** An index of weights spread over files, against the files that are there. */
export class ShardLayout implements Layout {
  async inspect(tree: Tree, root: string, context: ScanContext): Promise<void> {
    const entries = entriesOf(tree, root);
    const present = new Set(entries.map(({ name }) => baseName(name)));
    for (const { name } of entries.filter(({ name }) => isWeightIndex(name))) {
      const listed = await this.listedFiles(tree, name, context);
      if (listed === undefined) continue;
      const missing = [...listed].filter(
        (file) => reachOf(file) === "relative" && tree.find(root + file) === undefined,
      );
      const extra = [...present].filter((file) => !listed.has(file) && isShardBeside(file, listed));
      for (const file of missing.slice(0, MAX_TOLD)) {
        context.report({
          rule: "repository/missing-shard",
          message: `${baseName(name)} names ${file}, which is not there`,
          subject: root + file,
          member: name,
        });
      }
      for (const file of extra.slice(0, MAX_TOLD)) {
        context.report({
          rule: "repository/unlisted-shard",
          message: `${file} is named like a part of the weights, and ${baseName(name)} does not name it`,
          subject: root + file,
          member: root + file,
        });
      }
      if (missing.length === 0) context.passed("shards", `${baseName(name)}: all ${listed.size} files are there`);
    }
  }

  private async listedFiles(tree: Tree, name: string, context: ScanContext): Promise<Set<string> | undefined> {
    const map = (await readEntryJson(tree, name))?.get("weight_map");
    if (!isJsonObject(map)) return undefined;
    context.budget.spendSteps(map.size);
    return new Set([...map.values()].filter((file) => typeof file === "string"));
  }
}

/** Of the same series as a listed file. */
function isShardBeside(file: string, listed: ReadonlySet<string>): boolean {
  const [, stem, extension] = SHARD.exec(file) ?? [];
  if (stem === undefined) return false;
  for (const other of listed) {
    const [, otherStem, otherExtension] = SHARD.exec(other) ?? [];
    if (otherStem === stem && otherExtension === extension) return true;
  }
  return false;
}
