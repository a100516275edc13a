/** Matches a path with a pattern of `*` (not across `/`), `**` and `?`. A pattern without `/` is about the last part alone. */
export function matchesGlob(path: string, pattern: string): boolean {
  const subject = pattern.includes("/") ? path : path.slice(path.lastIndexOf("/") + 1);
  const source = pattern.replace(/\*\*\/?|\*|\?|[\\^$.|+()[\]{}]/g, (token) => GLOB[token] ?? `\\${token}`);
  return new RegExp(`^${source}$`, "su").test(subject);
}

const GLOB: Readonly<Record<string, string>> = { "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" };
