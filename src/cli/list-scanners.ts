import { LAYOUTS, SCANNERS } from "../scanners/registry.js";

/** `--list-scanners`: one line per scanner, or the JSON that promptfoo reads. */
export function scannerList(format: string): string {
  const scanners = [...SCANNERS, ...LAYOUTS.map((layout) => ({ ...layout, extensions: [] }))];
  if (format !== "json") return scanners.map(({ id, title }) => `${id.padEnd(20)}${title}\n`).join("");
  const rows = scanners.map(({ id, title, extensions }) => {
    return { id, class: classOf(id), description: title, extensions, dependencies: [] };
  });
  return `${JSON.stringify({ scanners: rows }, null, 2)}\n`;
}

/** `tf-checkpoint` as `TfCheckpointScanner`. */
function classOf(id: string): string {
  const parts = id.split("-").map((part) => part.charAt(0).toUpperCase() + part.slice(1));
  return `${parts.join("")}Scanner`;
}
