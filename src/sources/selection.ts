import type { Stats } from "node:fs";
import type { TreeEntry } from "../scanners/scanner.js";

/** A file to scan. */
export interface SelectedFile {
  /** As it is reported: what the user gave, or found below it. */
  readonly path: string;
  /** Absolute path to open. */
  readonly file: string;
  /** Path inside what was asked for, `/` between the parts. */
  readonly identity: string;
  readonly size: number;
  /** Device and inode: the same for every name of one file. */
  readonly inode: string;
  /** The folder that was asked for, when the file was found in one. */
  readonly folder?: string;
  /** The folder that its neighbours' links may not leave. */
  readonly boundary: string;
}

/** Something met on the way that is not scanned. */
export interface SkippedEntry {
  readonly path: string;
  readonly reason: string;
  /** `skipped`: nothing to examine. `failed`: it could not be looked at. */
  readonly state: "skipped" | "failed";
}

export interface UnsafeLink {
  readonly path: string;
  /** Path inside what was asked for. */
  readonly identity: string;
  /** As stored in the link. */
  readonly target: string;
}

export interface SelectedFolder {
  readonly path: string;
  /** Absolute. */
  readonly file: string;
  readonly boundary: string;
  readonly entries: readonly TreeEntry[];
}

/** Something asked for that is not there. */
export interface SelectionError {
  readonly path: string;
  readonly message: string;
  readonly hints: readonly string[];
}

/** All that the given paths stand for. */
export interface Selection {
  readonly files: SelectedFile[];
  readonly skipped: SkippedEntry[];
  readonly links: UnsafeLink[];
  readonly folders: SelectedFolder[];
  readonly errors: SelectionError[];
}

export function inodeOf({ dev, ino }: Pick<Stats, "dev" | "ino">): string {
  return `${dev}:${ino}`;
}
