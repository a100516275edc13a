import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { judgeClassSource } from "../../../src/scanners/pickle/code-calls.js";
import { call, callOf, tupleOf, whole } from "../../attacks/pickle-calls.js";
import * as p from "../../builders/pickle.js";
import { findingsOf, policy } from "./scan.js";

/** `import os; return os.system("id")` as Python 3.8 compiles it. */
const RUNS = Buffer.from("64006401" + "6c00" + "a001" + "6402" + "a101" + "5300", "hex");
/** `return None`. */
const COMPUTES = Buffer.from("64015300", "hex");
const CONSTANTS = tupleOf(p.int(0), p.none, p.text("id"));
const NAMES = tupleOf(p.text("os"), p.text("system"));

interface Parts {
  readonly code?: p.Piece;
  readonly constants?: p.Piece;
  readonly names?: p.Piece;
}

function parts({ code = p.bytes(RUNS), constants = CONSTANTS, names = NAMES }: Parts = {}): readonly p.Piece[] {
  const [zero, one, flags] = [p.int(0), p.int(1), p.int(67)];
  return [
    zero,
    zero,
    zero,
    zero,
    one,
    flags,
    code,
    constants,
    names,
    p.emptyTuple,
    p.text("f.py"),
    p.text("f"),
    one,
    p.bytes(""),
    p.emptyTuple,
    p.emptyTuple,
  ];
}
const HARMLESS = parts({ code: p.bytes(COMPUTES), names: p.emptyTuple });

async function codeOf(piece: p.Piece) {
  const found = await findingsOf(whole(piece));
  return found
    .filter(({ rule }) => rule === "pickle/code-object" || rule === "pickle/source-code")
    .map(({ severity, rule, message, evidence }) => ({ severity, rule, message, calls: evidence.calls }));
}

const RUNS_PROGRAM = {
  severity: "critical",
  rule: "pickle/code-object",
  message: 'carries a compiled function: it calls os.system("id")',
  calls: ['os.system("id")'],
};

describe("code objects put together from their parts", () => {
  it.each([
    ["types.CodeType", call("types", "CodeType", ...parts())],
    ["builtins.code", call("builtins", "code", ...parts())],
    ["dill", call("dill._dill", "_create_code", ...parts())],
    ["dill under its old name", call("dill.dill", "_create_code", ...parts())],
    ["dill, the line table first", call("dill._dill", "_create_code", p.bytes(""), ...parts())],
    ["cloudpickle", call("cloudpickle.cloudpickle", "_make_code", ...parts())],
    [
      "cloudpickle's look-up of the type",
      callOf(call("cloudpickle.cloudpickle", "_builtin_type", p.text("CodeType")), ...parts()),
    ],
    ["dill's look-up of the type", callOf(call("dill._dill", "_load_type", p.text("CodeType")), ...parts())],
    [
      "a text for the bytecode, as protocol 2 writes it",
      call("types", "CodeType", ...parts({ code: p.text(RUNS.toString("latin1")) })),
    ],
    [
      "constants of every kind",
      call(
        "types",
        "CodeType",
        ...parts({
          constants: tupleOf(
            p.int(0),
            p.none,
            p.text("id"),
            p.op("NEWTRUE"),
            [0x47, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0],
            p.bytes("x"),
            tupleOf(p.int(1)),
            p.emptyDict,
          ),
        }),
      ),
    ],
    [
      "more constants than are remembered",
      call(
        "types",
        "CodeType",
        ...parts({
          constants: tupleOf(p.int(0), p.none, p.text("id"), ...Array.from({ length: 5000 }, () => p.int(1))),
        }),
      ),
    ],
  ])("are told by what they call: %s", async (_, piece) => {
    expect(await codeOf(piece)).toMatchObject([RUNS_PROGRAM]);
  });
});

describe("code objects that only compute", () => {
  const only = {
    severity: "low",
    rule: "pickle/code-object",
    message: "carries a compiled function (it only computes)",
    calls: [],
  };
  it.each([
    ["types.CodeType", call("types", "CodeType", ...HARMLESS)],
    ["a look-up of the type", callOf(call("dill._dill", "_load_type", p.text("CodeType")), ...HARMLESS)],
  ])("are told as no more than that: %s", async (_, piece) => {
    expect(await codeOf(piece)).toEqual([only]);
  });

  it("are none where another type is looked up and called", async () => {
    const called = callOf(call("dill._dill", "_load_type", p.text("SimpleNamespace")), ...HARMLESS);
    expect(await codeOf(called)).toEqual([]);
    const unnamed = callOf(call("numpy", "dtype", p.text("CodeType")), ...HARMLESS);
    expect(await codeOf(unnamed)).toEqual([]);
  });

  it("are judged with the functions inside them", async () => {
    const inner = call("types", "CodeType", ...parts());
    const outer = call(
      "types",
      "CodeType",
      ...parts({ code: p.bytes(COMPUTES), constants: tupleOf(inner, p.none), names: p.emptyTuple }),
    );
    expect(await codeOf(outer)).toMatchObject([RUNS_PROGRAM]);
  });
});

describe("code that cannot be read whole", () => {
  it.each([
    ["parts of no version of Python", call("types", "CodeType", p.int(1), p.int(2))],
    ["a number for the bytecode", call("types", "CodeType", ...parts({ code: p.int(1) }))],
    ["numbers for the names", call("types", "CodeType", ...parts({ names: tupleOf(p.int(1)) }))],
    ["no parts", call("types", "CodeType")],
  ])("is told as unknown: %s", async (_, piece) => {
    expect(await codeOf(piece)).toMatchObject([
      { severity: "medium", message: "carries a compiled function (its parts fit no known version of Python)" },
    ]);
  });

  it("is told by its names where it is longer than what is read at once", async () => {
    const long = p.bytes(Buffer.concat([Buffer.alloc(1_200_000, Buffer.from("0900", "hex")), RUNS]));
    expect(await codeOf(call("types", "CodeType", ...parts({ code: long })))).toMatchObject([
      { severity: "high", calls: ["os", "system"] },
    ]);
  });
});

describe("code objects that marshal reads", () => {
  const { attacks } = JSON.parse(readFileSync(new URL("../../attacks/pickle-code.json", import.meta.url), "utf8"));
  const marshalled = Buffer.from(
    attacks.find(({ hope }: { hope: string }) => hope === "torch runs a shell line for it").code["3.8"],
    "base64",
  );
  it.each([
    ["marshal.loads", call("marshal", "loads", p.bytes(marshalled))],
    ["dill's", call("dill._dill", "_unmarshal", p.bytes(marshalled))],
  ])("are told by what they call: %s", async (_, piece) => {
    expect(await codeOf(piece)).toMatchObject([
      { severity: "critical", rule: "pickle/code-object", message: expect.stringContaining("it calls torch") },
    ]);
  });
  it("are none where something else is given, or to something else", async () => {
    expect(await codeOf(call("marshal", "loads", p.text("x")))).toEqual([]);
    expect(await codeOf(call("marshal", "loads"))).toEqual([]);
    expect(await codeOf(call("marshal", "load", p.bytes(marshalled)))).toEqual([]);
    expect(await codeOf(call("io", "BytesIO", p.bytes(marshalled)))).toEqual([]);
  });
});

describe("source that a call runs", () => {
  it.each(["exec", "eval", "compile"])("is told by what it calls, beside the call of %s", async (name) => {
    expect(await codeOf(call("builtins", name, p.text("__import__('os').system('id')")))).toMatchObject([
      { severity: "critical", rule: "pickle/source-code", message: expect.stringContaining("the source text calls") },
    ]);
  });
  it("is told with five of its calls, and twenty of them and of its imports as evidence", async () => {
    const count = 22;
    const lines = Array.from({ length: count }, (_, i) => `import m${i}\nm${i}.run(${i})\n`).join("");
    const found = await findingsOf(whole(call("builtins", "exec", p.text(lines))));
    const source = found.find(({ rule }) => rule === "pickle/source-code");
    expect(source?.message.match(/run/g)).toHaveLength(5);
    expect(source?.subject?.match(/run/g)).toHaveLength(5);
    expect(source?.evidence).toMatchObject({ calls: { length: 20 }, imports: { length: 20 } });
  });
  it("adds nothing where it calls nothing, or is no constant", async () => {
    expect(await codeOf(call("builtins", "eval", p.text("1 + 1")))).toEqual([]);
    expect(await codeOf(call("builtins", "eval", call("numpy", "dtype", p.text("f8"))))).toEqual([]);
    expect(await codeOf(call("builtins", "eval"))).toEqual([]);
  });
});

describe("the source of a class", () => {
  const judged = (source: string, isKnown: boolean) => judgeClassSource({ cls: "my.Net", source, isKnown }, policy);
  it("is told as information where everybody has the class, and as low where it is the author's", () => {
    expect(judged("class Net: pass", true)).toMatchObject({
      severity: "info",
      message: "carries the source text of my.Net",
    });
    expect(judged("class Net: pass", false)).toMatchObject({ severity: "low" });
  });
  it("is told as high with the worst of what it does, whosever it is", () => {
    const source = "import os\nclass Net:\n  os.system('id')\n";
    for (const isKnown of [true, false]) {
      const { severity, message } = judged(source, isKnown);
      expect(severity).toBe("high");
      expect(message).toMatch(/^carries the source text of my\.Net: .*os\.system/);
    }
  });
  it("is not graded up by what is not worth telling", () => {
    expect(
      judged("import requests\nclass Net:\n  def f(self):\n    return requests.get('https://example.test/')\n", true)
        .severity,
    ).toBe("info");
  });
});
