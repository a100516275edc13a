import { describe, expect, it } from "vitest";
import * as p from "../../builders/pickle.js";
import { findingsOf, rulesOf } from "./scan.js";

const { global, mark, pickle, proto, reduce, stop, text, tuple } = p;
const CLOUD = "cloudpickle.cloudpickle";

function calling(callable: p.Piece, ...args: p.Piece[]): p.Piece {
  return [...callable, ...mark, ...args.flatMap((arg) => [...arg]), ...tuple, ...reduce];
}

function tupleOf(...items: p.Piece[]): p.Piece {
  return [...mark, ...items.flatMap((item) => [...item]), ...tuple];
}

function dict(...items: (readonly [string, p.Piece])[]): p.Piece {
  return [...p.emptyDict, ...mark, ...items.flatMap(([key, value]) => [...text(key), ...value]), ...p.setitems];
}

const subimport = (module: string) => calling(global(CLOUD, "subimport"), text(module));
const typeOf = (name: string) => calling(global(CLOUD, "_builtin_type"), text(name));

/** Bytecode of Python 3.8: `def run(x): return name(x)`, or `name.attribute(x)`. */
function code(name: string, attribute?: string): p.Piece {
  const names = attribute === undefined ? [text(name)] : [text(name), text(attribute)];
  // LOAD_GLOBAL 0, (LOAD_METHOD 1,) LOAD_FAST 0, CALL_FUNCTION or CALL_METHOD 1, RETURN_VALUE
  const load = attribute === undefined ? [0x74, 0] : [0x74, 0, 0xa0, 1];
  const body = new Uint8Array([...load, 0x7c, 0, attribute === undefined ? 0x83 : 0xa1, 1, 0x53, 0]);
  const [argcount, none] = [p.int(1), p.int(0)];
  return calling(
    typeOf("CodeType"),
    ...[argcount, none, none, p.int(1), p.int(2), p.int(67), p.bytes(body), tupleOf(p.none), tupleOf(...names)],
    ...[tupleOf(text("x")), text("a.py"), text("run"), p.int(1), p.bytes(""), p.emptyTuple, p.emptyTuple],
  );
}

const made = (what: p.Piece) => calling(global(CLOUD, "_make_function"), what, p.emptyDict, p.none, p.none, p.none);

/** A function with its globals, as cloudpickle writes it. */
function carried(what: p.Piece, ...globals: (readonly [string, p.Piece])[]): p.Piece {
  const state = tupleOf(p.emptyDict, dict(["__globals__", dict(...globals)]));
  const set = global(CLOUD, "_function_setstate");
  // The function is under what gives it its globals, which returns nothing.
  return [...made(what), ...p.put(0), ...calling(set, p.get(0), state), ...p.pop];
}

async function worst(...pieces: p.Piece[]): Promise<string | undefined> {
  return (await findingsOf(pickle(proto(4), ...pieces, stop)))[0]?.severity;
}

describe("code that calls a global name", () => {
  it.each<[string, p.Piece]>([
    ["another function of the file", made(code("len"))],
    ["a class of a known package", global("sklearn.preprocessing._data", "StandardScaler")],
    ["what is known to be harmless", global("numba.misc.special", "prange")],
    ["a constant", p.int(3)],
  ])("is no more than a computation when the name stands for %s", async (_, meaning) => {
    expect(await worst(carried(code("helper"), ["helper", meaning]))).toBe("low");
  });

  it.each<[string, p.Piece[], string]>([
    ["its globals do not say what it is", [carried(code("helper"), ["other", p.int(1)])], "medium"],
    ["it never gets any", [made(code("helper"))], "medium"],
    ["it is a function that nobody vetted", [carried(code("helper"), ["helper", global("gensim.a", "b")])], "medium"],
    ["it runs commands", [carried(code("helper"), ["helper", global("os", "system")])], "critical"],
    [
      "it is what getattr returned",
      [carried(code("h"), ["h", calling(global("builtins", "getattr"), made(code("len")), text("x"))])],
      "medium",
    ],
    ["it loads what it is given", [carried(code("h"), ["h", global("catboost.core", "CatBoostClassifier")])], "medium"],
    [
      "another function of the same code has another",
      [
        ...[code("helper"), p.put(7), p.pop],
        ...[carried(p.get(7), ["helper", p.int(1)]), p.pop, carried(p.get(7), ["helper", global("gensim.a", "b")])],
      ],
      "medium",
    ],
  ])("is told when %s", async (_, pieces, severity) => {
    expect(await worst(...pieces)).toBe(severity);
  });
});

describe("code that dill carries", () => {
  const DILL = "dill._dill";
  /** As dill writes it: globals are a dict that is filled at the end, or the main program's. */
  const carriedBy = (globals: p.Piece, name = "helper") =>
    calling(global(DILL, "_create_function"), code(name), globals, text("run"), p.none, p.none);
  const main = global("__builtin__", "__main__");
  const filledLater = (...items: (readonly [string, p.Piece])[]): p.Piece[] => [
    ...[p.emptyDict, p.put(5), p.pop, carriedBy(p.get(5)), p.get(5), mark],
    ...[...items.flatMap(([key, value]) => [text(key), value]), p.setitems, p.pop],
  ];

  it.each<[string, p.Piece[], string]>([
    ["is a computation where the name is a constant", filledLater(["helper", p.int(5)]), "low"],
    [
      "is a computation where the name is a function of the file",
      filledLater(["helper", carriedBy(p.emptyDict, "len")]),
      "low",
    ],
    ["is a computation where the main program has the name", [carriedBy(main)], "low"],
    ["is told where the name is missing", filledLater(["other", p.int(5)]), "medium"],
    ["is told where the name runs commands", filledLater(["helper", global("os", "system")]), "critical"],
    ["is told where its globals are what a call made", [carriedBy(calling(global("builtins", "dict")))], "medium"],
    [
      "is told where another function of the same code has other globals",
      [
        ...[code("helper"), p.put(7), p.pop],
        ...[dict(["helper", p.int(1)]), p.put(8), p.pop],
        calling(global(DILL, "_create_function"), p.get(7), p.get(8), text("run"), p.none, p.none),
        p.pop,
        calling(
          global(DILL, "_create_function"),
          ...[p.get(7), calling(global("builtins", "dict")), text("run"), p.none, p.none],
        ),
      ],
      "medium",
    ],
  ])("%s", async (_, pieces, severity) => expect(await worst(...pieces)).toBe(severity));

  it.each<[string, string | undefined]>([
    ["helper", undefined],
    ["model", "predict"],
    ["pattern", "findall"],
  ])("is a computation where it calls %s (%s) of the main program", async (name, attribute) => {
    const run = calling(
      ...[global(DILL, "_create_function"), code(name, attribute), main, text("run"), p.none, p.none],
    );
    expect(await worst(run)).toBe("low");
  });

  it.each<[string, string | undefined]>([
    ["run", undefined],
    ["sp", "run"],
    ["np", "load"],
    ["model", "save"],
  ])("is told where it calls %s (%s) of the main program", async (name, attribute) => {
    const run = calling(
      ...[global(DILL, "_create_function"), code(name, attribute), main, text("run"), p.none, p.none],
    );
    expect(await worst(run)).not.toBe("low");
  });

  describe("in a copy of a module's namespace", () => {
    const loader = (cls: p.Piece) => [...cls, ...p.emptyTuple, ...p.newobj, ...dict(["name", text("m")]), ...p.build];
    const spec = loader(global("_frozen_importlib", "ModuleSpec"));
    const source = loader(global("_frozen_importlib_external", "SourceFileLoader"));
    const module = (name: string) => calling(global(DILL, "_import_module"), text(name));

    it("excuses what lies there under its own name", async () => {
      const copied = filledLater(
        ...([
          ["helper", p.int(1)],
          ["sys", module("sys")],
          ["make_dataclass", global("dataclasses", "make_dataclass")],
          ["__builtins__", global("builtins", "__dict__")],
          ["__loader__", source],
          ["__spec__", spec],
        ] as const),
      );
      expect(await worst(...copied)).toBe("low");
    });

    it.each<[string, readonly [string, p.Piece]]>([
      ["a module under another name", ["helper2", module("os")]],
      ["a function under another name", ["helper2", global("os", "system")]],
      ["a loader under another name", ["x", source]],
      ["the names of builtins under another name", ["x", global("builtins", "__dict__")]],
    ])("tells %s", async (_, entry) => {
      expect(["high", "critical"]).toContain(await worst(...filledLater(["helper", p.int(1)], entry)));
    });

    it("tells what lies somewhere else too", async () => {
      const copied = filledLater(["helper", p.int(1)], ["os", [...module("os"), ...p.put(9)]]);
      expect(["high", "critical"]).toContain(await worst(...copied, p.emptyList, p.get(9), p.append));
    });

    it("tells what a function of unknown code shares", async () => {
      const copied = filledLater(["helper", p.int(1)], ["os", module("os")]);
      const unknown = calling(global("made.up", "code"));
      const second = calling(global(DILL, "_create_function"), unknown, p.get(5), text("run"), p.none, p.none);
      expect(await worst(...copied, p.pop, second)).toBe("critical");
    });

    it("tells what the code takes out of it", async () => {
      const run = [p.emptyDict, p.put(5), p.pop];
      const of = calling(
        ...[global(DILL, "_create_function"), code("os", "system"), p.get(5), text("run"), p.none, p.none],
      );
      const filled = [p.get(5), mark, text("os"), module("os"), p.setitems, p.pop];
      expect(await worst(...run, of, ...filled)).toBe("critical");
    });
  });

  it("is told where it takes commands out of the main program", async () => {
    const run = calling(...[global(DILL, "_create_function"), code("os", "system"), main, text("run"), p.none, p.none]);
    expect(await worst(run)).toBe("critical");
  });
});

describe("a module among the globals of a function", () => {
  const join = code("logging", "getLogger");

  it("is told of by what the code takes out of it", async () => {
    expect(await worst(carried(join, ["logging", subimport("logging")]))).toBe("low");
    expect(await worst(carried(code("_thread", "get_ident"), ["_thread", subimport("_thread")]))).toBe("low");
    expect(await worst(carried(code("os", "system"), ["os", subimport("os")]))).toBe("critical");
    expect(await worst(carried(code("m", "system"), ["m", subimport("os")]))).toBe("critical");
  });

  it.each<[string, p.Piece[]]>([
    ["under a name that means something else", [carried(code("math", "remove"), ["math", subimport("os")])]],
    ["without a function", [subimport("os")]],
    ["of a function whose code is not there", [carried(p.none, ["os", subimport("os")])]],
    [
      "and somewhere else",
      [subimport("os"), p.put(3), p.pop, p.emptyList, p.get(3), p.append, carried(join, ["os", p.get(3)]), tuple].slice(
        0,
        -1,
      ),
    ],
    [
      "and in a list behind what is remembered",
      [
        ...[subimport("os"), p.put(3), p.pop, p.emptyList, mark, ...Array.from({ length: 300 }, () => p.none)],
        ...[p.get(3), p.appends, carried(join, ["os", p.get(3)])],
      ],
    ],
    [
      "whose dict is an object's state as well",
      [
        ...[dict(["os", subimport("os")]), p.put(4), p.pop, made(join), p.put(0), global(CLOUD, "_function_setstate")],
        ...[tupleOf(p.get(0), tupleOf(p.emptyDict, dict(["__globals__", p.get(4)]))), reduce, p.pop, p.pop],
        ...[global("sklearn.base", "BaseEstimator"), p.emptyTuple, p.newobj, p.get(4), p.build],
      ],
    ],
  ])("is told %s", async (_, pieces) => {
    expect(["high", "critical"]).toContain(await worst(...pieces));
  });
});

describe("a class or an enum that the file carries", () => {
  const skeleton = (bases: p.Piece, metaclass = global("builtins", "type")) =>
    calling(global(CLOUD, "_make_skeleton_class"), metaclass, text("C"), bases, p.emptyDict, text("id"), p.none);

  it("may be called, as far as its bases are harmless", async () => {
    expect(
      await worst(calling(skeleton(tupleOf(global("collections", "defaultdict"))), global("builtins", "list"))),
    ).toBe(undefined);
    expect(await worst(calling(skeleton(tupleOf(global("catboost.core", "CatBoostClassifier"))), text("a")))).toBe(
      "high",
    );
    expect(await worst(calling(skeleton(tupleOf(global("my.code", "Thing"))), text("a")))).toBe("high");
    expect(await worst(calling(skeleton(p.emptyTuple), text("a")))).toBe("high");
  });

  it("may be asked for a member", async () => {
    const members = dict(["R", p.int(1)]);
    const cls = calling(
      global(CLOUD, "_make_skeleton_enum"),
      ...[tupleOf(global("enum", "Enum")), text("C"), text("C"), members, text("m"), text("id"), p.none],
    );
    expect(await worst(calling(cls, p.int(1)))).toBe(undefined);
    expect(await worst(calling(cls, text("D"), members))).toBe("high");
  });

  it("may have map in a cell of its functions, where namedtuples have it, and nowhere else", async () => {
    const cell = calling(global(CLOUD, "_make_cell"), global("builtins", "map"));
    expect(await rulesOf(pickle(proto(4), cell, stop))).toEqual([]);
    expect(await rulesOf(pickle(proto(4), cell, p.pop, cell, stop))).toEqual([]);
    expect(await worst(cell, p.pop, global("builtins", "map"), p.mark, global("os", "abort"), tuple, reduce)).toBe(
      "critical",
    );
    expect(await worst(calling(global("functools", "partial"), global("builtins", "map")), p.pop, cell)).toBe("high");
  });
});
