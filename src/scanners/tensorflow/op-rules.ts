import type { Severity } from "../../rules/severity.js";

type Rows = Readonly<Record<string, Severity>>;
type Prefixes = readonly (readonly [prefix: string, severity: Severity])[];

const compiled = new WeakMap<Rows, Prefixes>();

/** The row of `[tensorflow_rules]` for an op: its own, else the longest one that ends in `*` and begins its name. */
export function ruleFor(op: string, rows: Rows): Severity | undefined {
  if (Object.hasOwn(rows, op)) return rows[op];
  const prefixes = compiled.get(rows) ?? compile(rows);
  return prefixes.find(([prefix]) => op.startsWith(prefix))?.[1];
}

function compile(rows: Rows): Prefixes {
  const prefixes = Object.entries(rows)
    .filter(([row]) => row.endsWith("*"))
    .map(([row, severity]) => [row.slice(0, -1), severity] as const)
    .sort(([a], [b]) => b.length - a.length);
  compiled.set(rows, prefixes);
  return prefixes;
}
