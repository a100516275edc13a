import { describe, expect, it } from "vitest";
import { printable } from "../../src/reporters/escape.js";
import { renderText } from "../../src/reporters/text/text.js";
import { finding, OPTIONS, resultOf, scanOfEverything } from "./results.js";

describe("the text report", () => {
  it("begins with the verdict and ends with what was scanned", async () => {
    const lines = (await renderText(resultOf([finding({ severity: "critical" })]), OPTIONS)).trimEnd().split("\n");
    expect(lines[0]).toMatch(/^DANGEROUS {2}do not load this/);
    expect(lines.at(-1)).toBe("Scanned 1 file, 2.0 KB in 1.2 s: 1 critical.");
  });

  it.each([
    ["critical", "DANGEROUS"],
    ["high", "DANGEROUS"],
    ["medium", "SUSPICIOUS"],
    ["low", "NO DANGER FOUND"],
    ["info", "NO DANGER FOUND"],
  ] as const)("says of %s: %s", async (severity, verdict) => {
    expect(await renderText(resultOf([finding({ severity })]), OPTIONS)).toMatch(new RegExp(`^${verdict}`));
  });

  it("says incomplete where something was not examined, and why", async () => {
    const text = await renderText(resultOf([], { state: "partial", reason: "cut short" }), OPTIONS);
    expect(text).toMatch(/^INCOMPLETE/);
    expect(text).toContain("Not examined\n  model.bin (partial: cut short)\n");
  });

  it("gives for a finding what, where, why and what to do", async () => {
    const found = finding({ message: 'calls os.system("id")', member: ["data.pkl"], offset: 71, count: 3 });
    const text = await renderText(resultOf([found]), OPTIONS);
    expect(text).toContain('  MEDIUM    calls os.system("id") (3 times)\n');
    expect(text).toContain("            in data.pkl, byte 71 [analysis/malformed]\n            A reason.\n");
    expect(text).toContain("  What to do:  Download the file again");
  });

  it("says what a rule means once", async () => {
    const text = await renderText(
      resultOf([finding({ subject: "a" }), finding({ subject: "b", message: "other" })]),
      OPTIONS,
    );
    expect(text.split("A reason.")).toHaveLength(2);
  });

  it("puts the worst file first", async () => {
    const result = resultOf([finding({ path: "a", severity: "low" }), finding({ path: "b", severity: "critical" })]);
    const text = await renderText(result, OPTIONS);
    expect(text.indexOf("\nb\n")).toBeLessThan(text.indexOf("\na\n"));
  });

  it("leaves information to --verbose", async () => {
    const result = resultOf([finding({ severity: "info", message: "by the way", evidence: { producer: "x" } })]);
    expect(await renderText(result, OPTIONS)).not.toContain("by the way");
    const verbose = await renderText(result, { ...OPTIONS, verbose: true });
    expect(verbose).toContain("by the way");
    expect(verbose).toContain("producer = x");
  });

  it("keeps within the width, words longer than that aside", async () => {
    const found = finding({ message: "word ".repeat(60).trim(), why: "reason ".repeat(40).trim() });
    for (const width of [40, 80, 120]) {
      const text = await renderText(resultOf([found]), { ...OPTIONS, width });
      for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(width);
    }
  });

  it("shows what a file wrote as text that does nothing", async () => {
    const nasty = "a\u001b]0;owned\u0007\r\nb\u202ecod\u0000";
    const found = finding({ message: nasty, path: nasty, member: [nasty], why: nasty });
    const options = { ...OPTIONS, verbose: true };
    const text = await renderText(resultOf([found], { state: "partial", path: nasty, reason: nasty }), options);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(text).toContain("a\\x1b]0;owned\\x07\\r\\nb\\u202ecod\\0");
  });

  it("colours only when asked", async () => {
    const result = resultOf([finding({ severity: "critical" })]);
    expect(await renderText(result, OPTIONS)).not.toContain("\u001b");
    expect(await renderText(result, { ...OPTIONS, color: true })).toContain("\u001b[");
  });

  it("groups what was not examined for the same reason", async () => {
    const result = resultOf([], { state: "skipped", reason: "unknown format" });
    const files = Array.from({ length: 8 }, (_, i) => ({ ...result.files[0], path: `f${i}` })) as typeof result.files;
    const text = await renderText({ ...result, files }, OPTIONS);
    expect(text).toContain("  8 files (skipped: unknown format)\n    f0\n");
    expect(text).toContain("    and 3 more; --verbose lists all\n");
  });

  it("lists what is suppressed with the reason", async () => {
    const text = await renderText(resultOf([finding({ suppressed: "reviewed in May" })]), OPTIONS);
    expect(text).toMatch(/^NO DANGER FOUND/);
    expect(text).toContain("Known and accepted, not counted\n");
    expect(text).toContain("(reviewed in May)");
  });

  it("tells all of a real scan", async () => {
    const text = await renderText(await scanOfEverything(), OPTIONS);
    for (const told of ["bad.pkl", "cut.pkl (partial", "noise", "passwd", "none.pkl: no such file or folder"]) {
      expect(text).toContain(told);
    }
  });
});

describe("text made printable", () => {
  it.each([
    ["plain text, ä, 漢字, 🙂", "plain text, ä, 漢字, 🙂"],
    ["\u001b[2J", "\\x1b[2J"],
    ["\u009b31m", "\\x9b31m"],
    ["a\tb\nc\rd\0", "a\\tb\\nc\\rd\\0"],
    ["\u202e\u2066\u200f", "\\u202e\\u2066\\u200f"],
    ["\u{e0041}", "\\u{e0041}"],
    ["\ud83d", "\\ud83d"],
  ])("%j becomes %j", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});
