import { analysisRules } from "./analysis.js";
import type { Rule } from "./rule.js";

/** Every rule of the scanner, by id. A family is added by one line here. */
export const rules = {
  ...analysisRules,
} as const;

export type RuleId = keyof typeof rules;

const byId = new Map<string, Rule>(Object.entries(rules));

/** The rule of an id, also of one that a plugin added. */
export function findRule(id: string): Rule | undefined {
  return byId.get(id);
}

/** All ids, sorted: the order of `rules`, `docs/rules.md` and SARIF. */
export function ruleIds(): string[] {
  return [...byId.keys()].sort();
}

/** Adds the rules of a plugin. Ids that exist already are refused. */
export function addRules(added: Readonly<Record<string, Rule>>): string[] {
  const refused: string[] = [];
  for (const [id, rule] of Object.entries(added)) {
    if (byId.has(id)) refused.push(id);
    else byId.set(id, rule);
  }
  return refused;
}
