/** How far a file name that stands inside a model reaches when a program opens it. */
export type Reach = "url" | "network" | "absolute" | "traversal" | "relative";

const URL_SCHEME = /^[A-Za-z][A-Za-z0-9+.-]{1,30}:\/\//;
const UNC = /^(?:\\\\|\/\/)[^\\/]/;
const DRIVE = /^[A-Za-z]:/;

/** Both kinds of slashes count: a file made on one system is loaded on another. */
export function reachOf(path: string): Reach {
  const trimmed = path.trim();
  if (URL_SCHEME.test(trimmed)) return "url";
  if (UNC.test(trimmed)) return "network";
  if (/^[/\\~]/.test(trimmed) || DRIVE.test(trimmed)) return "absolute";
  return trimmed.split(/[\\/]/).includes("..") ? "traversal" : "relative";
}

const WORDS: Readonly<Record<Reach, string>> = {
  url: "a URL",
  network: "a network path",
  absolute: "an absolute path",
  traversal: "a path that leaves the folder",
  relative: "a file beside it",
};

export function describeReach(reach: Reach): string {
  return WORDS[reach];
}
