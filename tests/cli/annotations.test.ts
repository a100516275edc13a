import { describe, expect, it } from "vitest";
import { annotationLines, withoutCommands } from "../../src/cli/annotations.js";
import { folder } from "../builders/folder.js";
import { EVIL_PICKLE } from "../builders/samples.js";
import { finding, resultOf } from "../reporters/results.js";
import { run } from "./run.js";

describe("an annotation", () => {
  it("is an error for what fails the run and a warning for the rest, the worst first", () => {
    const lines = annotationLines(resultOf([finding({ severity: "low" }), finding({ severity: "critical" })]));
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["::error", "::warning"]);
  });

  it("is one line whatever the file says", () => {
    const message = "100% of\n::set-output name=x::y\r##[add-mask]e";
    const [line = ""] = annotationLines(resultOf([finding({ message, path: "a,b::c\n.pkl" })]));
    expect(line).toMatch(
      /^::error file=a%2Cb%3A%3Ac\\n\.pkl,title=medium%3A [a-z]+\/[a-z-]+::100%25 of\\n::set-output/,
    );
    expect(line).not.toMatch(/[\r\n]|##\[/);
  });

  it("is made in a GitHub job alone, beside a pure report", async () => {
    const cwd = folder({ "bad.pkl": EVIL_PICKLE });
    const args = ["bad.pkl", "--annotate", "-f", "json"];
    expect((await run(args, { cwd })).stderr).toBe("");
    const { code, stdout, stderr } = await run(args, { cwd, env: { GITHUB_ACTIONS: "true" } });
    expect(code).toBe(1);
    expect(JSON.parse(stdout).verdict).toBe("critical");
    expect(stderr).toMatch(/^::error file=bad\.pkl,title=critical%3A pickle\/unsafe-call::loading calls os\.system/);
  });
});

describe("a report in the log of a GitHub job", () => {
  it("holds no command, and nothing else is changed", () => {
    expect(withoutCommands("a\n  ::error::x\n::stop-commands::y\nb ::c d::e")).toBe(
      "a\n  \\x3a:error::x\n\\x3a:stop-commands::y\nb ::c d::e",
    );
    expect(JSON.parse(withoutCommands('{"a":"##[group]x"}'))).toEqual({ a: "##[group]x" });
  });
});
