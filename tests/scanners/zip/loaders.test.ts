import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { scanBytes } from "../../builders/scan.js";
import { LOADER_ROWS } from "../../builders/zip-loaders.js";

/** Rows of the document's table: id -> the last column. */
function documented(): Map<string, string> {
  const text = readFileSync(new URL("../../../docs/zip-loaders.md", import.meta.url), "utf8");
  const rows = text.split("\n").filter((line) => line.startsWith("| "));
  return new Map(
    rows.slice(1).map((line) => {
      const cells = line.split("|").map((cell) => cell.trim());
      return [cells[1] ?? "", cells[5] ?? ""];
    }),
  );
}

describe("docs/zip-loaders.md", () => {
  const table = documented();

  it("has a row for every archive that is built, and no other", () => {
    expect([...table.keys()].sort()).toEqual([...LOADER_ROWS.keys()].sort());
  });

  it.each([...LOADER_ROWS])("says what is reported for %s, and the call is found", async (id, bytes) => {
    const { findings } = await scanBytes(`${id}.pt`, bytes);
    const told = findings
      .filter(({ rule }) => /^(?:archive|analysis)\//.test(rule))
      .map(({ rule, severity }) => `${rule} (${severity})`);
    expect([...new Set(told)].sort().join(", ") || "nothing").toBe(table.get(id));
    expect(findings.map(({ severity, rule }) => `${severity} ${rule}`)).toContain("critical pickle/unsafe-call");
  });
});
