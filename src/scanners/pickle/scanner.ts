import type { ByteSource } from "../../io/byte-source.js";
import { toSync } from "../../io/spool.js";
import type { ScanContext, Scanner, Tree } from "../scanner.js";
import { torchscriptRoots } from "../torch-roots.js";
import { beginsPickle } from "./boundaries.js";
import { isLegacyTorch } from "./legacy-torch.js";
import { PickleStreams } from "./streams.js";

/** Python pickles: plain, stacked, legacy torch, joblib with raw arrays, and pickles that hide behind other bytes. */
export class PickleScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const bytes = await toSync(source);
    if (bytes.size === 0) context.skip("the file is empty");
    else if (!beginsPickle(bytes)) context.skip("the content is no pickle");
    else {
      const tree = await treeOfRecord(context);
      const file = {
        source: bytes,
        context,
        isLegacyTorch: isLegacyTorch(bytes),
        isBesideStorages: isTorchTree(tree),
        isBesideScript: tree !== undefined && torchscriptRoots(tree).length > 0,
      };
      await new PickleStreams(file).scanAll();
    }
    if (bytes !== source) bytes.close?.();
  }
}

/** Asked of containers, and of a record that was unpacked: a file alone does not depend on its neighbours. */
async function treeOfRecord(context: ScanContext): Promise<Tree | undefined> {
  const mayBeRecord = context.depth > 0 || context.name === "data.pkl";
  return mayBeRecord ? context.tree() : undefined;
}

/** torch archives hold a record `version` and storages `data/0`, `data/1` ... below one folder; the tar layout holds `storages`. */
function isTorchTree(tree: Tree | undefined): boolean {
  const record = /(?:^|\/)(?:\.data\/)?version$|(?:^|\/)data\/\d+$|(?:^|\/)storages$|\.storage$/;
  return tree?.entries.some(({ name }) => record.test(name)) ?? false;
}
