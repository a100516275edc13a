// Where strings end, f-strings with their replacement fields included: https://peps.python.org/pep-0701/

export interface StringEnd {
  readonly at: number;
  readonly closed: boolean;
}

/** Where a string's quotes close; a string in single quotes also ends, unclosed, at the end of its line. */
export function plainEnd(source: string, from: number, quotes: string): StringEnd {
  for (let at = from; at < source.length; at++) {
    const char = source.charAt(at);
    if (char === "\\") at++;
    else if (source.startsWith(quotes, at)) return { at, closed: true };
    else if (quotes.length === 1 && isLineEnd(char)) return { at, closed: false };
  }
  return { at: source.length, closed: false };
}

/** Strings inside replacement fields inside strings: PEP 701 sets no bound, people stay below three. */
const MAX_FIELD_DEPTH = 50;

/** As `plainEnd`, with replacement fields in which quotes mean strings of their own (PEP 701). */
export function formattedEnd(source: string, from: number, quotes: string, depth = 0): StringEnd {
  for (let at = from; at < source.length; at++) {
    const char = source.charAt(at);
    if (char === "\\" && source.charAt(at + 1) !== "{") at++;
    else if (source.startsWith(quotes, at)) return { at, closed: true };
    else if (quotes.length === 1 && isLineEnd(char)) return { at, closed: false };
    else if (char === "{" && source.charAt(at + 1) === "{") at++;
    else if (char === "{" && depth < MAX_FIELD_DEPTH) at = fieldEnd(source, at + 1, depth);
  }
  return { at: source.length, closed: false };
}

/** Offset of the brace that closes the replacement field whose content begins at `from`. */
export function fieldEnd(source: string, from: number, depth = 0): number {
  let brackets = 0;
  for (let at = from; at < source.length; at++) {
    const char = source.charAt(at);
    if ("([{".includes(char)) brackets++;
    else if (char === "}" && brackets === 0) return at;
    else if (")]}".includes(char)) brackets--;
    else if (char === ":" && brackets === 0) return specificationEnd(source, at + 1, depth);
    else if (char === '"' || char === "'") at = nestedStringEnd(source, at, depth);
  }
  return source.length;
}

/** A format specification is literal text, with replacement fields again. */
function specificationEnd(source: string, from: number, depth: number): number {
  for (let at = from; at < source.length; at++) {
    const char = source.charAt(at);
    if (char === "}" || isLineEnd(char)) return at;
    if (char === "{") {
      if (depth >= MAX_FIELD_DEPTH) return source.length;
      at = fieldEnd(source, at + 1, depth + 1);
    }
  }
  return source.length;
}

function nestedStringEnd(source: string, at: number, depth: number): number {
  const quote = source.charAt(at);
  const quotes = source.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
  const isFormatted = /[fFtT]/.test(source.slice(Math.max(0, at - 2), at));
  const from = at + quotes.length;
  const end = isFormatted ? formattedEnd(source, from, quotes, depth + 1) : plainEnd(source, from, quotes);
  return end.closed ? end.at + quotes.length - 1 : end.at;
}

export function isLineEnd(char: string): boolean {
  return char === "\n" || char === "\r" || char === "";
}
