import { findRule, ruleIds } from "../src/rules/index.js";
import type { Rule } from "../src/rules/rule.js";

/** `docs/rules.md`: every rule as its table states it, by family. */
export function rulesMarkdown(): string {
  const ids = ruleIds();
  const families = [...new Set(ids.map((id) => id.slice(0, id.indexOf("/"))))];
  const sections = families.map((family) => {
    const own = ids.filter((id) => id.startsWith(`${family}/`));
    return `## ${family}\n\n${own.map(ruleSection).join("\n")}`;
  });
  return `# Rules\n\nWritten by \`npm run docs\` from the tables in \`src/rules/\`; \`modelaudit rules ID\` prints one of them.\n\n${sections.join("\n")}`;
}

function ruleSection(id: string): string {
  const rule = findRule(id);
  if (!rule) return "";
  return `### ${id}\n\n**${rule.title}** (${rule.severity})\n\n${rule.why}\n\n${rule.remediation}\n${sources(rule)}`;
}

function sources({ cwe, atlas = [], references = [] }: Rule): string {
  const all = [...cwe, ...atlas, ...references];
  return all.length > 0 ? `\n${all.join(", ")}\n` : "";
}
