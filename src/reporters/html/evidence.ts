import type { Finding } from "../../engine/result.js";
import type { Json } from "../../scanners/scanner.js";
import { escapedLines, type Html, html, NOTHING } from "./markup.js";

/** Evidence that is code or a piece of the file, shown as such. */
const CODE_KEYS = new Set([
  "call",
  "calls",
  "command",
  "trace",
  "excerpt",
  "template",
  "source",
  "text",
  "code",
  "address",
  "reference",
]);
/** Lists can be as long as the file makes them. */
const MAX_ITEMS = 50;

/** What the scanner kept of the file: code as code, the rest as names and values. */
export function evidenceOf({ evidence, offset }: Finding): Html {
  const entries = Object.entries(evidence).filter(([, value]) => !isEmpty(value));
  const code = entries.filter(([key]) => CODE_KEYS.has(key));
  const facts = entries.filter(([key]) => !CODE_KEYS.has(key));
  if (entries.length === 0) return NOTHING;
  return html`<h4>Evidence</h4>${code.map(([key, value]) => codeBlock(key, value, offset))}${
    facts.length === 0
      ? NOTHING
      : html`<dl>${facts.map(([key, value]) => html`<dt>${spaced(key)}</dt><dd>${shownValue(value)}</dd>`)}</dl>`
  }`;
}

function codeBlock(key: string, value: Json, offset: number | undefined): Html {
  const lines = (Array.isArray(value) ? value.slice(0, MAX_ITEMS) : [value]).map(textOf);
  const text = key === "trace" ? tracePart(lines, offset) : escapedLines(lines.join("\n"));
  return html`<pre tabindex="0" role="group" aria-label="${spaced(key)}">${text}</pre>`;
}

/** Lines of a trace begin with their offset; the finding's own is marked. */
function tracePart(lines: readonly string[], offset: number | undefined): Html {
  const indent = Math.min(...lines.map((line) => line.search(/\S|$/)));
  return html`${lines
    .map((line) => line.slice(indent))
    .map((line) =>
      offset !== undefined && Number.parseInt(line, 10) === offset ? html`<mark>${line}</mark>\n` : html`${line}\n`,
    )}`;
}

function shownValue(value: Json): Html {
  if (!Array.isArray(value)) return html`${textOf(value)}`;
  const left = value.length - MAX_ITEMS;
  return html`${value.slice(0, MAX_ITEMS).map(textOf).join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
}

function textOf(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isEmpty(value: Json): boolean {
  return value === "" || value === null || (Array.isArray(value) && value.length === 0);
}

/** `runsOnLoad`, `op_type` -> words. */
function spaced(key: string): string {
  return key.replaceAll("_", " ").replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
}
