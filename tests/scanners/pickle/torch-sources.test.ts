import { describe, expect, it } from "vitest";
import * as p from "../../builders/pickle.js";
import { findingsOf, reportOf } from "./scan.js";

const { pickle, proto, text, stop, reduce, tuple1 } = p;

function named(module: string, name: string): p.Piece {
  return pickle(text(module), text(name), p.stackGlobal);
}

/** The persistent id by which torch's layout before zip files writes a class. */
function moduleClass(module: string, name: string, source: string): p.Piece {
  return pickle(p.mark, text("module"), named(module, name), text("/a/file.py"), text(source), p.tuple, p.binpersid);
}

describe("a class that a persistent id names", () => {
  const LINEAR = moduleClass("torch.nn.modules.linear", "Linear", "class Linear:\n    pass\n");

  it("may be wrapped like the class itself", async () => {
    const partial = pickle(named("functools", "partial"), LINEAR, tuple1, reduce);
    expect(await findingsOf(pickle(proto(4), partial, stop))).toEqual([]);
  });

  it("is judged as what it is when it is called", async () => {
    const call = pickle(moduleClass("os", "system", ""), text("id"), tuple1, reduce);
    const told = await findingsOf(pickle(proto(4), call, stop));
    expect(told.map(({ rule }) => rule)).toContain("pickle/unsafe-call");
  });

  it("keeps its attributes: BUILD on it overwrites those of the class", async () => {
    const state = pickle([0x7d], text("forward"), named("torch", "relu"), p.setitem);
    const told = await findingsOf(pickle(proto(4), LINEAR, state, p.build, stop));
    expect(told.map(({ rule }) => rule)).toContain("pickle/state-overwrite");
  });

  it("is no class with another tag or another number of items", async () => {
    const other = pickle(p.mark, text("modules"), named("os", "system"), text(""), text(""), p.tuple, p.binpersid);
    const told = await findingsOf(pickle(proto(4), other, text("id"), tuple1, reduce, stop));
    expect(told.map(({ rule }) => rule)).not.toContain("pickle/unsafe-call");
    expect(told.map(({ rule }) => rule)).toContain("pickle/unsafe-import");
  });

  it("brings source that is worth a word where the class is not known, and an alarm where the source is bad", async () => {
    const severities = async (cls: p.Piece) =>
      (await reportOf(pickle(proto(4), cls, stop))).findings
        .filter(({ rule }) => rule === "pickle/source-code")
        .map(({ severity }) => severity);
    expect(await severities(LINEAR)).toEqual(["info"]);
    expect(await severities(moduleClass("my_net", "Net", "class Net:\n    pass\n"))).toEqual(["low"]);
    const bad = "class Linear:\n    def forward(self, x):\n        import os\n        os.system('id')\n";
    expect(await severities(moduleClass("torch.nn.modules.linear", "Linear", bad))).toEqual(["high"]);
  });
});

describe("a pickled graph", () => {
  const METHOD = "def forward(self, x):\n    relu = torch.relu(x);  x = None\n    return relu\n";

  function graph(
    body: p.Piece,
    imports: p.Piece = text("import torch\n"),
  ): Promise<{ severity: string; rule: string }[]> {
    const call = pickle(named("torch.fx.graph_module", "reduce_graph_module"), p.mark, body, imports, p.tuple, reduce);
    return findingsOf(pickle(proto(4), call, stop)).then((found) =>
      found.map(({ severity, rule }) => ({ severity, rule })),
    );
  }
  const attributes = (...entries: p.Piece[]) => pickle([0x7d], ...entries);
  const entry = (key: p.Piece, value: p.Piece) => pickle(key, value, p.setitem);

  it("runs source that only computes: worth a word", async () => {
    expect(await graph(attributes(entry(text("_code"), text(METHOD))))).toEqual([
      { severity: "low", rule: "pickle/source-code" },
    ]);
  });

  it.each([
    ["in its method", "def forward(self, x):\n    import os\n    os.system('id')\n    return x\n", "import torch\n"],
    ["beside its method", `__import__("os").system("id")\n${METHOD}`, "import torch\n"],
    ["in its imports", METHOD, "import os\nos.system('id')\n"],
  ])("is critical with a command %s", async (_, code, imports) => {
    const told = await graph(attributes(entry(text("_code"), text(code))), text(imports));
    expect(told).toContainEqual({ severity: "critical", rule: "pickle/source-code" });
  });

  it("goes by the last entry of a name, and by `code` where there is no `_code`", async () => {
    const bad = text("def forward(self, x):\n    import os\n    os.system('id')\n");
    const critical = { severity: "critical", rule: "pickle/source-code" };
    expect(await graph(attributes(entry(text("_code"), text(METHOD)), entry(text("_code"), bad)))).toContainEqual(
      critical,
    );
    expect(await graph(attributes(entry(text("code"), bad)))).toContainEqual(critical);
  });

  it.each([
    [
      "whose source is the result of a call",
      attributes(entry(text("_code"), pickle(named("torch", "relu"), p.emptyTuple, reduce))),
    ],
    [
      "with a key that is the result of a call",
      attributes(
        entry(text("_code"), text(METHOD)),
        entry(pickle(named("torch", "relu"), p.emptyTuple, reduce), text("x")),
      ),
    ],
    ["without source", attributes(entry(text("training"), text("")))],
    ["whose attributes are no dict", text(METHOD)],
  ])("%s is critical", async (_, body) => {
    expect(await graph(body)).toContainEqual({ severity: "critical", rule: "pickle/argument" });
  });

  it("with an empty `_code` runs `code`", async () => {
    const told = await graph(
      attributes(entry(text("_code"), text("")), entry(text("code"), text("import os\nos.system('id')\n"))),
    );
    expect(told.map(({ severity }) => severity)).toContain("critical");
  });
});

describe("a batch of graphs", () => {
  const batch = (cls: p.Piece, base: p.Piece) => {
    const maker = pickle(named("torch_geometric.data.batch", "DynamicInheritanceGetter"), p.emptyTuple, p.newobj);
    return findingsOf(pickle(proto(4), maker, p.mark, cls, base, p.tuple, reduce, stop));
  };
  const BATCH = named("torch_geometric.data.batch", "Batch");
  const DATA = named("torch_geometric.data.data", "Data");

  it("is made of a class that its loader puts together", async () => {
    expect(await batch(BATCH, DATA)).toEqual([]);
  });

  it("is none with a class of the file's choice", async () => {
    for (const told of [await batch(DATA, DATA), await batch(BATCH, named("my_code", "Data"))])
      expect(told.map(({ rule }) => rule)).toContain("pickle/result-called");
  });
});

describe("an object with keyword arguments, as protocol 2 writes it", () => {
  const made = (owner: p.Piece, cls: p.Piece, state?: p.Piece) => {
    const method = pickle(named("builtins", "getattr"), owner, text("__new__"), p.tuple2, reduce);
    const partial = pickle(
      named("functools", "partial"),
      method,
      cls,
      p.tuple2,
      reduce,
      ...(state ? [state, p.build] : []),
    );
    return findingsOf(pickle(proto(4), partial, p.emptyTuple, reduce, stop));
  };
  const RESULT = named("scipy.stats._stats_py", "LinregressResult");

  it("is silent for a class of a known package", async () => {
    expect(await made(RESULT, RESULT)).toEqual([]);
  });

  it("is silent with the state that a partial has, and told when that holds another function or class", async () => {
    const method = (owner: p.Piece) => pickle(named("builtins", "getattr"), owner, text("__new__"), p.tuple2, reduce);
    const written = (maker: p.Piece, cls: p.Piece) => {
      const state = pickle(p.mark, maker, cls, tuple1, p.emptyDict, p.none, p.tuple);
      const partial = pickle(named("functools", "partial"), method(RESULT), tuple1, reduce, state, p.build);
      return findingsOf(pickle(proto(2), partial, p.emptyTuple, reduce, stop));
    };
    expect(await written(method(RESULT), RESULT)).toEqual([]);
    for (const told of [await written(RESULT, RESULT), await written(method(RESULT), named("my_code", "Thing"))])
      expect(told.map(({ rule }) => rule)).toContain("pickle/result-called");
  });

  it("is told for any other class, for another class than the method's, and when a state replaces what is wrapped", async () => {
    const own = named("my_code", "Thing");
    const state = pickle(p.mark, RESULT, p.emptyTuple, [0x7d], p.none, p.tuple);
    for (const told of [await made(own, own), await made(RESULT, own), await made(RESULT, RESULT, state)])
      expect(told.map(({ rule }) => rule)).toContain("pickle/result-called");
  });
});
