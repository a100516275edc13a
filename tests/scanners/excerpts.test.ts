import { describe, expect, it } from "vitest";
import * as p from "../builders/pickle.js";
import { scanBytes } from "../builders/scan.js";

async function evidenceOf(name: string, content: string | Uint8Array) {
  return (await scanBytes(name, content)).findings.map(({ offset, evidence }) => ({ offset, evidence }));
}

describe("evidence", () => {
  it("of a severe finding in a pickle is what the pickle does around it", async () => {
    const [found] = await evidenceOf("a.pkl", p.osSystem("id"));
    const { trace } = found?.evidence ?? {};
    const lines = Array.isArray(trace) ? trace.map(String) : [];
    expect(lines.some((line) => line.includes('os.system("id")') && Number.parseInt(line, 10) === found?.offset)).toBe(
      true,
    );
    expect(lines.length).toBeLessThanOrEqual(7);
  });

  it("of a pickle that is long has no trace", async () => {
    const long = p.pickle(p.proto(4), p.bytes(new Uint8Array(300_000)), p.pop, p.osSystem("id", 4).subarray(2));
    const found = await evidenceOf("a.pkl", long);
    expect(found.length).toBeGreaterThan(0);
    for (const { evidence } of found) expect(evidence).not.toHaveProperty("trace");
  });

  it("of a template is what stands around the place", async () => {
    const template = `{{ "${"a".repeat(500)}" }}{{ lipsum.__globals__ }}${"b".repeat(500)}`;
    const [found] = await evidenceOf("chat_template.jinja", template);
    const excerpt = String(found?.evidence.excerpt);
    expect(excerpt).toContain("lipsum.__globals__");
    expect(excerpt.length).toBeLessThan(250);
  });
});
