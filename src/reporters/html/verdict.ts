import type { Finding, ScanResult } from "../../engine/result.js";
import type { Summary, Verdict } from "../../engine/summary.js";
import { isAtLeast, severityRank } from "../../rules/severity.js";
import { bytesText, countText, durationText } from "../quantity.js";
import { badge } from "./findings.js";
import { type Html, html, NOTHING } from "./markup.js";

const VERDICTS: Readonly<Record<Verdict, { readonly word: string; readonly tone: string; readonly advice: string }>> = {
  critical: {
    word: "Dangerous",
    tone: "critical",
    advice: "Do not load this: doing so runs code that its maker chose.",
  },
  high: { word: "Dangerous", tone: "high", advice: "Do not load this before the findings are explained." },
  medium: { word: "Suspicious", tone: "medium", advice: "Look into the findings before you load this." },
  low: { word: "No danger found", tone: "good", advice: "There are remarks." },
  incomplete: {
    word: "Incomplete",
    tone: "medium",
    advice: "Not everything could be examined, so nothing is promised.",
  },
  clean: { word: "No danger found", tone: "good", advice: "Everything that was asked for was examined." },
};

/** The answer, before anything else. */
export function verdictBanner(result: ScanResult, { verdict, findings, bytes, riskScore, unexamined }: Summary): Html {
  const { word, tone, advice } = VERDICTS[verdict];
  const facts = [
    countText(result.files.length, "file"),
    bytesText(bytes),
    countText(findings.length, "finding"),
    `risk score ${riskScore.toFixed(1)} of 10`,
    durationText(result.durationMs),
  ];
  const gaps = verdict !== "incomplete" && unexamined.some(({ state }) => state !== "skipped");
  return html`<div class="verdict tone-${tone}"><p class="word">${word}</p><p class="advice">${advice}${
    gaps ? " Not everything could be examined." : ""
  }</p>${result.interrupted ? html`<p>Interrupted: this is what was found until then.</p>` : NOTHING}<p class="sum">${facts.join(" · ")}</p>${worstOf(findings)}</div>`;
}

const MAX_WORST = 3;

/** The few sentences that the verdict rests on. */
function worstOf(findings: readonly Finding[]): Html {
  const severe = findings.filter(({ severity }) => isAtLeast(severity, "medium"));
  const messages = new Set<string>();
  const distinct = severe.filter(({ message }) => !messages.has(message) && messages.add(message));
  const told = distinct.sort((a, b) => severityRank(b.severity) - severityRank(a.severity));
  if (told.length === 0) return NOTHING;
  const rows = told.slice(0, MAX_WORST).map(({ severity, message, path }) => {
    return html`<li>${badge(severity)}<span>${message} <span class="state">${path}</span></span></li>`;
  });
  return html`<ul class="worst" aria-label="The worst of it">${rows}</ul>`;
}
