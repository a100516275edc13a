import { lstatSync, readdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import type { ByteSource } from "../io/byte-source.js";
import type { Tree, TreeEntry } from "../scanners/scanner.js";
import { compareBytes } from "./byte-order.js";
import { kindOf } from "./entry-kind.js";
import { followLink } from "./links.js";
import { openFile } from "./open-file.js";

/** Entries listed of a folder that was not walked: a bound on what a file's neighbourhood may cost. */
const MAX_LISTED = 20_000;

/**
 * A folder on disk as scanners and layouts see it. A link that stays inside the boundary is what it leads to; one that leaves it, or leads
 * nowhere, is an entry of kind `symlink` that cannot be opened.
 */
export class DirectoryTree implements Tree {
  readonly kind = "directory";
  private listed: readonly TreeEntry[] | undefined;

  constructor(
    private readonly folder: string,
    private readonly boundary: string,
    /** What a walk found; without it the folder itself is listed, but not what is below. */
    walked?: readonly TreeEntry[],
  ) {
    this.listed = walked;
  }

  get entries(): readonly TreeEntry[] {
    this.listed ??= this.list();
    return this.listed;
  }

  find(name: string): TreeEntry | undefined {
    const parts = name.split("/");
    if (name.includes("\0") || parts.some((part) => part === "" || part === "." || part === "..")) return undefined;
    for (let i = 1; i < parts.length; i++) {
      if (this.entryOf(parts.slice(0, i).join("/"))?.kind !== "directory") return undefined;
    }
    return this.entryOf(name);
  }

  async open(entry: TreeEntry): Promise<ByteSource | undefined> {
    return this.find(entry.name)?.kind === "file" ? openFile(join(this.folder, entry.name)) : undefined;
  }

  private list(): TreeEntry[] {
    const names = readdirSync(this.folder).sort(compareBytes).slice(0, MAX_LISTED);
    return names.flatMap((name) => this.entryOf(name) ?? []);
  }

  private entryOf(name: string): TreeEntry | undefined {
    const path = join(this.folder, name);
    const stats = statOf(path);
    if (!stats) return undefined;
    const kind = kindOf(stats);
    if (kind !== "symlink") return { name, kind, size: kind === "file" ? stats.size : 0 };
    const link = followLink(path, this.boundary);
    if (link.kind !== "inside") return { name, kind, size: 0, link: link.target };
    return { name, kind: kindOf(link.stats), size: link.stats.isFile() ? link.stats.size : 0, link: link.target };
  }
}

/** The trees of one scan. Files come folder by folder, so the last one is kept: a folder is listed once, not once per file in it. */
export class DirectoryTrees {
  private last: { readonly folder: string; readonly boundary: string; readonly tree: DirectoryTree } | undefined;

  of(folder: string, boundary: string): DirectoryTree {
    if (this.last?.folder !== folder || this.last.boundary !== boundary) {
      this.last = { folder, boundary, tree: new DirectoryTree(folder, boundary) };
    }
    return this.last.tree;
  }
}

/** Undefined for what is not there, or cannot be there: too long a name, a folder that may not be entered. */
function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return undefined;
    throw error;
  }
}
