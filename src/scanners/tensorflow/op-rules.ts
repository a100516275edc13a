import type { Severity } from "../../rules/severity.js";

type OpRules = Readonly<Record<string, Severity>>;

/** The row of `[tensorflow_rules]` for an op: its own, else the longest one that ends in `*` and begins its name. */
export function ruleFor(op: string, rules: OpRules): Severity | undefined {
  if (Object.hasOwn(rules, op)) return rules[op];
  let best = "";
  for (const row of Object.keys(rules)) {
    if (row.endsWith("*") && op.startsWith(row.slice(0, -1)) && row.length > best.length) best = row;
  }
  return best === "" ? undefined : rules[best];
}
