import { lstatSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, isAbsolute, relative, resolve, sep } from "node:path";

/** Where a symbolic link leads, seen from the folder it must not leave. */
export type LinkTarget =
  | { readonly kind: "inside"; readonly stats: Stats; readonly real: string; readonly target: string }
  | { readonly kind: "outside"; readonly target: string }
  | { readonly kind: "broken"; readonly target: string };

export function followLink(path: string, boundary: string): LinkTarget {
  const target = readlinkSync(path);
  const real = realOf(path);
  // A link that leads nowhere on this machine may lead to a secret on another one.
  const place = real ?? resolve(realpathSync(dirname(path)), target);
  if (!isInside(boundary, place)) return { kind: "outside", target };
  const stats = real === undefined ? undefined : statSync(real, { throwIfNoEntry: false });
  // In /proc a link may name what no path leads to, and anywhere what it names may be gone by now.
  return real === undefined || !stats ? { kind: "broken", target } : { kind: "inside", stats, real, target };
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** True for a link whose target does not exist. */
export function isBrokenLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

const HUB_REPOSITORY = /^(?:models|datasets|spaces)--/;

/**
 * The folder that links may not leave: the scanned one, or, for a snapshot in a Hugging Face cache, the repository's folder around it, whose
 * `blobs/` hold the content (https://huggingface.co/docs/huggingface_hub/guides/manage-cache).
 */
export function boundaryOf(folder: string): string {
  for (let at = folder; dirname(at) !== at; at = dirname(at)) {
    const parent = dirname(at);
    if (basename(parent) === "snapshots" && HUB_REPOSITORY.test(basename(dirname(parent)))) return dirname(parent);
  }
  return folder;
}
