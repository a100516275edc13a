import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultPolicy, loadPolicy } from "../../src/config/load.js";
import { UsageError } from "../../src/errors.js";
import { folder } from "../builders/folder.js";

/** Loads a user's file with this text, found by MODELAUDIT_CONFIG. */
async function overlay(text: string) {
  const root = folder({ "rules.toml": text });
  const path = join(root, "rules.toml");
  return loadPolicy({ scanned: [], env: { MODELAUDIT_CONFIG: path }, cwd: root, home: root });
}

async function problemOf(text: string): Promise<UsageError> {
  try {
    await overlay(text);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error("the file was accepted");
}

describe("the rule base", () => {
  it("is frozen, and a name out of a file finds nothing of Object's in it", async () => {
    const policy = await defaultPolicy();
    expect(Object.isFrozen(policy.pickle_rules.critical)).toBe(true);
    expect(Reflect.get(policy.safe_globals, "constructor")).toBeUndefined();
    expect(Reflect.get(policy.rules, "toString")).toBeUndefined();
  });

  it("has every section that the policy knows", async () => {
    const { SECTIONS } = await import("../../src/config/schema.js");
    const policy = await defaultPolicy();
    for (const section of Object.keys(SECTIONS)) expect(policy, section).toHaveProperty(section);
  });
});

describe("a user's file", () => {
  it("replaces single values and leaves the others", async () => {
    const { policy } = await overlay('[severity_thresholds]\nfail_on = "high"\n[limits]\nmax_depth = 3\n');
    const base = await defaultPolicy();
    expect(policy.severity_thresholds.fail_on).toBe("high");
    expect(policy.limits).toEqual({ ...base.limits, max_depth: 3 });
  });

  it("lets the user call a class harmless whose calls the default tells", async () => {
    const { policy } = await overlay('[safe_globals]\n"xgboost.core" = ["Booster"]\n');
    expect(policy.called_rules.high["xgboost.core"]).not.toContain("Booster");
    expect(policy.safe_globals["xgboost.core"]).toContain("Booster");
  });

  it("adds names to a module's list", async () => {
    const { policy } = await overlay('[pickle_rules.CRITICAL]\nmycorp = ["load"]\n[safe_globals]\nours = ["Thing"]\n');
    expect(policy.pickle_rules.critical.mycorp).toEqual(["load"]);
    expect(policy.safe_globals.ours).toEqual(["Thing"]);
    expect(policy.safe_globals.collections).toContain("OrderedDict");
  });

  it("moves a name that the default calls harmless to where the user lists it", async () => {
    const { policy } = await overlay('[pickle_rules.HIGH]\ncollections = ["OrderedDict"]\n');
    expect(policy.safe_globals.collections).not.toContain("OrderedDict");
    expect(policy.pickle_rules.high.collections).toEqual(["OrderedDict"]);
  });

  it("moves a whole module, submodules included, with a star", async () => {
    const { policy } = await overlay('[pickle_rules.MEDIUM]\ncollections = "*"\n');
    expect(Object.keys(policy.safe_globals).filter((module) => /^collections(\.|$)/.test(module))).toEqual([]);
    expect(policy.pickle_rules.medium.collections).toBe("*");
  });

  it("may write severities in any case, and warning for medium", async () => {
    const { policy } = await overlay(
      '[tensorflow_rules]\nMyOp = "Warning"\nOther = "HIGH"\n[rules]\n"pickle/nested-pickle" = "off"\n',
    );
    expect(policy.tensorflow_rules.MyOp).toBe("medium");
    expect(policy.tensorflow_rules.Other).toBe("high");
    expect(policy.rules["pickle/nested-pickle"]).toBe("off");
  });

  it("keeps suppressions with reason and expiry", async () => {
    const { policy } = await overlay(
      '[[suppress]]\nrule = "pickle/nested-pickle"\nreason = "known"\nexpires = 2030-01-31\n',
    );
    expect(policy.suppress).toEqual([{ rule: "pickle/nested-pickle", reason: "known", expires: "2030-01-31" }]);
  });
});

describe("a mistake in a user's file is told with key and line", () => {
  it.each([
    ["an unknown section", "\n[limit]\nmax_depth = 1\n", "rules.toml:2: limit: unknown key", 'did you mean "limits"?'],
    ["an unknown key", "[limits]\n# why\nmax_dept = 1\n", "rules.toml:3: limits.max_dept: unknown key", "max_depth"],
    [
      "a wrong type",
      '[limits]\nmax_depth = "3"\n',
      'rules.toml:2: limits.max_depth: expected a whole number, zero or more, found the string "3"',
      "",
    ],
    ["a negative limit", "[limits]\nmax_depth = -1\n", "limits.max_depth: expected a whole number", ""],
    [
      "an unknown severity",
      '[tensorflow_rules]\nA = "low"\nB = "bad"\n',
      "rules.toml:3: tensorflow_rules.B: expected critical",
      "",
    ],
    [
      "a wildcard among the harmless",
      '[safe_globals]\nos = "*"\n',
      "rules.toml:2: safe_globals.os: wildcards are not allowed",
      "",
    ],
    [
      "a wildcard inside a name",
      '[safe_globals]\nos = [\n  "path",\n  "s*",\n]\n',
      "safe_globals.os: wildcards are not allowed",
      "",
    ],
    [
      "a severity that has no list",
      "[pickle_rules.URGENT]\n",
      "rules.toml:1: pickle_rules.URGENT: unknown key",
      "critical",
    ],
    [
      "a suppression without a reason",
      '[[suppress]]\nrule = "pickle/nested-pickle"\nreason = "x"\n\n[[suppress]]\nrule = "c/d"\n',
      'rules.toml:5: suppress.1: "reason" is missing',
      "",
    ],
    [
      "a date that is none",
      '[[suppress]]\nrule = "a"\nreason = "x"\nexpires = "soon"\n',
      "rules.toml:4: suppress.0.expires: expected a date",
      "",
    ],
    [
      "a broken regular expression",
      '[custom_patterns.x]\npattern = "("\nseverity = "low"\nmessage = "m"\n',
      "rules.toml:2: custom_patterns.x.pattern: Invalid regular expression",
      "",
    ],
    ["TOML that is none", "[limits\n", "rules.toml:1: ", "check the syntax"],
  ])("%s", async (_case, text, message, hint) => {
    const problem = await problemOf(text);
    expect(problem.message).toContain(message);
    expect(problem.hints.join(" ")).toContain(hint);
  });
});
