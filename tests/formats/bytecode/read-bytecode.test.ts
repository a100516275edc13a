import { describe, expect, it } from "vitest";
import type { PythonVersion } from "../../../src/formats/bytecode/opcode-tables.js";
import { readPycHeader } from "../../../src/formats/bytecode/pyc.js";
import { readBytecode } from "../../../src/formats/bytecode/read-bytecode.js";
import { renderCall } from "../../../src/formats/code/render.js";
import type { CodeSummary } from "../../../src/formats/code/summary.js";
import { codeFieldCounts } from "../../../src/formats/marshal/code-object.js";
import { codeObjectFromParts } from "../../../src/formats/marshal/parts.js";
import { readMarshal } from "../../../src/formats/marshal/read-marshal.js";
import { type CodeObject, isKind, type MarshalValue } from "../../../src/formats/marshal/value.js";
import { fixture } from "../../builders/fixture.js";
import { code, integer, none, text } from "../../builders/marshal.js";

const VERSIONS = ["27", "36", "37", "38", "39", "310", "311", "312", "313", "314"];

function codeOf(bytes: Uint8Array): CodeObject {
  const [codeFields] = codeFieldCounts(bytes);
  const value = readMarshal(bytes, codeFields === undefined ? {} : { codeFields });
  if (!isKind(value, "code")) throw new Error("not a code object");
  return value;
}

function pyc(name: string): { made: CodeObject; version: PythonVersion | undefined } {
  const bytes = fixture(`python-bytecode/${name}.pyc`);
  const { headerBytes, version } = readPycHeader(bytes);
  return { made: codeOf(bytes.subarray(headerBytes)), version };
}

function pycSummary(name: string): CodeSummary {
  const { made, version } = pyc(name);
  return onlyReading(made, version);
}

function onlyReading(made: CodeObject, version?: PythonVersion): CodeSummary {
  const [reading] = readBytecode(made, version === undefined ? {} : { version });
  if (!reading) throw new Error("no reading");
  return reading.summary;
}

const callsOf = ({ uses }: CodeSummary) =>
  uses.filter(({ use }) => use === "call").map((use) => renderCall(use.path, use));

describe.each(VERSIONS)("bytecode of CPython %s", (version) => {
  const summary = pycSummary(`bad.shell.cpython-${version}`);
  const { uses, imports } = summary;

  it("comes out as the calls of its source", () => {
    const calls = callsOf(summary);
    expect(calls).toContain('os.system("echo pwned")');
    expect(calls).toContain('subprocess.Popen(["sh", "-c", "echo pwned"])');
    expect(calls.filter((call) => call.startsWith("os.popen("))).toHaveLength(1);
  });

  it("tells what it imports, also in functions", () => {
    expect(imports).toEqual(expect.arrayContaining(["os", "subprocess.Popen"]));
  });

  it("tells what runs on import from what runs in a function", () => {
    expect(uses.find(({ path }) => path === "os.popen")).toMatchObject({ phase: "load" });
    expect(uses.find(({ path }) => path === "os.system")).toMatchObject({ phase: "function", inside: "call" });
  });

  it("is read without a gap, and so is an ordinary module", () => {
    expect(summary.gaps).toEqual([]);
    const ordinary = pycSummary(`ok.model.cpython-${version}`);
    expect(ordinary.gaps).toEqual([]);
    expect(callsOf(ordinary)).toEqual(expect.arrayContaining(["math.sqrt(2)", 'os.path.join(folder, "weights.bin")']));
  });
});

describe("the main guard in bytecode", () => {
  it.each(["27", "38", "311", "312", "313"])("of CPython %s is no import", (version) => {
    const { uses } = pycSummary(`ok.script.cpython-${version}`);
    expect(uses.filter(({ path, use }) => path === "subprocess.check_call" && use === "call")).toMatchObject([
      { phase: "script" },
    ]);
  });

  const LOAD_NAME = 101;
  const LOAD_CONST = 100;
  const jumpIfFalse = (target: number) => [114, target];
  const system = [LOAD_NAME, 1, LOAD_CONST, 1, 131, 1, 1, 0];
  const phaseOf = (instructions: readonly number[]) => {
    const made = codeOf(
      code({ code: instructions, constants: [text("__main__"), text("id"), none], names: ["__name__", "eval"] }),
    );
    return onlyReading(made, "3.8").uses.find(({ path }) => path === "builtins.eval")?.phase;
  };
  const compare = (operator: number) => [LOAD_NAME, 0, LOAD_CONST, 0, 107, operator];
  const end = [LOAD_CONST, 2, 83, 0];

  it("counts with == only", () => {
    expect(phaseOf([...compare(2), ...jumpIfFalse(16), ...system, ...end])).toBe("script");
    expect(phaseOf([...compare(3), ...jumpIfFalse(16), ...system, ...end])).toBe("load");
  });

  it("does not count where a jump leads behind it", () => {
    const JUMP_ABSOLUTE = 113;
    expect(phaseOf([JUMP_ABSOLUTE, 10, ...compare(2), ...jumpIfFalse(18), ...system, ...end])).toBe("load");
    expect(phaseOf([...compare(2), ...jumpIfFalse(16), ...system, JUMP_ABSOLUTE, 8])).toBe("load");
  });

  it("does not count where the module renames itself", () => {
    expect(phaseOf([LOAD_CONST, 0, 90, 0, ...compare(2), ...jumpIfFalse(20), ...system, ...end])).toBe("load");
  });
});

describe("the version of bytecode without a header", () => {
  it.each([
    ["27", ["2.7"]],
    ["37", ["3.7"]],
    ["311", ["3.11"]],
    ["312", ["3.12"]],
    ["313", ["3.13"]],
    ["314", ["3.14"]],
  ])("shows in that of %s", (version, versions) => {
    expect(readBytecode(pyc(`bad.shell.cpython-${version}`).made).map((reading) => reading.version)).toEqual(versions);
  });

  it("may stay open, and then all of them are read", () => {
    const readings = readBytecode(codeOf(code({ code: [116, 0, 131, 0, 83, 0], names: ["eval"] })));
    expect(readings.map(({ version }) => version)).toEqual(["3.8", "3.9", "3.10"]);
    for (const { summary } of readings) expect(callsOf(summary)).toEqual(["builtins.eval()"]);
  });
});

describe("bytecode made by hand", () => {
  it("has its EXTENDED_ARG prefixes put before the argument", () => {
    const names = Array.from({ length: 301 }, (_, index) => (index === 300 ? "exec" : `name${index}`));
    const loads = names.flatMap((_, index) => (index > 255 ? [144, 1, 101, index - 256, 1, 0] : [101, index, 1, 0]));
    const summary = onlyReading(codeOf(code({ code: [...loads, 144, 1, 101, 44, 131, 0, 83, 0], names })));
    expect(callsOf(summary)).toContain("builtins.exec()");
  });

  it("has a name counted that no instruction uses", () => {
    const summary = onlyReading(codeOf(code({ code: [100, 0, 83, 0], constants: [none], names: ["exec"] })));
    expect(summary.uses).toMatchObject([{ path: "builtins.exec", use: "mention" }]);
  });

  it("is told as unclear when instructions are of no version", () => {
    const summary = onlyReading(codeOf(code({ code: [7, 0, 8, 0, 100, 9, 83, 0], constants: [integer(1)] })));
    expect(summary.gaps).toEqual([expect.stringMatching(/no known Python version \(3 odd places/)]);
  });

  it("has code found that lies in a constant and is never made a function", () => {
    const hidden = code({ code: [101, 0, 100, 0, 131, 1, 83, 0], constants: [text("1")], names: ["eval"] });
    const summary = onlyReading(codeOf(code({ code: [100, 0, 83, 0], constants: [none, hidden] })));
    expect(callsOf(summary)).toEqual(['builtins.eval("1")']);
  });

  it("ends although its stack underflows and its counts are huge", () => {
    const wild = [144, 255, 144, 255, 144, 255, 92, 255, 144, 255, 144, 255, 102, 255, 1, 0, 1, 0, 5, 0, 83, 0];
    expect(() => readBytecode(codeOf(code({ code: wild })))).not.toThrow();
  });
});

describe("a code object put together of its parts", () => {
  const body = Buffer.from([116, 0, 100, 1, 131, 1, 83, 0]);
  const strings = (...items: string[]): MarshalValue => ({ kind: "tuple", items });
  const constants: MarshalValue = { kind: "tuple", items: [null, "1"] };
  const lines = Buffer.from([0, 1]);
  const old = [body, constants, strings("eval"), strings(), "<string>", "f", 1, lines, strings(), strings()];

  it.each<[string, MarshalValue[], string]>([
    ["Python 3.8", [0, 0, 0, 0, 2, 67, ...old], "3.8"],
    ["dill on Python 3.10, with the line table in front", [lines, 0, 0, 0, 0, 2, 67, ...old], "3.8"],
    ["Python 3.7", [0, 0, 0, 2, 67, ...old], "3.0"],
  ])("of %s is read like any other", (_name, parts, layout) => {
    const made = codeObjectFromParts(parts);
    expect(made).toMatchObject({ layout, name: "f", names: ["eval"] });
    expect(made && callsOf(onlyReading(made))).toEqual(['builtins.eval("1")']);
  });

  it("of Python 3.11 has a qualified name and no numbers for its free variables", () => {
    const parts = [
      0,
      0,
      0,
      0,
      2,
      3,
      body,
      constants,
      strings("eval"),
      strings("x"),
      "<string>",
      "f",
      "g.f",
      1,
      lines,
      lines,
    ];
    const made = codeObjectFromParts([...parts, strings("free"), strings("cell")]);
    expect(made).toMatchObject({ layout: "3.11", locals: ["x", "cell", "free"] });
  });

  it("is none when the parts fit no version", () => {
    expect(codeObjectFromParts([])).toBeUndefined();
    expect(codeObjectFromParts([1, 2, "code"])).toBeUndefined();
    expect(codeObjectFromParts([0, 0, 0, 0, 2, 67, body, null, strings(), strings()])).toBeUndefined();
  });
});
