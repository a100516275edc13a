import type { FormatId } from "../detect/format.js";
import type { LayoutClass, ScannerClass, Tree } from "./scanner.js";

export interface ScannerDescriptor {
  readonly id: string;
  readonly title: string;
  readonly formats: readonly FormatId[];
  /** Usual endings of its files, for help and `doctor`; never a condition of scanning. */
  readonly extensions: readonly string[];
  /** Runs native or wasm code that only the end of its thread can stop, so it runs in a worker. */
  readonly isolated?: boolean;
  readonly load: () => Promise<ScannerClass>;
}

/** Every scanner, cheap to list and lazy to run. */
export const SCANNERS: readonly ScannerDescriptor[] = [];

export interface LayoutDescriptor {
  readonly id: string;
  readonly title: string;
  /** The folders of the tree ("" or ending in "/") at which the layout applies. */
  readonly roots: (tree: Tree) => readonly string[];
  readonly load: () => Promise<LayoutClass>;
}

/** Rules about several entries of a folder or an archive together. */
export const LAYOUTS: readonly LayoutDescriptor[] = [];

/** The folders that hold an entry whose last part is one of `names`. */
export function foldersWith(tree: Tree, names: readonly string[]): string[] {
  const roots = new Set<string>();
  for (const { name, kind } of tree.entries) {
    if (kind !== "file") continue;
    const cut = name.lastIndexOf("/") + 1;
    if (names.includes(name.slice(cut))) roots.add(name.slice(0, cut));
  }
  return [...roots];
}
