import { describe, expect, it } from "vitest";
import { Remarks } from "../../../src/scanners/pickle/remarks.js";
import {
  call,
  callOf,
  dict,
  listOf,
  made,
  named,
  tupleOf,
  UNVETTED,
  whole,
  withState,
} from "../../attacks/pickle-calls.js";
import * as p from "../../builders/pickle.js";
import { findingsOf } from "./scan.js";
import { allOf, silent, told, worstOf } from "./tables.js";

const RESULT = call("numpy", "dtype", p.text("f8"));
const OWN = named("__main__", "Own");
const SOME = named("torch.made_up", "Some");
/** `os.system("id")` of protocol 0 behind more values that are thrown away than are looked at where no loader is given the constant. */
const OLD_PICKLE = p.bytes(`${"N0".repeat(300)}cos\nsystem\n(S'id'\ntR.`);
const DICT = tupleOf(named("builtins", "dict"));
const CLASS = [p.text("X"), DICT, p.emptyDict];
/** A call whose arguments are what another call returned. */
const spread = (callee: p.Piece) => p.pickle(callee, RESULT, p.reduce);

describe("a later call of a callable", () => {
  const RUNS = p.bytes(Buffer.from("64006401" + "6c00" + "a001" + "6402" + "a101" + "5300", "hex"));
  const code = (module: string, name: string, bytecode: p.Piece, names: p.Piece) =>
    call(
      module,
      name,
      p.int(0),
      p.int(0),
      p.int(0),
      p.int(0),
      p.int(1),
      p.int(67),
      bytecode,
      tupleOf(p.int(0), p.none, p.text("id")),
      names,
      p.emptyTuple,
      p.text("f.py"),
      p.text("f"),
      p.int(1),
      p.bytes(""),
      p.emptyTuple,
      p.emptyTuple,
    );
  const harmless = (module: string, name: string) =>
    code(module, name, p.bytes(Buffer.from("64015300", "hex")), p.emptyTuple);
  const evil = (module: string, name: string) => code(module, name, RUNS, tupleOf(p.text("os"), p.text("system")));
  told("critical pickle/code-object", [
    ["dill's maker of code", tupleOf(harmless("dill._dill", "_create_code"), evil("dill._dill", "_create_code"))],
    [
      "dill's maker of code under its old name",
      tupleOf(harmless("dill.dill", "_create_code"), evil("dill.dill", "_create_code")),
    ],
    [
      "cloudpickle's",
      tupleOf(harmless("cloudpickle.cloudpickle", "_make_code"), evil("cloudpickle.cloudpickle", "_make_code")),
    ],
  ]);
  told("high pickle/argument", [
    [
      "a metaclass",
      tupleOf(
        call("torch.nn.parameter", "_ParameterMeta", p.int(1)),
        call("torch.nn.parameter", "_ParameterMeta", ...CLASS),
      ),
    ],
    [
      "a metaclass by NEWOBJ",
      tupleOf(
        made("torch.nn.parameter", "_ParameterMeta", p.int(1)),
        made("torch.nn.parameter", "_ParameterMeta", ...CLASS),
      ),
    ],
    [
      "a class that opens files",
      tupleOf(call("lightgbm.basic", "Booster"), call("lightgbm.basic", "Booster", p.none, p.text("model.txt"))),
    ],
    [
      "a callable with a condition",
      tupleOf(call("itertools", "groupby", p.emptyList), call("itertools", "groupby", p.emptyList, UNVETTED)),
    ],
    [
      "a name by copyreg.__newobj__",
      tupleOf(
        call("copyreg", "__newobj__", SOME),
        call("copyreg", "__newobj__", named("torch.nn.parameter", "_ParameterMeta"), ...CLASS),
      ),
    ],
  ]);
  it("is told by the first of those that are as bad", async () => {
    const both = tupleOf(
      call("itertools", "groupby", p.emptyList, UNVETTED),
      call("itertools", "groupby", p.emptyList, named("torch.made_up", "other")),
    );
    expect((await findingsOf(whole(both))).map(({ message }) => message)).toEqual([
      expect.stringContaining("it calls torch.utils.made_up.run_it"),
    ]);
  });
  it("is told with a callable that was handed to an earlier one", async () => {
    const both = tupleOf(
      call("somewhere.else", "make", named("collections", "OrderedDict.__dict__")),
      call("somewhere.else", "make", p.int(1)),
    );
    expect(await allOf(both)).toContain("high pickle/unknown-call");
  });
});

describe("arguments that are not known", () => {
  told("medium pickle/argument", [
    ["those of a vetted callable", spread(named("collections", "OrderedDict"))],
    ["those of a callable with a condition", spread(named("itertools", "groupby"))],
  ]);
});

it("is silent about arguments that are all remembered where more would be told", async () => {
  const numbers = Array.from({ length: 1000 }, (_, index) => p.int(index));
  expect(await worstOf(call("operator", "itemgetter", ...numbers))).toBe("medium pickle/argument");
  expect(await worstOf(call("operator", "itemgetter", ...numbers.slice(0, 3)))).toBe("silent");
});

describe("what is no name", () => {
  const unknown = p.pickle(p.none, p.none, p.stackGlobal);
  it.each([
    ["an object is made of it", p.pickle(unknown, p.emptyTuple, p.newobj), "medium pickle/irregular"],
    ["an attribute is fetched from it", call("builtins", "getattr", unknown, p.text("x")), "medium pickle/argument"],
    [
      "it is planted",
      withState(made("torch.made_up", "Some"), dict({ append: unknown })),
      "high pickle/planted-method",
    ],
  ])("is told where %s", async (_, piece, line) => {
    expect(await allOf(piece)).toContain(line);
  });
});

it("tells references to what lies outside the file, and storages among it as information", async () => {
  const reference = (...items: readonly p.Piece[]) => p.pickle(tupleOf(...items), p.binpersid);
  expect(await allOf(reference(p.text("storage"), named("torch", "FloatStorage"), p.text("0")))).toEqual([]);
  expect(await allOf(reference(p.text("other"), p.text("0")))).toEqual(["low pickle/persistent-id"]);
  const source = p.text("import os\nos.system('id')\n");
  const module = (cls: p.Piece) => reference(p.text("module"), cls, p.text("f.py"), source);
  expect(await worstOf(module(named("torch.made_up", "Some")))).toBe("high pickle/source-code");
  expect(await worstOf(module(p.none))).toBe("high pickle/source-code");
});

it("tells 200 of a kind in a stream, and what is of another kind beside them", () => {
  const remarks = new Remarks();
  const observation = { rule: "pickle/irregular", message: "x", subject: "x" } as const;
  for (let count = 0; count < 250; count++) remarks.add(observation);
  remarks.add({ ...observation, rule: "pickle/mutation" });
  for (let count = 0; count < 250; count++) remarks.add({ ...observation, severity: "high" });
  expect(remarks.all.filter(({ rule }) => rule === "pickle/mutation")).toHaveLength(1);
  expect(remarks.all).toHaveLength(401);
});

it("tells a class's maker that is given another class behind one that is given its own", async () => {
  const maker = (cls: string) => call("torch.made_up", "Some.__new__", named("torch.made_up", cls));
  expect(await worstOf(maker("Some"))).toBe("silent");
  expect(await worstOf(maker("Other"))).toBe("medium pickle/unknown-call");
  expect(await worstOf(tupleOf(maker("Some"), maker("Other")))).toBe("medium pickle/unknown-call");
});

it("does not tell an attribute beside the class that it is fetched from", async () => {
  const member = call("builtins", "getattr", named("somewhere.else", "Own"), p.text("member"));
  expect(await allOf(member)).toEqual(["low pickle/unknown-class"]);
});

describe("objects made by copyreg", () => {
  silent([
    ["a known package's class", call("copyreg", "__newobj__", SOME, p.int(1))],
    ["the same with keywords", call("copyreg", "__newobj_ex__", SOME, tupleOf(p.int(1)), p.emptyDict)],
    ["keywords without arguments", call("copyreg", "__newobj_ex__", SOME)],
  ]);
  told("low pickle/unknown-class", [
    ["the author's own class", call("copyreg", "__newobj__", OWN)],
    ["the same with keywords", call("copyreg", "__newobj_ex__", OWN, p.emptyTuple, p.emptyDict)],
  ]);
  told("critical pickle/argument", [
    ["a text that sympy evaluates", call("copyreg", "__newobj__", named("sympy.core.add", "Add"), p.text("f(x)"))],
    [
      "the same with keywords",
      call("copyreg", "__newobj_ex__", named("sympy.core.add", "Add"), tupleOf(p.text("f(x)")), p.emptyDict),
    ],
    ["the same by NEWOBJ", made("sympy.core.add", "Add", p.text("f(x)"))],
    [
      "the same by a later NEWOBJ",
      tupleOf(made("sympy.core.add", "Add", p.int(1)), made("sympy.core.add", "Add", p.text("f(x)"))),
    ],
  ]);
  told("high pickle/argument", [
    ["a partial's function", call("copyreg", "__newobj__", named("itertools", "groupby"), p.emptyList, UNVETTED)],
  ]);
  it("are told as made, not only as imported", async () => {
    const messages = async (piece: p.Piece) => (await findingsOf(whole(piece))).map(({ message }) => message);
    for (const name of ["__newobj__", "_reconstructor"]) {
      const made = call("copyreg", name, OWN, named("builtins", "object"), p.none);
      expect(await messages(made)).toEqual(["loading makes an object of __main__.Own, which is not known"]);
    }
    expect(await messages(OWN)).toEqual(["imports the class __main__.Own, which is not known"]);
    expect(await messages(call("collections", "OrderedDict", OWN))).toEqual([
      "imports the class __main__.Own, which is not known",
    ]);
  });
  it("by NEWOBJ are told where they are made, by their opcode", async () => {
    const [found] = await findingsOf(whole(made("ctypes", "CDLL", p.text("x"))));
    expect(found).toMatchObject({
      rule: "pickle/unsafe-import",
      message: "loading makes an object of ctypes.CDLL",
      evidence: { opcode: "NEWOBJ" },
    });
    expect(found?.offset).toBe(whole(made("ctypes", "CDLL", p.text("x"))).length - 2);
  });
});

describe("bytes that a loader is given", () => {
  told("critical pickle/unsafe-call", [
    ["those of torch", call("torch.storage", "_load_from_bytes", OLD_PICKLE)],
    ["those of numba", call("numba.core.serialize", "_unpickle__CustomPickled", OLD_PICKLE)],
    ["hooks of spaCy", call("spacy.tokens.doc", "unpickle_doc", p.none, OLD_PICKLE)],
    [
      "those of skorch",
      withState(made("skorch.net", "NeuralNet"), dict({ __cuda_dependent_attributes__: OLD_PICKLE })),
    ],
  ]);
  silent([
    ["the same in memory", call("io", "BytesIO", OLD_PICKLE)],
    [
      "the same in another object's state",
      withState(made("torch.made_up", "Net"), dict({ __cuda_dependent_attributes__: OLD_PICKLE })),
    ],
  ]);
});

describe("names that are put together", () => {
  const imported = (module: p.Piece, name: p.Piece) => p.pickle(module, name, p.stackGlobal);
  told("critical pickle/computed-name", [
    ["a name that a call returned", imported(p.text("os"), RESULT)],
    ["a module that is an object", imported(made("torch.made_up", "Some"), p.text("system"))],
  ]);
  told("medium pickle/computed-name", [["a name that is a number", imported(p.text("os"), p.int(1))]]);
});

describe("what is told of a dangerous callable", () => {
  it("is one finding, whatever its arguments look like", async () => {
    expect(await allOf(call("os", "system", ...CLASS))).toEqual(["critical pickle/unsafe-call"]);
  });
  it("says through what it was reached, and how often it was used", async () => {
    const [found] = await findingsOf(
      whole(tupleOf(call("pathlib", "os.system", p.text("id")), call("pathlib", "os.system", p.text("id")))),
    );
    expect(found?.message).toContain('os.system("id") (reached through pathlib)');
    expect(found?.evidence).toMatchObject({ uses: 2 });
    const [direct] = await findingsOf(whole(call("os", "system", p.text("id"))));
    expect(direct?.message).not.toContain("through");
    expect(direct?.evidence).not.toHaveProperty("uses");
  });
  it("is dangerous from high on, and suspicious below", async () => {
    const safetyOf = async (piece: p.Piece) => (await findingsOf(whole(piece)))[0]?.safety;
    expect(await safetyOf(named("os", "system"))).toBe("dangerous");
    expect(await safetyOf(named("builtins", "open"))).toBe("dangerous");
    expect(await safetyOf(named("builtins", "exit"))).toBe("suspicious");
  });
  it("says what is done with it", async () => {
    const messageOf = async (piece: p.Piece) => (await findingsOf(whole(piece)))[0]?.message;
    expect(await messageOf(named("ctypes", "CDLL"))).toBe("imports ctypes.CDLL");
    expect(await messageOf(made("ctypes", "CDLL"))).toBe("loading makes an object of ctypes.CDLL");
    expect(await messageOf(call("ctypes", "CDLL"))).toBe("loading calls ctypes.CDLL()");
  });
});

describe("what nobody knows", () => {
  told("low pickle/unknown-class", [
    ["a class", named("somewhere.else", "Thing")],
    ["an object of what is named like a function", made("somewhere.else", "thing")],
    ["an object of Python's class", made("textwrap", "TextWrapper")],
  ]);
  told("low pickle/unknown-import", [
    ["a function", named("somewhere.else", "thing")],
    ["a class of Python's", named("textwrap", "TextWrapper")],
  ]);
  told("medium pickle/unknown-import", [["a function of Python's", named("textwrap", "made_up")]]);
  told("medium pickle/unknown-class", [["an object of Python's function", made("textwrap", "made_up")]]);
  silent([
    ["a known package's function", UNVETTED],
    ["an object of its function", made("torch.utils.made_up", "run_it")],
  ]);
  it("is told with why it weighs what it does", async () => {
    const messageOf = async (...args: readonly p.Piece[]) =>
      (await findingsOf(whole(call("somewhere.else", "make", ...args)))).find(
        ({ rule }) => rule === "pickle/unknown-call",
      );
    const url = await messageOf(p.text("https://example.test/x"));
    expect(url?.message).toMatch(/not known to be harmless, with a url$/);
    expect(url?.evidence).toMatchObject({ argument: "https://example.test/x" });
    const plain = await messageOf(p.int(1));
    expect(plain?.message).toMatch(/make\(1\), which is not known to be harmless$/);
    expect(plain?.evidence).not.toHaveProperty("argument");
    expect((await messageOf(named("signal", "signal")))?.message).toMatch(/harmless, with signal\.signal$/);
  });
  it("is not told of a call whose result is called in turn", async () => {
    expect(await worstOf(callOf(listOf(p.int(1)), p.int(1)))).toBe("medium pickle/irregular");
  });
});

describe("objects of classes with conditions and without", () => {
  told("high pickle/argument", [
    [
      "a later object of a callable with a condition",
      tupleOf(made("itertools", "groupby", p.emptyList), made("itertools", "groupby", p.emptyList, UNVETTED)),
    ],
    [
      "a later one behind many",
      tupleOf(
        ...Array.from({ length: 5 }, () => made("itertools", "groupby", p.emptyList)),
        made("itertools", "groupby", p.emptyList, UNVETTED),
      ),
    ],
  ]);
  it("are shown as they are made where that is what is wrong", async () => {
    const [found] = await findingsOf(whole(made("collections", "OrderedDict.__init__.__globals__", p.int(1))));
    expect(found?.message).toContain("__globals__");
    expect(found?.evidence).toMatchObject({ opcode: "NEWOBJ" });
  });
});

it("does not take a class that opens files for one that does when it is given nothing", async () => {
  expect(await worstOf(call("lightgbm.basic", "Booster"))).toBe("silent");
  expect(await worstOf(call("lightgbm.basic", "Booster", p.none))).toBe("high pickle/argument");
});

it("names a frame inside another one as a frame's mismatch", async () => {
  const nestedFrames = p.pickle(p.proto(4), p.frame(12), p.frame(2), p.none, p.stop);
  const rules = (await findingsOf(nestedFrames)).map(({ rule }) => rule);
  expect(rules).toContain("pickle/frame-mismatch");
});
