// Writes a SARIF report of modelaudit as Markdown, for the summary page of a GitHub job.
//   node ci/job-summary.mjs report.sarif >> "$GITHUB_STEP_SUMMARY"

import { readFileSync } from "node:fs";

/** A summary may hold 1 MiB; nobody reads more rows than these. */
const MOST = 100;
const WIDEST = 300;

const [{ results = [], invocations = [] }] = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")).runs;
const open = results.filter(({ suppressions = [] }) => suppressions.length === 0);
const notes = invocations.flatMap(({ toolExecutionNotifications = [] }) => toolExecutionNotifications);
const known = results.length - open.length;

const lines = [
  "## modelaudit",
  "",
  open.length === 0 ? "No findings." : `${open.length} findings${known > 0 ? `, and ${known} that are known` : ""}.`,
  ...table(["level", "file", "finding", "rule"], open.map(({ level = "warning", message, ruleId, locations = [] }) => {
    return [level, locations[0]?.physicalLocation?.artifactLocation?.uri ?? "", message.text, ruleId];
  })),
  ...(notes.length > 0 ? ["", "### Not examined"] : []),
  ...table(["what"], notes.map(({ message }) => [message.text])),
];
console.log(lines.join("\n"));

function table(head, rows) {
  if (rows.length === 0) return [];
  const left = rows.length - MOST;
  return [
    "",
    `| ${head.join(" | ")} |`,
    `|${" --- |".repeat(head.length)}`,
    ...rows.slice(0, MOST).map((row) => `| ${row.map(cell).join(" | ")} |`),
    ...(left > 0 ? ["", `and ${left} more`] : []),
  ];
}

/** Text out of files: as code, so that it is neither a link nor a picture nor a new row. */
function cell(text) {
  const shown = text.length > WIDEST ? `${text.slice(0, WIDEST)}...` : text;
  const inert = shown.replace(/[&<>]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[char]);
  const plain = inert.replace(/[^\x20-\x7e\u00a1-\ud7ff\ue000-\ufffd]/g, "?");
  return `<code>${plain.replace(/[\\`*_{}[\]()#+!|:/~@-]/g, (char) => `&#${char.charCodeAt(0)};`)}</code>`;
}
