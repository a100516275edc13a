import { UsageError } from "../errors.js";
import { nearest } from "../nearest.js";
import { wrap } from "../reporters/text/layout.js";
import { findRule, ruleIds } from "../rules/index.js";
import type { Rule } from "../rules/rule.js";

/** `modelaudit rules`: all rules in a table, or one in full. */
export function rulesText(id: string | undefined, width: number): string {
  return id === undefined ? listText() : ruleText(id, width);
}

function listText(): string {
  const ids = ruleIds();
  const column = Math.max(...ids.map((id) => id.length)) + 2;
  return ids.map((id) => `${id.padEnd(column)}${findRule(id)?.severity.padEnd(10)}${findRule(id)?.title}\n`).join("");
}

function ruleText(id: string, width: number): string {
  const rule = findRule(id);
  if (!rule) {
    const similar = nearest(id, ruleIds()).map((known) => `did you mean ${known}?`);
    throw new UsageError(`there is no rule "${id}"`, [...similar, "`modelaudit rules` lists them all"]);
  }
  const head = [`${id} (${rule.severity})`, "", ...wrap(rule.title, "", width), ""];
  const prose = [...wrap(rule.why, "Why:  ", width), ...wrap(rule.remediation, "Do:   ", width)];
  return [...head, ...prose, ...sourcesOf(rule)].map((line) => `${line}\n`).join("");
}

function sourcesOf({ cwe, atlas = [], references = [] }: Rule): string[] {
  const sources = [...cwe, ...atlas, ...references];
  return sources.length > 0 ? [`See:  ${sources.join(", ")}`] : [];
}
