import { describe, expect, it } from "vitest";
import { formatOf } from "../../src/cli/scan-options.js";
import { wantsColor, widthOf } from "../../src/cli/terminal.js";
import { parseSize } from "../../src/config/size.js";
import { nearest } from "../../src/nearest.js";
import { bytesText, durationText } from "../../src/reporters/quantity.js";

describe("a size", () => {
  it.each([
    ["1000", 1000],
    ["10GB", 10 * 2 ** 30],
    ["1.5 mb", 1.5 * 2 ** 20],
    ["2T", 2 * 2 ** 40],
    ["512 B", 512],
  ])("%s is %i bytes", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(["", "GB", "ten", "-1", "1e9", "1 XB", "1.5.5MB", "999999999999TB"])("%j is none", (text) => {
    expect(() => parseSize(text)).toThrow(/is not a size/);
  });
});

describe("the format", () => {
  it.each([
    [{}, "text"],
    [{ output: "r.json" }, "json"],
    [{ output: "R.SARIF" }, "sarif"],
    [{ output: "r.sarif.json" }, "sarif"],
    [{ output: "bom.cdx.json" }, "sbom"],
    [{ output: "r.html" }, "html"],
    [{ output: "r.txt" }, "text"],
    [{ output: "r.json", format: "text" }, "text"],
  ] as const)("of %j is %s", (flags, format) => {
    expect(formatOf(flags)).toBe(format);
  });
});

describe("colours", () => {
  it.each([
    ["on a terminal", { isTTY: true }, {}, true],
    ["in a pipe", {}, {}, false],
    ["with NO_COLOR", { isTTY: true }, { NO_COLOR: "1" }, false],
    ["with an empty NO_COLOR", { isTTY: true }, { NO_COLOR: "" }, true],
    ["with FORCE_COLOR in a pipe", {}, { FORCE_COLOR: "1" }, true],
    ["with FORCE_COLOR=0", { isTTY: true }, { FORCE_COLOR: "0" }, false],
    ["on a dumb terminal", { isTTY: true }, { TERM: "dumb" }, false],
  ])("%s: %s", (_case, stream, env, wanted) => {
    expect(wantsColor(stream, env)).toBe(wanted);
  });

  it("and width are the terminal's, up to what can be read", () => {
    expect(widthOf({ columns: 60 })).toBe(60);
    expect(widthOf({ columns: 300 })).toBe(120);
    expect(widthOf({})).toBe(100);
  });
});

describe("quantities", () => {
  it.each([
    [0, "0 bytes"],
    [1, "1 byte"],
    [1023, "1023 bytes"],
    [1536, "1.5 KB"],
    [200 * 2 ** 20, "200 MB"],
    [5 * 2 ** 40, "5.0 TB"],
  ])("%i bytes read %s", (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  it.each([
    [12.4, "12 ms"],
    [1500, "1.5 s"],
    [125_000, "2 min 5 s"],
  ])("%d ms read %s", (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});

describe("the nearest words", () => {
  it("come first, and far ones not at all", () => {
    expect(nearest("forma", ["formats", "output", "format"])).toEqual(["format"]);
    expect(nearest("max-dept", ["max-depths", "max-depth"])).toEqual(["max-depth", "max-depths"]);
    expect(nearest("xyz", ["format", "output"])).toEqual([]);
  });
});
