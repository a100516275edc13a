import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { rules } from "../src/rules/index.js";
import type { Rule } from "../src/rules/rule.js";
import { rulesMarkdown } from "./rules-markdown.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const all = Object.entries<Rule>(rules);

const REFERENCE = /^(CVE-\d{4}-\d+|GHSA(-[a-z0-9]{4}){3}|PYSEC-[\d-]+|https:\/\/\S+)$/;

/** The text of all files below a folder. */
function textBelow(folder: string, ending: RegExp): string {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => ending.test(name))
    .map((name) => readFileSync(join(root, folder, name), "utf8"))
    .join("\n");
}

describe("a rule", () => {
  it.each(all)("%s is well told", (id, rule) => {
    expect(id).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*\/[a-z0-9]+(?:-[a-z0-9]+)*$/);
    expect(rule.title).toMatch(/^\S.{8,100}[^.!]$/);
    for (const prose of [rule.why, rule.remediation]) expect(prose).toMatch(/^\S.{10,400}[.?]$/);
    for (const cwe of rule.cwe) expect(cwe).toMatch(/^CWE-\d+$/);
    for (const technique of rule.atlas ?? []) expect(technique).toMatch(/^AML\.T\d{4}(\.\d{3})?$/);
    for (const reference of rule.references ?? []) expect(reference).toMatch(REFERENCE);
  });
});

describe("the rules", () => {
  const sources = textBelow("src", /^(?!rules).*\.ts$/);
  const tests = textBelow("tests", /\.test\.ts$/) + textBelow("fixtures", /\.expected\.json$/);

  it.each(all.map(([id]) => id))("%s is reported by the code and triggered by a test or a fixture", (id) => {
    expect(sources.split(`"${id}"`).length, "mentions in src").toBeGreaterThan(1);
    expect(tests.includes(id), "a test or an expected finding names it").toBe(true);
  });

  it("stand in docs/rules.md as the tables have them", async () => {
    await expect(rulesMarkdown()).toMatchFileSnapshot("../docs/rules.md");
  });
});
