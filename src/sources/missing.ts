import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { nearest } from "../nearest.js";
import type { SelectionError } from "./selection.js";

/** What to say about a path that is not there. */
export function missingPath(path: string, problem: string): SelectionError {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
    return { path, message: "addresses are not read", hints: ["download the files and scan the folder they are in"] };
  }
  if (path === "") return { path: '""', message: "an empty path", hints: ["a variable of the script may be unset"] };
  if (path === "-") {
    return {
      path,
      message: "stdin is not read",
      hints: ["save it to a file and scan that: several formats are read from their end"],
    };
  }
  const folder = dirname(path);
  const similar = nearest(basename(path), namesIn(folder)).map((name) => `did you mean ${join(folder, name)}?`);
  const hints = similar.length > 0 ? similar : [hintAbout(folder)];
  return { path, message: problem, hints };
}

function hintAbout(folder: string): string {
  return existsSync(folder) ? `look at what is in ${folder}` : `the folder ${folder} does not exist either`;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    // A hint is not worth a second error: the first one is reported by the caller.
    if (error instanceof Error && "code" in error) return [];
    throw error;
  }
}
