import deprecated from "spdx-license-ids/deprecated.json" with { type: "json" };
import current from "spdx-license-ids/index.json" with { type: "json" };

/** Names that are in use for a licence of the list, and are not its id. */
const ALIASES: readonly (readonly [string, string])[] = [
  ["pddl", "PDDL-1.0"],
  ["lgpl-lr", "LGPLLR"],
  ["cc0", "CC0-1.0"],
  ["apache2", "Apache-2.0"],
  ["apache-2", "Apache-2.0"],
  ["public-domain", "CC-PDDC"],
];

const ids: readonly string[] = [...deprecated, ...current];
const byName = new Map<string, string>([...ids.map((id) => [id.toLowerCase(), id] as const), ...ALIASES]);
/** Longer texts are no names. */
const MAX_NAME = 120;

/** The SPDX id (https://spdx.org/licenses/) of a licence as people write it: `apache-2.0`, `MIT License`, `Apache License, Version 2.0`. */
export function spdxId(name: string): string | undefined {
  if (name.length > MAX_NAME) return undefined;
  const plain = name
    .toLowerCase()
    .replace(/\b(?:the|licen[cs]e|version)\b/g, " ")
    .replace(/[\s_,]+/g, "-")
    .replace(/-v(?=\d)/g, "-")
    .replace(/^-+|-+$/g, "");
  return byName.get(name.trim().toLowerCase()) ?? byName.get(plain);
}
