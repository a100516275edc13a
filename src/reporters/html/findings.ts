import type { Finding } from "../../engine/result.js";
import { findRule } from "../../rules/index.js";
import { SEVERITIES, type Severity, severityRank } from "../../rules/severity.js";
import { countText } from "../quantity.js";
import { evidenceOf } from "./evidence.js";
import { type Html, html, NOTHING } from "./markup.js";

/** Findings that are shown: a page of more helps nobody, and a browser has to hold it. */
const MAX_SHOWN = 5000;

/** The findings, file by file, the worst file first, each to be opened. */
export function findingsSection(findings: readonly Finding[]): Html {
  if (findings.length === 0) return html`<p>Nothing was found in what was examined.</p>`;
  const files = [...groupByPath(findings)].sort(([, a], [, b]) => worstRank(b) - worstRank(a));
  let room = MAX_SHOWN;
  const groups = files.map(([path, all]) => {
    const shown = all.slice(0, Math.max(0, room));
    room -= shown.length;
    return shown.length === 0 ? NOTHING : fileGroup(path, shown);
  });
  const left = findings.length - MAX_SHOWN;
  return html`${filterForm(findings)}${groups}${left > 0 ? html`<p>${left} more findings stand in the JSON report.</p>` : NOTHING}`;
}

function filterForm(findings: readonly Finding[]): Html {
  const present = SEVERITIES.filter((severity) => findings.some((finding) => finding.severity === severity));
  return html`<form id="filter" class="filter" hidden role="search" aria-label="Filter findings"><div class="choices" role="group" aria-label="Severities">${present.map(
    (severity) => html`<label><input type="checkbox" name="severity" value="${severity}" checked>${severity}</label>`,
  )}</div><label class="search">Search <input type="search" name="words" autocomplete="off"></label><output aria-live="polite"></output></form>`;
}

function fileGroup(path: string, findings: readonly Finding[]): Html {
  const counts = SEVERITIES.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count > 0 ? [`${count} ${severity}`] : [];
  });
  return html`<article class="file" data-path="${path}"><header><h3 class="path">${pathOf(path)}</h3><p>${counts.join(", ")}</p></header>
${[...findings].sort((a, b) => severityRank(b.severity) - severityRank(a.severity)).map(findingOf)}</article>
`;
}

/** The name before its folder: names are what people look for. */
function pathOf(path: string): Html {
  const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1;
  return html`<span class="folder">${path.slice(0, cut)}</span>${path.slice(cut)}`;
}

function findingOf(finding: Finding): Html {
  const { severity, message, rule, why, count, suppressed } = finding;
  return html`<details class="finding tone-${severity}" data-severity="${severity}"><summary>${badge(severity)}<span class="what">${message}${
    count > 1 ? ` (${count} times)` : ""
  }</span><span class="where">${placeOf(finding)}${rule}${suppressed === undefined ? "" : `, suppressed: ${suppressed}`}</span></summary><div class="body"><p>${why}</p>${evidenceOf(finding)}${adviceOf(finding)}</div></details>
`;
}

export function badge(severity: Severity): Html {
  return html`<span class="badge tone-${severity}">${severity}</span>`;
}

function placeOf({ member, offset }: Finding): Html {
  const inside = member.length === 0 ? "" : `in ${member.join(" › ")} · `;
  return html`${inside}${offset === undefined ? "" : `byte ${offset} · `}`;
}

function adviceOf({ rule, references }: Finding): Html {
  const known = findRule(rule);
  const tags = [...(known?.cwe ?? []), ...(known?.atlas ?? []), ...references];
  return html`${known === undefined ? NOTHING : html`<h4>What to do</h4><p>${known.remediation}</p>`}${
    tags.length === 0 ? NOTHING : html`<h4>References</h4><p>${tags.join(", ")}</p>`
  }`;
}

function groupByPath(findings: readonly Finding[]): Map<string, Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const known = groups.get(finding.path);
    if (known) known.push(finding);
    else groups.set(finding.path, [finding]);
  }
  return groups;
}

function worstRank(findings: readonly Finding[]): number {
  return Math.max(...findings.map(({ severity }) => severityRank(severity)));
}

export function suppressedSection(findings: readonly Finding[]): Html {
  if (findings.length === 0) return NOTHING;
  return html`<section aria-labelledby="suppressed"><h2 id="suppressed">Suppressed, not counted</h2><p>${countText(findings.length, "finding")} accepted by the configuration.</p>${[...groupByPath(findings)].map(([path, all]) => fileGroup(path, all))}</section>`;
}
