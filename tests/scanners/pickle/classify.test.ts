import { describe, expect, it } from "vitest";
import type { Policy } from "../../../src/config/policy.js";
import { CallableIndex, callableIndex } from "../../../src/scanners/pickle/classify.js";
import { policy } from "./scan.js";

/** A policy with lists of its own. */
const own: Policy = {
  ...policy,
  pickle_rules: {
    critical: {
      lib: ["run_it_all", "go"],
      "lib.inner": ["deep"],
      os: "*",
      "lib.all": "*",
      shutil: ["rmtree"],
      "lib.twice": ["f"],
    },
    high: { lib: ["Loader"], subprocess: "*", pickle: ["loads"], numpy: ["load"], "lib.twice": ["f", "g"] },
    medium: { lib: ["odd_thing_here"] },
    low: { socket: "*" },
  },
  safe_globals: { lib: ["safe", "Box"], "lib.all": ["good"], "lib.names": ["A.b"] },
  called_rules: { ...policy.called_rules, high: { lib: ["Box"] }, critical: {} },
  trusted_packages: { ...policy.trusted_packages, construct: ["lib", "friend"] },
};
const index = new CallableIndex(own);
const told = (module: string, name: string) => {
  const found = index.classify(module, name);
  return found.kind === "dangerous" || found.kind === "walk"
    ? `${found.severity} ${found.kind}`
    : found.kind === "unknown"
      ? found.origin
      : found.kind;
};

describe("a name on the lists of a policy", () => {
  it.each([
    ["lib", "safe", "harmless"],
    ["lib.names", "A.b", "harmless"],
    ["lib.names", "A.c", "trusted"],
    ["lib.all", "good", "harmless"],
    ["lib.all", "bad", "critical dangerous"],
    ["lib.all.part", "bad", "critical dangerous"],
    ["lib.allowed", "bad", "trusted"],
    ["lib", "go", "critical dangerous"],
    ["lib", "go.more", "critical dangerous"],
    ["lib", "gone", "trusted"],
    ["lib", "Loader", "high dangerous"],
    ["lib", "odd_thing_here", "medium dangerous"],
    ["lib.twice", "f", "critical dangerous"],
    ["lib.twice", "g", "high dangerous"],
  ])("is judged by it: %s %s is %s", (module, name, expected) => {
    expect(told(module, name)).toBe(expected);
  });

  it("is named as the policy writes it", () => {
    expect(index.classify("lib", "go.more")).toMatchObject({ matched: "lib.go" });
    expect(index.classify("lib.all.part", "bad")).toMatchObject({ matched: "lib.all.*" });
    expect(index.classify("lib", "inner.deep")).toMatchObject({ matched: "lib.inner.deep" });
  });

  it.each([
    ["lib", "inner.deep", "critical dangerous"],
    ["lib", "inner.other", "trusted"],
    ["lib", "all.bad", "critical dangerous"],
    ["lib", "inner.made.deep", "trusted"],
  ])("is found where a module is reached as an attribute: %s %s is %s", (module, name, expected) => {
    expect(told(module, name)).toBe(expected);
  });

  it.each([
    ["lib.core", "run_it_all", "critical dangerous"],
    ["lib", "run_it_all", "critical dangerous"],
    ["library", "run_it_all", "other"],
    ["lib.core", "go", "trusted"], // too short to say what it is
    ["lib.core", "Loader", "trusted"], // a class
    ["lib.core", "odd_thing_here", "trusted"], // not critical
  ])("is found in another module of its package, where it says what it does: %s %s is %s", (module, name, expected) => {
    expect(told(module, name)).toBe(expected);
  });

  it("is not looked for elsewhere when it is Python's own", () => {
    const stdlib = new CallableIndex({
      ...own,
      pickle_rules: { ...own.pickle_rules, critical: { asyncio: ["run_everything"] } },
    });
    expect(stdlib.classify("asyncio.made_up", "run_everything")).toEqual({ kind: "unknown", origin: "stdlib" });
  });

  it("may be ordinary as an object and weigh something when it is called", () => {
    expect(index.calledSeverity("lib", "Box")).toBe("high");
    expect(told("lib", "Box")).toBe("harmless");
    expect(index.calledSeverity("lib", "safe")).toBeUndefined();
  });
});

describe("a dotted name", () => {
  it.each([
    ["friend", "os.system", "critical dangerous"],
    ["friend", "_os.system", "critical dangerous"],
    ["friend", "os", "critical dangerous"],
    ["friend", "_os", "critical dangerous"],
    ["friend", "_runpy", "critical dangerous"],
    ["friend", "__runpy", "critical dangerous"],
    ["friend", "posix", "critical dangerous"],
    ["friend", "np.load", "high dangerous"],
    ["friend", "_np.load", "high dangerous"],
    ["friend", "_numpy.load", "high dangerous"],
    ["friend", "_np.zeros", "trusted"],
    ["friend", "_numb.load", "trusted"],
    ["friend", "bltns", "critical dangerous"],
    ["friend", "a.b.os.system", "critical dangerous"],
    ["friend", "subprocess", "high dangerous"],
    ["friend", "subprocess.run", "high dangerous"],
    ["friend", "socket.x", "low dangerous"],
    ["friend", "pickle", "critical dangerous"],
    ["friend", "pickle.loads", "high dangerous"],
    ["friend", "shutil.move", "trusted"],
    ["friend", "lib.go", "trusted"], // no module that others carry
    ["friend", "ossuary.system", "trusted"],
    ["lib", "Loader.os.system", "critical dangerous"],
    ["lib", "go.socket.x", "critical dangerous"],
    ["lib", "Loader.subprocess.run", "high dangerous"],
  ])("is followed to the module that it reaches: %s %s is %s", (module, name, expected) => {
    expect(told(module, name)).toBe(expected);
  });

  it("keeps what it matched on the way, unless it reaches something worse", () => {
    expect(index.classify("lib", "Loader.subprocess.run")).toMatchObject({ matched: "lib.Loader" });
    expect(index.classify("lib", "Loader.os.system")).toMatchObject({ matched: "os.*", through: "lib" });
  });

  it("is followed at both ends where it is longer than anybody writes", () => {
    const long = (length: number) => "a.".repeat(length);
    expect(told("friend", `${long(40)}os.system`)).toBe("critical dangerous");
    expect(told("friend", `os.system${".a".repeat(40)}`)).toBe("critical dangerous");
    expect(told("friend", `${long(40)}os`)).toBe("critical dangerous");
    expect(told("friend", `${long(40)}b`)).toBe("trusted");
    expect(told(`lib.all${".a".repeat(40)}`, "x")).toBe("critical dangerous");
    expect(told("lib", `inner.deep${".a".repeat(3)}`)).toBe("trusted");
  });

  it.each([
    ["friend", "A.__init__", "medium walk"],
    ["friend", "__init__", "trusted"],
    ["friend", "A.__globals__.x", "critical walk"],
    ["friend", "__reduce__", "high walk"],
    ["friend", "__dict__", "low walk"],
    ["json", "__dict__", "high walk"],
    ["friend", "A.__dict__", "high walk"],
    ["friend", "A.f", "trusted"],
  ])("is told where it goes to Python's machinery: %s %s is %s", (module, name, expected) => {
    expect(told(module, name)).toBe(expected);
  });
});

describe("a name that no import could spell", () => {
  it.each([
    ["ＯＳ", "system", "os.system"],
    ["o\u200bs", "system", "os.system"],
    ["оs", "system", "os.system"],
    ["Lib", "Go", "lib.go"],
    ["lib", "g o", "lib.go"],
  ])("is told with what it looks like: %j %j is %s", (module, name, resembles) => {
    expect(index.classify(module, name)).toEqual({ kind: "disguised", resembles });
  });
  it.each([
    ["a b", "c"],
    ["a", "1c"],
    ["a..b", "c"],
    ["a", "b-c"],
  ])("is told where it looks like nothing: %j %j", (module, name) => {
    expect(index.classify(module, name)).toEqual({ kind: "disguised", resembles: undefined });
  });
  it.each([
    ["friend", "f.<locals>.<lambda>", "trusted"],
    ["friend", "", "trusted"],
    ["Модель", "Слой", "other"],
  ])("is none where Python writes it so: %j %j", (module, name, expected) => {
    expect(told(module, name)).toBe(expected);
  });
  it("is told as what it reaches, where it reaches something", () => {
    expect(told("friend", "a b.os.system")).toBe("critical dangerous");
  });
});

describe("where an unknown name comes from", () => {
  it.each([
    ["__main__", "main"],
    ["__mp_main__", "main"],
    ["textwrap", "stdlib"],
    ["lib", "trusted"],
    ["lib.part", "trusted"],
    ["library", "other"],
    [".lib", "other"],
    ["x.lib", "other"],
    ["__torch__", "other"],
    ["__torch__.Net", "other"],
  ])("is told by its package: %s is %s", (module, origin) => {
    expect(index.originOf(module)).toBe(origin);
  });
  it("is the program for a script's own classes", () => {
    const script = new CallableIndex(own, true);
    expect(script.originOf("__torch__.Net")).toBe("trusted");
    expect(script.originOf("__torch__")).toBe("trusted");
    expect(script.originOf("__torchy__")).toBe("other");
  });
  it("is indexed once for a policy, apart for scripts", () => {
    expect(callableIndex(policy)).toBe(callableIndex(policy));
    expect(callableIndex(policy, true)).toBe(callableIndex(policy, true));
    expect(callableIndex(policy).originOf("__torch__.Net")).toBe("other");
    expect(callableIndex(policy, true).originOf("__torch__.Net")).toBe("trusted");
  });
});
