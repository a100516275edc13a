import { describe, expect, it } from "vitest";
import * as p from "../../builders/pickle.js";
import { findingsOf } from "./scan.js";

const { global, mark, pickle, proto, reduce, stop, text, tuple } = p;
const DILL = "dill._dill";

function calling(callable: p.Piece, ...args: p.Piece[]): p.Piece {
  return [...callable, ...mark, ...args.flatMap((arg) => [...arg]), ...tuple, ...reduce];
}

const cell = calling(global(DILL, "_create_cell"), p.none);
const typeType = calling(global(DILL, "_load_type"), text("type"));
const made = calling(
  global(DILL, "_create_type"),
  ...[typeType, text("C"), [...mark, ...global("builtins", "object"), ...tuple], p.emptyDict],
);
/** `getattr(dill._dill, "_setattr", setattr)` */
const shim = calling(
  ...([
    global("builtins", "getattr"),
    global("dill", "_dill"),
    text("_setattr"),
    global("builtins", "setattr"),
  ] as const),
);
const setattr = global("builtins", "setattr");

async function told(...pieces: p.Piece[]): Promise<string[]> {
  return (await findingsOf(pickle(proto(4), ...pieces, stop))).map(({ severity, rule }) => `${severity} ${rule}`);
}

describe("what dill writes behind functions and classes", () => {
  it.each<[string, p.Piece[]]>([
    ["fills a cell", [calling(shim, cell, text("cell_contents"), p.int(3))]],
    ["empties a cell", [calling(global("builtins", "delattr"), cell, text("cell_contents"))]],
    ["names a class", [calling(setattr, made, text("__qualname__"), text("outer.C"))]],
    [
      "names an enum of the main program",
      [calling(setattr, global("__main__", "Color"), text("__qualname__"), text("Color"))],
    ],
    [
      "fills two cells and names a class",
      [
        ...[calling(shim, cell, text("cell_contents"), p.int(3)), p.pop],
        ...[calling(shim, cell, text("cell_contents"), made), p.pop],
        calling(setattr, made, text("__qualname__"), text("C")),
      ],
    ],
  ])("is silent where it %s", async (_, pieces) => {
    expect((await told(...pieces)).filter((line) => !line.startsWith("low"))).toEqual([]);
  });

  it.each<[string, p.Piece[]]>([
    ["sets another attribute of a cell", [calling(shim, cell, text("__class__"), p.int(3))]],
    ["sets another attribute of a class", [calling(setattr, made, text("__init__"), global("os", "system"))]],
    ["names a class by what is no text", [calling(setattr, made, text("__qualname__"), p.int(1))]],
    ["changes a class of a library", [calling(setattr, global("torch", "Tensor"), text("__qualname__"), text("x"))]],
    ["changes a module", [calling(setattr, global("dill", "_dill"), text("__qualname__"), text("x"))]],
    [
      "takes another function of dill",
      [calling(global("builtins", "getattr"), global("dill", "_dill"), text("load"), setattr)],
    ],
    [
      "hands setattr on",
      [calling(setattr, made, text("__qualname__"), text("C")), p.pop, p.emptyList, setattr, p.append],
    ],
    [
      "appends setattr to what another call made",
      [
        ...[calling(setattr, made, text("__qualname__"), text("C")), p.pop],
        ...[calling(global("collections", "deque")), setattr, p.append],
      ],
    ],
    [
      "does one thing more with setattr",
      [
        ...[calling(setattr, made, text("__qualname__"), text("C")), p.pop],
        calling(setattr, global("builtins", "str"), text("__qualname__"), text("C")),
      ],
    ],
  ])("is told where it %s", async (_, pieces) => {
    expect((await told(...pieces)).some((line) => /^(?:critical|high)/.test(line))).toBe(true);
  });
});

describe("a class that dill makes", () => {
  const classOf = (metaclass: p.Piece, ...body: (readonly [string, p.Piece])[]) =>
    calling(
      global(DILL, "_create_type"),
      ...[metaclass, text("C"), [...mark, ...global("builtins", "object"), ...tuple]],
      [...p.emptyDict, ...mark, ...body.flatMap(([name, value]) => [...text(name), ...value]), ...p.setitems],
    );
  const fetched = (name: string, ...args: p.Piece[]) =>
    calling(calling(global(DILL, "_load_type"), text(name)), ...args);

  it.each<[string, p.Piece]>([
    ["plain attributes", classOf(typeType, ["scale", p.int(2)], ["__doc__", text("doc")])],
    ["a property without functions", classOf(typeType, ["x", fetched("property", p.none, p.none, p.none)])],
    ["a static method that is harmless", classOf(typeType, ["f", fetched("staticmethod", global("builtins", "len"))])],
  ])("is silent with %s", async (_, piece) => expect(await told(piece)).toEqual([]));

  it.each<[string, p.Piece]>([
    ["a hook that runs commands", classOf(typeType, ["__setstate__", global("os", "system")])],
    ["a property that runs commands", classOf(typeType, ["x", fetched("property", global("os", "system"))])],
    ["a metaclass that nobody knows", classOf(global("some.code", "make"), ["x", p.int(1)])],
    ["type itself, called", fetched("type", text("C"), p.emptyTuple, p.emptyDict)],
  ])("is told with %s", async (_, piece) => {
    expect((await told(piece)).some((line) => /^(?:critical|high)/.test(line))).toBe(true);
  });
});

describe("a generic class that dill makes", () => {
  const setItems = global(DILL, "_setitems");
  const dictOf = (...entries: (readonly [string, p.Piece])[]): p.Piece => [
    ...[...p.emptyDict, ...mark],
    ...[...entries.flatMap(([name, value]) => [...text(name), ...value]), ...p.setitems],
  ];
  const tupleOf = (...items: p.Piece[]): p.Piece => [...mark, ...items.flatMap((item) => [...item]), ...tuple];
  const filling = (stated: p.Piece, keywords: p.Piece): p.Piece => [
    ...calling(global("functools", "partial"), setItems),
    ...tupleOf(stated, p.emptyTuple, keywords, p.none),
    ...p.build,
  ];
  const generic = tupleOf(global("typing", "Generic"));
  const plain = dictOf(["metaclass", typeType]);
  const newClass = (keywords: p.Piece, fill: p.Piece) =>
    calling(global("types", "new_class"), text("Box"), generic, keywords, fill);

  it.each<[string, p.Piece]>([
    ["without a body", newClass(plain, p.none)],
    ["with attributes", newClass(plain, filling(setItems, dictOf(["source", dictOf(["size", p.int(1)])])))],
  ])("is silent %s", async (_, piece) => {
    expect((await told(piece)).filter((line) => !line.startsWith("low"))).toEqual([]);
  });

  it.each<[string, p.Piece]>([
    ["a metaclass that nobody knows", newClass(dictOf(["metaclass", global("some.code", "make")]), p.none)],
    ["another keyword", newClass(dictOf(["hook", global("os", "system")]), p.none)],
    [
      "a body that something else fills",
      newClass(plain, filling(global("os", "system"), dictOf(["source", dictOf()]))),
    ],
    ["a body under another keyword", newClass(plain, filling(setItems, dictOf(["dest", dictOf()])))],
    ["a function that fills it", newClass(plain, global("some.code", "fill"))],
    [
      "a hook that runs commands",
      newClass(plain, filling(setItems, dictOf(["source", dictOf(["__set_name__", global("os", "system")])]))),
    ],
  ])("is told with %s", async (_, piece) => {
    expect((await told(piece)).some((line) => /^(?:critical|high)/.test(line))).toBe(true);
  });

  it("is told where items are set on what is there already", async () => {
    const builtins = global("builtins", "__dict__");
    expect(await told(calling(setItems, builtins, dictOf(["len", global("os", "system")])))).toContain(
      "high pickle/argument",
    );
  });
});
