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
});
