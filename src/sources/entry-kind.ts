import type { Stats } from "node:fs";
import type { EntryKind } from "../scanners/scanner.js";

export function kindOf(stats: Stats): EntryKind {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  if (stats.isSymbolicLink()) return "symlink";
  return stats.isBlockDevice() || stats.isCharacterDevice() ? "device" : "other";
}
