import { lstatSync, readdirSync, realpathSync, type Stats } from "node:fs";
import { join } from "node:path";
import type { TreeEntry } from "../scanners/scanner.js";
import { compareBytes } from "./byte-order.js";
import { kindOf } from "./entry-kind.js";
import { boundaryOf, followLink } from "./links.js";
import { inodeOf, type SelectedFile, type Selection } from "./selection.js";
import { systemProblem } from "./system-problem.js";

interface Root {
  /** As the user gave it. */
  readonly path: string;
  /** Absolute. */
  readonly folder: string;
}

/** Lists a folder and everything below it, depth first, names in the order of their bytes. Opens nothing, follows no link to a folder. */
export function walk(root: Root, selection: Selection): void {
  new Walk(root, selection).run();
}

class Walk {
  private readonly boundary: string;
  private readonly entries: TreeEntry[] = [];
  private readonly files: SelectedFile[] = [];
  /** Real paths that a link shows under another name. */
  private readonly shown = new Set<string>();

  constructor(
    private readonly root: Root,
    private readonly selection: Selection,
  ) {
    this.boundary = boundaryOf(realpathSync(root.folder));
  }

  run(): void {
    const pending = this.list("");
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (this.visit(name)) pending.push(...this.list(`${name}/`));
    }
    const { path, folder } = this.root;
    this.selection.folders.push({ path, file: folder, entries: this.entries, boundary: this.boundary });
    for (const file of this.files) if (!this.isShownBlob(file)) this.selection.files.push(file);
  }

  /** The names in a folder, last first, so that they are taken from the end in order. */
  private list(prefix: string): string[] {
    try {
      const names = readdirSync(join(this.root.folder, prefix));
      return names
        .sort(compareBytes)
        .reverse()
        .map((name) => prefix + name);
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
      const message = `the folder cannot be listed: ${systemProblem(error)}`;
      this.selection.errors.push({ path: join(this.root.path, prefix), message, hints: [] });
      return [];
    }
  }

  /** Notes one entry. True for a folder, which is to be listed next. */
  private visit(name: string): boolean {
    const stats = this.statOf(name);
    if (!stats) return false;
    const kind = kindOf(stats);
    if (kind === "symlink") {
      this.visitLink(name);
      return false;
    }
    this.entries.push({ name, kind, size: kind === "file" ? stats.size : 0 });
    if (kind === "file") this.addFile(name, stats);
    else if (kind !== "directory") this.skip(name, "a pipe, socket or device, not a file");
    return kind === "directory";
  }

  private statOf(name: string): Stats | undefined {
    try {
      return lstatSync(join(this.root.folder, name));
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
      // Node replaces what is not UTF-8 in a name, and then the name leads nowhere.
      const reason = name.includes("\ufffd")
        ? "its name is not valid UTF-8; rename it to scan it"
        : systemProblem(error);
      this.selection.skipped.push({ path: join(this.root.path, name), reason, state: "failed" });
      return undefined;
    }
  }

  private visitLink(name: string): void {
    const link = followLink(join(this.root.folder, name), this.boundary);
    if (link.kind === "inside" && link.stats.isFile()) {
      this.entries.push({ name, kind: "file", size: link.stats.size, link: link.target });
      this.shown.add(link.real);
      this.addFile(name, link.stats);
      return;
    }
    this.entries.push({ name, kind: "symlink", size: 0, link: link.target });
    if (link.kind === "outside")
      this.selection.links.push({ path: join(this.root.path, name), identity: name, target: link.target });
    else if (link.kind === "broken") this.skip(name, `a symbolic link to ${link.target}, which does not exist`);
    else if (!link.stats.isDirectory()) this.skip(name, "a link to a pipe, socket or device");
  }

  private addFile(name: string, stats: Stats): void {
    const { path, folder } = this.root;
    this.files.push({
      path: join(path, name),
      file: join(folder, name),
      identity: name,
      size: stats.size,
      inode: inodeOf(stats),
      folder: this.root.path,
      boundary: this.boundary,
    });
  }

  private skip(name: string, reason: string): void {
    this.selection.skipped.push({ path: join(this.root.path, name), reason, state: "skipped" });
  }

  /** The content of a Hugging Face cache lies in `blobs/` and is shown by links under the files' own names: it is reported there. */
  private isShownBlob({ identity, file }: SelectedFile): boolean {
    return /(?:^|\/)blobs\/[^/]+$/.test(identity) && this.shown.has(realpathSync(file));
  }
}
