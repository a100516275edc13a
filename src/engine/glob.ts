/**
 * Matches a path with a pattern of `*` (not across `/`), `**` and `?`. A pattern without `/` is about the last part alone. All places of the
 * pattern that a beginning of the path may have led to are kept at once: a path that somebody made up costs pattern times path, no more.
 */
export function matchesGlob(path: string, pattern: string): boolean {
  const subject = pattern.includes("/") ? path : path.slice(path.lastIndexOf("/") + 1);
  const tokens = pattern.match(/\*\*\/?|./gsu) ?? [];
  let places = new Set<number>();
  arrive(0, tokens, places);
  for (const char of subject) {
    const next = new Set<number>();
    for (const place of places) step(place, char, tokens, next);
    places = next;
  }
  return places.has(tokens.length);
}

/** Where a character leads from one place of the pattern: on inside the same token, or behind it. */
function step(place: number, char: string, tokens: readonly string[], next: Set<number>): void {
  const token = tokens[place];
  if (token === "**/") {
    next.add(place);
    if (char === "/") arrive(place + 1, tokens, next);
  } else if (token === "**" || (token === "*" && char !== "/")) arrive(place, tokens, next);
  else if (token === char || (token === "?" && char !== "/")) arrive(place + 1, tokens, next);
}

/** Notes a place, and those behind tokens that may match nothing. */
function arrive(place: number, tokens: readonly string[], places: Set<number>): void {
  let at = place;
  places.add(at);
  for (let token = tokens[at]; token === "*" || token === "**" || token === "**/"; token = tokens[at]) places.add(++at);
}
