import type { Tree } from "./scanner.js";

const MARKERS = new Set(["oci-layout", "manifest.json", "index.json"]);
/** `blobs/sha256/<hex>` in an image layout, `blobs/sha256-<hex>` in Ollama's store. */
const BLOBS = "blobs/sha256";

/** Folders that may hold an image: told by a marker file or by a store of blobs. */
export function ociRoots(tree: Tree): string[] {
  const roots = new Set<string>();
  for (const { name, kind } of tree.entries) {
    if (kind !== "file") continue;
    const cut = name.lastIndexOf("/") + 1;
    if (MARKERS.has(name.slice(cut))) roots.add(name.slice(0, cut));
    const blobs = name.lastIndexOf(BLOBS);
    if (blobs === 0 || name[blobs - 1] === "/") roots.add(name.slice(0, blobs));
  }
  return [...roots];
}
