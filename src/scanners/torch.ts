import { parseJson } from "../formats/json/parse.js";
import type { Layout, ScanContext, Tree, TreeEntry } from "./scanner.js";

const MAX_CONFIG = 8 << 20;
const MAX_NODES = 200_000;
/** Prefixes of constants that `torch.export` unpickles (torch/export/pt2_archive/constants.py). */
const PICKLED_PREFIXES = ["custom_obj_", "opaque_obj_"];

/** PyTorch's zip archives: what the records mean together. Their pickles are scanned as members. */
export class TorchArchiveLayout implements Layout {
  async inspect(tree: Tree, root: string, context: ScanContext): Promise<void> {
    const below = tree.entries.filter(({ name, kind }) => kind === "file" && name.startsWith(root));
    const names = new Set(below.map(({ name }) => name.slice(root.length)));
    if (names.has("constants.pkl") && [...names].some((name) => name.startsWith("code/")))
      this.describeScript(root, context);
    if (names.has("archive_format") || names.has("models/model.json"))
      await this.inspectExport(tree, root, below, context);
    await this.describeVersion(tree, root, context);
  }

  private describeScript(root: string, context: ScanContext): void {
    context.describe("torch_kind", "TorchScript");
    context.report({
      rule: "torch/script-archive",
      message: "the archive holds a TorchScript program",
      subject: "script",
      member: `${root}constants.pkl`,
      references: ["CVE-2025-32434"],
    });
  }

  private async describeVersion(tree: Tree, root: string, context: ScanContext): Promise<void> {
    const entry = tree.find(`${root}version`) ?? tree.find(`${root}.data/version`);
    const source = entry && (await tree.open(entry));
    if (!source || source.size > 32) return;
    const text = Buffer.from(await source.read(0, 32))
      .toString("latin1")
      .trim();
    if (/^\d{1,6}$/.test(text)) context.describe("torch_file_version", Number(text));
  }

  /** `.pt2` of torch.export: configs that ask for pickles, libraries of AOTInductor. */
  private async inspectExport(
    tree: Tree,
    root: string,
    below: readonly TreeEntry[],
    context: ScanContext,
  ): Promise<void> {
    context.describe("torch_kind", "torch.export");
    for (const { name } of below) {
      const inside = name.slice(root.length);
      if (/^data\/aotinductor\/.*\.(?:so|dll|dylib|pyd)$/i.test(inside)) {
        context.report({
          rule: "torch/native-library",
          message: `${inside} is loaded as a library`,
          subject: name,
          member: name,
        });
      } else if (/^data\/sample_inputs\/.*\.pt$/.test(inside)) {
        context.report({
          rule: "torch/sample-inputs",
          message: `${inside} is read by torch.load`,
          subject: name,
          member: name,
        });
      } else if (/_config\.json$/.test(inside)) await this.inspectConfig(tree, name, context);
    }
  }

  private async inspectConfig(tree: Tree, name: string, context: ScanContext): Promise<void> {
    const entry = tree.find(name);
    const source = entry && (await tree.open(entry));
    if (!source || source.size > MAX_CONFIG) return;
    const text = Buffer.from(await source.read(0, source.size)).toString("utf8");
    const { value } = parseJson(text, { maxDepth: 64, maxNodes: MAX_NODES });
    const config = value instanceof Map ? value.get("config") : undefined;
    if (!(config instanceof Map)) return;
    for (const [key, item] of config) {
      if (!(item instanceof Map)) continue;
      const path = item.get("path_name");
      const pickled =
        item.get("use_pickle") === true ||
        (typeof path === "string" && PICKLED_PREFIXES.some((prefix) => path.startsWith(prefix)));
      if (!pickled) continue;
      context.report({
        rule: "torch/pickled-weights",
        message: `${String(key).slice(0, 100)} is unpickled from ${String(path).slice(0, 100)}`,
        subject: name,
        member: name,
      });
    }
  }
}
