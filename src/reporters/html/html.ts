import { createHash } from "node:crypto";
import type { ScanResult } from "../../engine/result.js";
import { type Summary, summarize } from "../../engine/summary.js";
import { SEVERITIES } from "../../rules/severity.js";
import { bytesText, countText, durationText } from "../quantity.js";
import type { ReportOptions } from "../reporter.js";
import { bar } from "./charts.js";
import { findingsSection, suppressedSection } from "./findings.js";
import { Html, html, NOTHING } from "./markup.js";
import { SCRIPT } from "./script.js";
import { STYLE } from "./style.js";
import { filesSection } from "./tree.js";
import { verdictBanner } from "./verdict.js";

/** The report as one file for a browser: nothing is fetched, nothing runs but the filter, and it is whole without that. */
export function renderHtml(result: ScanResult, options: ReportOptions): string {
  const summary = summarize(result);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_POLICY}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${summary.verdict}: modelaudit report</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<div class="page">
<a class="skip" href="#main">Skip to the findings</a>
<header><h1>modelaudit report</h1>${verdictBanner(result, summary)}</header>
${glance(result, summary)}
<main id="main">
<section aria-labelledby="findings"><h2 id="findings">Findings</h2>${findingsSection(summary.findings)}</section>
${unexaminedSection(result, summary)}
${suppressedSection(summary.suppressed)}
<section aria-labelledby="files"><h2 id="files">Files</h2>${filesSection(result.files)}</section>
</main>
<footer>modelaudit ${options.version}, ${result.startedAt}, ${durationText(result.durationMs)}. Fails at ${result.failOn} and above.</footer>
</div>
<script>${new Html(SCRIPT)}</script>
</body>
</html>
`.markup;
}

/** Only this style and this script count; whatever a name out of a file might smuggle in would not run. */
const CONTENT_POLICY = [
  "default-src 'none'",
  `style-src ${hashSource(STYLE)}`,
  `script-src ${hashSource(SCRIPT)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

function hashSource(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** How bad and how complete, as pictures. */
function glance({ files }: ScanResult, { counts, states, bytes, bytesExamined }: Summary): Html {
  const severities = SEVERITIES.map((severity) => ({ label: severity, count: counts[severity], tone: severity }));
  const coverage = [
    { label: "examined", count: states.scanned, tone: "good" },
    { label: "in part", count: states.partial, tone: "medium" },
    { label: "not examined", count: states.failed, tone: "critical" },
    { label: "of no known format", count: states.skipped, tone: "info" },
  ];
  return html`<section class="glance" aria-label="At a glance"><div class="card"><h2>Findings by severity</h2>${bar("Findings", "finding", severities)}</div><div class="card"><h2>Coverage</h2>${bar("Files", "file", coverage)}<p class="state">${bytesText(bytesExamined)} of ${bytesText(bytes)} read; raw weights are not looked at where nothing else can hide in them.</p></div></section>${files.length === 0 ? html`<p>No file was scanned.</p>` : NOTHING}`;
}

function unexaminedSection({ errors }: ScanResult, { unexamined }: Summary): Html {
  if (errors.length + unexamined.length === 0) return NOTHING;
  const shown = unexamined.slice(0, MAX_LISTED);
  const left = unexamined.length - shown.length;
  return html`<section aria-labelledby="unexamined"><h2 id="unexamined">Not examined</h2><p>What was not read may hold anything: ${countText(errors.length + unexamined.length, "place")}.</p><ul class="plain">${errors.map(
    ({ path, message, hints }) =>
      html`<li><span class="path">${path}</span>: ${message}${hints.length > 0 ? html` <span class="state">Try: ${hints.join("; ")}</span>` : NOTHING}</li>`,
  )}${shown.map(({ path, state, reason }) => html`<li><span class="path">${path}</span> <span class="state">${state}: ${reason}</span></li>\n`)}${left > 0 ? html`<li>and ${left} more</li>` : NOTHING}</ul></section>`;
}

const MAX_LISTED = 500;
