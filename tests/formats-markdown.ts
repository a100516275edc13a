import { FORMATS, type FormatId } from "../src/detect/format.js";
import { FALLBACK, LAYOUTS, SCANNERS } from "../src/scanners/registry.js";

/** `docs/formats.md`: what is recognised, and what is done with it, as detection and registry have it. */
export function formatsMarkdown(): string {
  const formats = [...SCANNERS]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((scanner) => {
      const names = scanner.formats.map(nameOf).join(", ");
      return row(scanner.title, names, scanner.extensions.map((ending) => `\`${ending}\``).join(" "));
    });
  const layouts = LAYOUTS.map(({ title }) => `- ${title}`);
  return [
    "# Formats",
    "",
    "Written by `npm run docs` from the tables of detection and scanners. Content decides; the endings are those that such files usually have.",
    "",
    row("what is examined", "formats", "usual endings"),
    "|---|---|---|",
    ...formats,
    "",
    `Content that none of these takes is searched as well: ${FALLBACK.title.toLowerCase()}.`,
    "",
    "Folders and archives are judged as wholes, too:",
    "",
    ...layouts,
    "",
  ].join("\n");
}

function nameOf(format: FormatId): string {
  return FORMATS[format];
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
