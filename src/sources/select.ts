import { existsSync, lstatSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, normalize, resolve, sep } from "node:path";
import { compareBytes } from "./byte-order.js";
import { boundaryOf, followLink, isBrokenLink } from "./links.js";
import { missingPath } from "./missing.js";
import { inodeOf, type Selection } from "./selection.js";
import { systemProblem } from "./system-problem.js";
import { walk } from "./walk.js";

/** Follows the paths, folders and globs that the user gave. Every file is listed once, under the first path that leads to it. */
export async function select(paths: readonly string[]): Promise<Selection> {
  const selection: Selection = { files: [], skipped: [], links: [], folders: [], errors: [] };
  for (const path of paths) {
    if (path.includes("\0")) {
      selection.errors.push({ path, message: "a path with a zero byte, which names no file", hints: [] });
      continue;
    }
    const stats = statOf(path);
    if (!(stats instanceof Error)) selectPath(path, stats, selection);
    else if (/[*?[\]{}]/.test(path)) await selectGlob(path, selection);
    else selectMissing(path, stats, selection);
  }
  const seen = new Set<string>();
  return { ...selection, files: selection.files.filter(({ file }) => !seen.has(file) && seen.add(file)) };
}

function selectPath(path: string, stats: Stats, selection: Selection): void {
  const file = resolve(path);
  const shown = normalize(path);
  if (stats.isDirectory()) {
    if (!selection.folders.some((folder) => folder.file === file)) walk({ path: shown, folder: file }, selection);
  } else if (stats.isFile()) {
    const boundary = boundaryOf(dirname(file));
    const { size } = stats;
    selection.files.push({ path: shown, file, identity: basename(file), size, inode: inodeOf(stats), boundary });
  } else {
    const hints = ["copy the content into a regular file and scan that"];
    selection.errors.push({ path: shown, message: "a pipe, socket or device, not a file", hints });
  }
}

/** A link to nothing holds nothing that could be loaded; whatever else is not there was not examined. */
function selectMissing(path: string, error: Error, selection: Selection): void {
  if (!isBrokenLink(path)) selection.errors.push(missingPath(path, systemProblem(error)));
  else {
    const reason = "a symbolic link to something that does not exist";
    selection.skipped.push({ path: normalize(path), reason, state: "skipped" });
  }
}

/** Expands a pattern that the shell left alone. Links are taken as in a folder: inside is followed, outside is told. */
async function selectGlob(pattern: string, selection: Selection): Promise<void> {
  const { default: glob } = await import("fast-glob");
  const slashes = sep === "\\" ? pattern.replaceAll(sep, "/") : pattern;
  const found = await glob(slashes, { onlyFiles: false, dot: true, followSymbolicLinks: false });
  const base = boundaryOf(realpathSync(baseOf(slashes)));
  for (const path of found.sort(compareBytes))
    selectMatch(path, { base, recursive: slashes.includes("**") }, selection);
  if (found.length === 0) {
    const hints = ["quote the pattern, so that the shell does not change it", "use ** to reach into folders"];
    selection.errors.push({ path: pattern, message: "no file matches this pattern", hints });
  }
}

function selectMatch(path: string, within: { base: string; recursive: boolean }, selection: Selection): void {
  const link = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? followLink(path, within.base) : undefined;
  if (link?.kind === "outside") {
    selection.links.push({ path: normalize(path), identity: path, target: link.target });
    return;
  }
  const stats = statOf(path);
  if (stats instanceof Error) selectMissing(path, stats, selection);
  // `**` lists what is in a folder beside the folder itself.
  else if (!(within.recursive && stats.isDirectory())) selectPath(path, stats, selection);
}

/** The folder in which a pattern begins to vary. */
function baseOf(pattern: string): string {
  const fixed = pattern.slice(0, pattern.search(/[*?[\]{}]/));
  const folder = fixed.slice(0, fixed.lastIndexOf("/") + 1) || ".";
  return existsSync(folder) ? folder : ".";
}

function statOf(path: string): Stats | Error {
  try {
    return statSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error) return error;
    throw error;
  }
}
