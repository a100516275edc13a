import { createHash, type Hash } from "node:crypto";
import { basename } from "node:path";
import { ParseError } from "../errors.js";
import { openFile } from "./open-file.js";
import type { SelectedFile } from "./selection.js";

/** Larger files are compared by inode alone: hashing two checkpoints takes longer than scanning both. */
const MAX_COMPARED_BYTES = 32 << 20;
const SAMPLE_BYTES = 64 << 10;
const WINDOW_BYTES = 1 << 20;

/** Files whose whole name says what they are: scanners look at it. */
const NAMED_BY_ROLE = /\.(?:json|ya?ml|toml|py|txt|md|cfg|ini|jinja2?)$|^[^.]*$/i;

/**
 * Maps a file to the earlier one that has the same content, and a name that means the same. Costs one read of the files that share their
 * size with another; a file that cannot be read is nobody's duplicate.
 */
export function findDuplicates(files: readonly SelectedFile[]): Map<SelectedFile, SelectedFile> {
  const originals = new Map<SelectedFile, SelectedFile>();
  for (const group of groupBy(files, (file) => `${file.size}:${roleOf(file)}`)) {
    if (group.length < 2) continue;
    for (const same of groupBy(group, ({ inode }) => inode)) noteOriginals(same, originals);
    const distinct = group.filter((file) => !originals.has(file) && file.size > 0 && file.size <= MAX_COMPARED_BYTES);
    for (const alike of groupBy(distinct, (file) => contentKey(file, SAMPLE_BYTES))) {
      for (const equal of groupBy(alike.length > 1 ? alike : [], (file) => contentKey(file, file.size))) {
        noteOriginals(equal, originals);
      }
    }
  }
  return originals;
}

function noteOriginals(same: readonly SelectedFile[], originals: Map<SelectedFile, SelectedFile>): void {
  const [first, ...others] = same;
  for (const other of others) if (first) originals.set(other, first);
}

function roleOf({ path }: SelectedFile): string {
  const name = basename(path).toLowerCase();
  return NAMED_BY_ROLE.test(name) ? name : name.slice(name.indexOf("."));
}

/** A hash of the first bytes, or something unlike any other when they cannot be read: the scan will say why. */
function contentKey({ file, path }: SelectedFile, length: number): string {
  try {
    return hashOf(file, length);
  } catch (error) {
    if (error instanceof ParseError || (error instanceof Error && "syscall" in error)) return path;
    throw error;
  }
}

function hashOf(file: string, length: number): string {
  const source = openFile(file);
  try {
    const hash: Hash = createHash("sha256");
    for (let at = 0; at < length; at += WINDOW_BYTES)
      hash.update(source.readSync(at, Math.min(WINDOW_BYTES, length - at)));
    return hash.digest("hex");
  } finally {
    source.close();
  }
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}
