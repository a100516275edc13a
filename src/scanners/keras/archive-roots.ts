import type { Tree } from "../scanner.js";

export const CONFIG = "config.json";
export const METADATA = "metadata.json";
/** One file, or numbered shards with their index. */
export const WEIGHTS = /^model\.weights(?:_\d{1,6})?\.(?:h5|npz|json)$/;

/** Folders that hold a config beside metadata or weights as Keras 3 names them. */
export function kerasArchiveRoots(tree: Tree): string[] {
  const folders = new Map<string, Set<string>>();
  for (const { name, kind } of tree.entries) {
    if (kind === "directory") continue;
    const cut = name.lastIndexOf("/") + 1;
    const file = name.slice(cut);
    if (file !== CONFIG && file !== METADATA && !WEIGHTS.test(file)) continue;
    const folder = name.slice(0, cut);
    folders.set(folder, (folders.get(folder) ?? new Set()).add(file));
  }
  return [...folders].filter(([, files]) => files.has(CONFIG) && files.size > 1).map(([folder]) => folder);
}
