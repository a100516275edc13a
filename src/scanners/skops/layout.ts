import type { Layout, ScanContext, Tree } from "../scanner.js";
import { baseName, entriesOf, readEntryJson } from "../tree-entries.js";
import { isSkopsSchema } from "./schema.js";

/** What skops writes: its schema, and beside it arrays and bytes, named by an id. */
const OWN_MEMBER = /^schema\.json$|^[\w-]{1,60}\.(?:npy|npz|bin)$/;
const MAX_TOLD = 20;

/** A skops archive: what lies in it beside the schema, which the JSON scanner judges. */
export class SkopsLayout implements Layout {
  async inspect(tree: Tree, root: string, context: ScanContext): Promise<void> {
    if (tree.kind !== "zip") return;
    const schema = await readEntryJson(tree, `${root}schema.json`);
    if (schema === undefined || !isSkopsSchema(schema)) return;
    const version = schema.get("_skops_version");
    if (typeof version === "string") context.describe("skops_version", version);
    const foreign = entriesOf(tree, root).filter(
      ({ name, kind }) => kind === "file" && !OWN_MEMBER.test(baseName(name)),
    );
    for (const { name } of foreign.slice(0, MAX_TOLD)) {
      context.report({
        rule: "skops/unexpected-member",
        message: `${name} is no part of a skops file`,
        subject: name,
        member: name,
      });
    }
  }
}
