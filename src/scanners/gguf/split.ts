import type { ScanContext, Tree } from "../scanner.js";
import type { MetadataJudge } from "./metadata.js";
import { jsonOf } from "./metadata.js";

/** `tiny-00001-of-00003.gguf`: the name that every loader of split files expects. */
const SPLIT_NAME = /^(.{1,200})-(\d{5})-of-(\d{5})\.gguf$/;
/** More parts than any published model has; five digits allow 99,999. */
const MAX_PARTS = 9999;

/** A model in several files: each is complete in itself, and all of them have to be there. */
export async function judgeSplit(metadata: MetadataJudge, context: ScanContext): Promise<void> {
  const count = metadata.integer("split.count");
  if (count === undefined || count < 2n) return;
  context.describe("split_parts", jsonOf(count));
  const match = SPLIT_NAME.exec(context.name);
  const tree = match ? await context.tree() : undefined;
  if (!match || !tree || count > BigInt(MAX_PARTS)) return;
  const missing = missingParts(tree, folderOf(tree, context.name), match[1] ?? "", Number(count));
  if (missing.length === 0) return;
  context.report({
    rule: "repository/missing-shard",
    message: `${missing.length} of ${count} parts are missing: ${missing.slice(0, 5).join(", ")}${missing.length > 5 ? " ..." : ""}`,
    subject: "split",
  });
}

/** The folder of the tree in which the file lies; trees are listed from their root. */
function folderOf(tree: Tree, name: string): string {
  const entry = tree.find(name) ?? tree.entries.find((one) => one.name.endsWith(`/${name}`));
  return entry ? entry.name.slice(0, entry.name.length - name.length) : "";
}

function missingParts(tree: Tree, folder: string, stem: string, count: number): string[] {
  const names = new Set(tree.entries.map((entry) => entry.name));
  const total = String(count).padStart(5, "0");
  const missing: string[] = [];
  for (let part = 1; part <= count; part++) {
    const name = `${stem}-${String(part).padStart(5, "0")}-of-${total}.gguf`;
    if (!names.has(folder + name)) missing.push(name);
  }
  return missing;
}
