import { ParseError } from "../../errors.js";
import { parseJson } from "../../formats/json/parse.js";
import { isJsonObject, type JsonValue, jsonAt } from "../../formats/json/value.js";
import { readSafetensors } from "../../formats/safetensors/header.js";
import { reachOf } from "../file-reference.js";
import type { Layout, ScanContext, Tree } from "../scanner.js";
import { baseName, entriesOf } from "../tree-entries.js";

/** `model.safetensors.index.json`, also with a variant between: `model.fp16.safetensors.index.json`. */
const INDEX_ENDING = ".safetensors.index.json";
/** An index of 100,000 expert tensors has some 10 MB. */
const MAX_INDEX_BYTES = 64 << 20;
/** Names in one finding. */
const MAX_LISTED = 5;

/** An index of safetensors files against the tensors that the files really hold. Only headers are read. */
export class SafetensorsIndexLayout implements Layout {
  async inspect(tree: Tree, root: string, context: ScanContext): Promise<void> {
    for (const { name } of entriesOf(tree, root)) {
      if (!name.endsWith(INDEX_ENDING)) continue;
      for (const [file, tensors] of await listedTensors(tree, name, context))
        await this.compare({ tree, index: name, path: root + file, tensors }, context);
    }
  }

  private async compare({ tree, index, path, tensors }: Shard, context: ScanContext): Promise<void> {
    const held = await tensorsOf(tree, path, context);
    if (held === undefined) return;
    const absent = [...tensors].filter((tensor) => !held.has(tensor));
    const unlisted = [...held].filter((tensor) => !tensors.has(tensor));
    if (absent.length > 0) {
      context.report({
        rule: "safetensors/missing-tensor",
        message: `${baseName(index)} expects ${listed(absent)} in ${baseName(path)}, which does not hold them`,
        subject: `absent ${path}`,
        member: index,
      });
    }
    if (unlisted.length > 0) {
      context.report({
        rule: "safetensors/missing-tensor",
        severity: "low",
        message: `${baseName(path)} holds ${listed(unlisted)}, which ${baseName(index)} does not expect there`,
        subject: `unlisted ${path}`,
        member: path,
      });
    }
  }
}

interface Shard {
  readonly tree: Tree;
  /** Name of the index. */
  readonly index: string;
  readonly path: string;
  readonly tensors: ReadonlySet<string>;
}

/** Tensors by file, as the index has them; files outside the folder are told elsewhere. */
async function listedTensors(tree: Tree, index: string, context: ScanContext): Promise<Map<string, Set<string>>> {
  const byFile = new Map<string, Set<string>>();
  const map = await readWeightMap(tree, index, context);
  if (!isJsonObject(map)) return byFile;
  for (const [tensor, file] of map) {
    context.budget.spendSteps();
    if (typeof file !== "string" || reachOf(file) !== "relative") continue;
    const known = byFile.get(file);
    if (known) known.add(tensor);
    else byFile.set(file, new Set([tensor]));
  }
  return byFile;
}

async function readWeightMap(tree: Tree, index: string, context: ScanContext): Promise<JsonValue | undefined> {
  const entry = tree.find(index);
  const source = entry?.kind === "file" ? await tree.open(entry) : undefined;
  if (source === undefined) return undefined;
  try {
    if (source.size > MAX_INDEX_BYTES) {
      context.incomplete(`${index} of ${source.size} bytes was not compared with its files`);
      return undefined;
    }
    return jsonAt(parseJson(await source.read(0, source.size), { tolerant: true }).value, "weight_map");
  } finally {
    source.close?.();
  }
}

/** Undefined for a file that is not there or cannot be read: its own scan says why. */
async function tensorsOf(tree: Tree, path: string, context: ScanContext): Promise<Set<string> | undefined> {
  const entry = tree.find(path);
  const source = entry?.kind === "file" ? await tree.open(entry) : undefined;
  if (source === undefined) return undefined;
  const names = new Set<string>();
  try {
    const visitor = { tensor: ({ name }: { name: string }) => names.add(name), metadata: () => {}, fault: () => {} };
    await readSafetensors(source, visitor, { onNodes: (count) => context.budget.spendSteps(count) });
    return names;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return undefined;
  } finally {
    source.close?.();
  }
}

function listed(names: readonly string[]): string {
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : "";
  return (
    names
      .slice(0, MAX_LISTED)
      .map((name) => name.slice(0, 100))
      .join(", ") + more
  );
}
