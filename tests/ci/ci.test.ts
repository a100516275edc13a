import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { buildProgram } from "../../src/cli/program.js";
import { folder } from "../builders/folder.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (name: string) => readFileSync(join(ROOT, name), "utf8");

function summaryOf(message: string, uri = "a.pkl"): string {
  const location = { physicalLocation: { artifactLocation: { uri } } };
  const results = [{ level: "error", ruleId: "pickle/unsafe-call", message: { text: message }, locations: [location] }];
  const cwd = folder({ "r.sarif": JSON.stringify({ runs: [{ results, invocations: [{}] }] }) });
  return execFileSync(process.execPath, [join(ROOT, "ci/job-summary.mjs"), "r.sarif"], { cwd, encoding: "utf8" });
}

describe("the summary of a GitHub job", () => {
  it("has a row per finding", () => {
    expect(summaryOf("loading calls x").split("\n").slice(0, 6)).toEqual([
      "## modelaudit",
      "",
      "1 findings.",
      "",
      "| level | file | finding | rule |",
      "| --- | --- | --- | --- |",
    ]);
  });

  it("shows text of files as text: no link, no picture, no row, no tag", () => {
    const hostile = "![x](https://e.example/p) | <img src=x> `a` @team www.e.example\n| b |";
    const row = summaryOf(hostile, "[a](javascript:x)").split("\n")[6] ?? "";
    expect(row.match(/\|/g)).toHaveLength(5);
    expect(row).not.toMatch(/\]\(|https:|<img|`|@|\u0000/);
  });
});

describe("the templates", () => {
  const scan = buildProgram(() => {}).commands.find((command) => command.name() === "scan");
  const known = new Set(scan?.options.flatMap(({ long }) => long ?? []));

  it.each([".pre-commit-hooks.yaml", "action.yml", "ci/gitlab.yml"])("%s is YAML, and its options exist", (name) => {
    const text = read(name);
    expect(load(text)).toBeTypeOf("object");
    const commands = text.split("\n").filter((line) => /modelaudit scan|arguments\+?=|entry:/.test(line));
    expect(commands.length).toBeGreaterThan(0);
    const options = commands.flatMap((line) => [...line.matchAll(/(?<![\w-])--[a-z-]{2,}/g)].map(([option]) => option));
    expect(options.filter((option) => !known.has(option))).toEqual([]);
  });

  it("puts no input of the action into the text of a script", () => {
    const { runs } = load(read("action.yml")) as { runs: { steps: { run?: string }[] } }; // the shape GitHub demands
    for (const { run = "" } of runs.steps) expect(run).not.toContain("${{");
  });
});
