import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { FileReport, Finding, Part, ScanResult } from "../../src/engine/result.js";
import { renderHtml } from "../../src/reporters/html/html.js";
import * as p from "../builders/pickle.js";
import { reportOf } from "../scanners/pickle/scan.js";
import { reportOptions, resultOf } from "./result.js";

const render = (result: ScanResult) => renderHtml(result, reportOptions);

async function evil(changes: Partial<Finding> = {}, file: Partial<FileReport> = {}): Promise<ScanResult> {
  const report = await reportOf(p.osSystem("id"), "evil.pkl");
  return resultOf([{ ...report, ...file, findings: report.findings.map((finding) => ({ ...finding, ...changes })) }]);
}

/** The start tags of a page, in order; what stands in style and script is no markup. */
function tagsOf(page: string): string[] {
  const body = page.replace(/<(style|script)>[\s\S]*?<\/\1>/g, "<$1></$1>");
  return [...body.matchAll(/<([a-z][a-z0-9]*)/g)].map(([, name]) => name ?? "");
}

describe("the HTML report", () => {
  it("gives the verdict first, then what was found, with evidence", async () => {
    const page = render(await evil());
    const places = ["Dangerous", "Findings by severity", "Coverage", 'id="findings"', 'id="files"'];
    const at = places.map((text) => page.indexOf(text));
    expect(at).not.toContain(-1);
    expect([...at].sort((a, b) => a - b)).toEqual(at);
    expect(page).toContain("os.system(&#34;id&#34;)");
  });

  it("marks the finding's own line in the trace of a pickle", async () => {
    expect(render(await evil())).toMatch(/<mark>\d+ {2}_0 = os\.system\(&#34;id&#34;\) {2}# REDUCE<\/mark>/);
  });

  it("fetches nothing, and allows its own style and script alone", async () => {
    const page = render(await evil());
    expect(page).not.toMatch(/\b(?:src|href|action)="(?!#)/);
    expect(page).not.toMatch(/@import|url\(/);
    const [, policy = ""] = page.match(/Content-Security-Policy" content="([^"]*)"/) ?? [];
    for (const name of ["style", "script"]) {
      const [, text = ""] = page.match(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`)) ?? [];
      const hash = createHash("sha256").update(text).digest("base64");
      expect(policy).toContain(`${name}-src &#39;sha256-${hash}&#39;`);
    }
    expect(policy).toContain("default-src &#39;none&#39;");
    expect(page).not.toMatch(/ (?:style|on[a-z]+)="/);
  });

  it("has landmarks, one first heading, named controls and named pictures", async () => {
    const page = render(await evil());
    expect(page).toContain('<html lang="en">');
    for (const tag of ["header", "main", "footer", "h1"])
      expect(tagsOf(page).filter((name) => name === tag).length).toBeGreaterThan(0);
    expect(page.match(/<h1/g)).toHaveLength(1);
    for (const [input] of page.matchAll(/<input[^>]*>/g)) {
      const before = page.slice(0, page.indexOf(input));
      expect(before.lastIndexOf("<label"), input).toBeGreaterThan(before.lastIndexOf("</label>"));
    }
    for (const [svg] of page.matchAll(/<svg[^>]*>/g)) expect(svg).toMatch(/aria-label="|aria-hidden="true"/);
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of page.matchAll(/aria-labelledby="([^"]*)"/g)) expect(ids).toContain(id);
  });

  it("lists everything without its script: the filter alone is hidden", async () => {
    const page = render(await evil());
    expect([...page.matchAll(/ hidden[ >]/g)]).toHaveLength(1);
    expect(page).toContain('<form id="filter" class="filter" hidden');
  });

  it("tells what was not examined", async () => {
    const result = await evil({}, { state: "partial", reason: "cut off" });
    const page = render({
      ...result,
      errors: [{ path: "gone.pkl", message: "no such file", hints: ["check the path"] }],
    });
    expect(page).toContain("partial: cut off");
    expect(page).toContain("gone.pkl</span>: no such file");
    expect(page).toContain("Try: check the path");
  });

  it("lists suppressed findings apart", async () => {
    const page = render(await evil({ suppressed: "reviewed" }));
    expect(page).toContain("suppressed: reviewed");
    expect(page).toContain("No danger found");
  });

  it("draws folders, archives and their members as a tree", async () => {
    const member = (...names: string[]): Part => {
      return { path: "m/a.zip", member: names, formats: ["pickle"], scanners: [], size: 7, state: "scanned" };
    };
    const result = await evil(
      { path: "m/a.zip", member: ["x.tar", "deep.pkl"] },
      { path: "m/a.zip", parts: [member(), member("x.tar"), member("x.tar", "deep.pkl")] },
    );
    const tree = render(result).split('id="files"')[1] ?? "";
    expect(tree.indexOf("a.zip")).toBeLessThan(tree.indexOf("x.tar"));
    expect(tree.indexOf("x.tar")).toBeLessThan(tree.indexOf("deep.pkl"));
    expect(tree.match(/badge tone-critical/g)).toHaveLength(3);
  });

  it("is valid when there is nothing to tell", () => {
    const page = render(resultOf([]));
    expect(page).toContain("Nothing was found");
    expect(page).toContain("No file was scanned");
  });
});

describe("text out of a file", () => {
  it.each([
    ["a tag", "<script>alert(1)</script>"],
    ["the end of an element", "</style></script></title><img src=x onerror=alert(1)>"],
    ["quotes", `" onmouseover="alert(1)' x='`],
    ["an entity", "&lt;b&gt;&#60;"],
    ["a comment", "--><!--"],
    ["a turn of direction", "abc\u202Egnp.exe"],
    ["NUL and controls", "a\0b\x1b[31m\r\n"],
    ["a lone surrogate", "a\ud800b"],
    ["a template of JavaScript", "\u0024{alert(1)}`"],
  ])("stays text where it is %s", async (_, hostile) => {
    const names = {
      path: hostile,
      message: hostile,
      why: hostile,
      member: [hostile],
      references: [hostile],
      suppressed: undefined,
    };
    const { suppressed: _none, ...changes } = names;
    const part: Part = {
      path: hostile,
      member: [hostile],
      formats: [hostile],
      scanners: [],
      size: 1,
      state: "partial",
      reason: hostile,
    };
    const evidence = { [hostile]: hostile, call: hostile, trace: [hostile], nested: { [hostile]: [hostile] } };
    const file = {
      path: hostile,
      state: "partial" as const,
      reason: hostile,
      parts: [part],
      metadata: { [hostile]: hostile },
    };
    const page = render({
      ...(await evil({ ...changes, evidence }, file)),
      errors: [{ path: hostile, message: hostile, hints: [hostile] }],
    });
    const tamed = hostile.replace(/[^/\\]/g, "x");
    const plain = { evidence: { [tamed]: tamed, call: tamed, trace: [tamed], nested: { [tamed]: [tamed] } } };
    const tame = render({
      ...(await evil(
        { path: tamed, message: tamed, why: tamed, member: [tamed], references: [tamed], ...plain },
        {
          path: tamed,
          state: "partial",
          reason: tamed,
          parts: [{ ...part, path: tamed, member: [tamed], formats: [tamed], reason: tamed }],
          metadata: { [tamed]: tamed },
        },
      )),
      errors: [{ path: tamed, message: tamed, hints: [tamed] }],
    });
    expect(tagsOf(page)).toEqual(tagsOf(tame));
    expect(page).not.toContain(hostile);
    expect(page).not.toMatch(/[\0\x1b\u202e\ud800]/);
    expect(page.match(/<script/g)).toHaveLength(1);
  });

  it("is cut where it is megabytes long", async () => {
    const page = render(await evil({ message: "x".repeat(5_000_000) }));
    expect(page.length).toBeLessThan(100_000);
    expect(page).toContain("(5000000 characters)");
  });

  it("stays bounded for 1,000 findings, and for archives of 2,000 members", async () => {
    const result = await evil();
    const [file] = result.files;
    const [finding] = file?.findings ?? [];
    if (!file || !finding) throw new Error("the builder makes one finding");
    const findings = Array.from({ length: 1000 }, (_, i) => ({ ...finding, message: `${finding.message} ${i}` }));
    const parts = Array.from({ length: 2000 }, (_, i) => ({
      path: file.path,
      member: [`m${i}`],
      formats: [],
      scanners: [],
      size: i,
      state: "scanned" as const,
    }));
    const page = render(resultOf([{ ...file, findings, parts }]));
    expect(page.match(/<details class="finding/g)).toHaveLength(1000);
    expect(page.length).toBeLessThan(2_000_000);
    expect(page).toContain("and 1700 more");
  });
});
