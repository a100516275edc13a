import type { Tree } from "./scanner.js";

/** Lists the modules that a torch.package takes from the environment instead of bringing them. */
export const EXTERN = ".data/extern_modules";
const CODE_FILE = /^((?:[^/]{1,200}\/){0,3}?)code\/.{1,1000}\.py$/;

/** Of trees that were asked before: every pickle of an archive asks. */
const knownRoots = new WeakMap<Tree, readonly string[]>();

/** The folders of a zip that hold a TorchScript program. */
export function torchscriptRoots(tree: Tree): readonly string[] {
  const roots = knownRoots.get(tree) ?? findRoots(tree);
  knownRoots.set(tree, roots);
  return roots;
}

function findRoots(tree: Tree): readonly string[] {
  if (tree.kind !== "zip") return [];
  const roots = new Set<string>();
  for (const { name } of tree.entries) {
    const root = CODE_FILE.exec(name)?.[1];
    if (root === undefined || roots.has(root)) continue;
    const isProgram = ["constants.pkl", "data.pkl", "model.json", "version"].some((record) => tree.find(root + record));
    if (isProgram) roots.add(root);
  }
  return [...roots];
}

/** The folders of a zip at which a torch.package begins. */
export function torchPackageRoots(tree: Tree): string[] {
  if (tree.kind !== "zip") return [];
  return tree.entries
    .filter(({ name }) => name === EXTERN || name.endsWith(`/${EXTERN}`))
    .map(({ name }) => name.slice(0, -EXTERN.length));
}
