import type { Layout, ScanContext, Tree } from "./scanner.js";
import { EXTERN } from "./torch-roots.js";

const MAX_LIST_BYTES = 1 << 20;
const MAX_LISTED = 20;

/** torch.package archives: sources in them run on loading. Each source is judged as a member; this tells that there are some. */
export class TorchPackageLayout implements Layout {
  async inspect(tree: Tree, root: string, context: ScanContext): Promise<void> {
    const extern = tree.find(`${root}${EXTERN}`);
    const list = extern && (await tree.open(extern));
    if (list) context.describe("extern_modules", await readNames(list.size, (length) => list.read(0, length)));
    const sources = tree.entries.filter(
      ({ name, kind, size }) =>
        kind === "file" &&
        size > 0 &&
        name.startsWith(root) &&
        name.endsWith(".py") &&
        !name.startsWith(`${root}.data/`),
    );
    if (sources.length === 0) return;
    const shown = sources.slice(0, MAX_LISTED).map(({ name }) => name.slice(root.length));
    context.report({
      rule: "torch-package/source",
      message: `loading the package imports Python source: ${shown.join(", ")}${sources.length > MAX_LISTED ? " ..." : ""}`,
      subject: "source",
      evidence: { sources: shown, count: sources.length },
    });
  }
}

async function readNames(size: number, read: (length: number) => Promise<Uint8Array>): Promise<string[]> {
  const text = new TextDecoder().decode(await read(Math.min(size, MAX_LIST_BYTES)));
  return text
    .split("\n")
    .filter((line) => line !== "")
    .slice(0, MAX_LISTED);
}
