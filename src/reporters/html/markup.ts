import { printable } from "../escape.js";

/** Finished HTML. Only this module makes it, so that text out of a file cannot pass for it. */
export class Html {
  constructor(readonly markup: string) {}
}

type Part = Html | string | number | undefined | readonly Part[];

/** A template whose text is markup and whose values are not: strings are shown as text, whatever they hold. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(strings.reduce((all, text, i) => all + markupOf(values[i - 1]) + text));
}

export const NOTHING = new Html("");

/** Characters of one text that are shown: a name of a megabyte is an attack on the reader. */
const MAX_TEXT = 2000;

/** Text for an element or for an attribute in quotes. */
export function escaped(text: string): string {
  const shown = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length} characters)` : text;
  return printable(shown).replace(/[&<>"'`]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** The same for a text of several lines, which stay lines. */
export function escapedLines(text: string): Html {
  return new Html(text.slice(0, MAX_TEXT).split("\n").map(escaped).join("\n"));
}

function markupOf(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.markup;
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  return part.map(markupOf).join("");
}
