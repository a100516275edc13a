import { describe, expect, it } from "vitest";
import type { RunningMachine } from "../../../src/formats/pickle/event.js";
import { PickleMachine } from "../../../src/formats/pickle/machine.js";
import type { Value } from "../../../src/formats/pickle/value.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { isArrayWrapper, type RawArray, rawArrayOf } from "../../../src/scanners/pickle/arrays.js";
import { call, callOf, dict, listOf, made, named, tupleOf, whole, withState } from "../../attacks/pickle-calls.js";
import * as p from "../../builders/pickle.js";

/** What the last BUILD of a pickle announces, and for what. */
function builtBy(object: p.Piece, state: p.Piece): { isWrapper: boolean; array: RawArray } {
  let machine: RunningMachine | undefined;
  let found: { isWrapper: boolean; array: RawArray } | undefined;
  const sink = {
    begin: (running: RunningMachine) => {
      machine = running;
    },
    built: (_: number, target: Value, given: Value) => {
      if (machine === undefined) throw new Error("BUILD before the beginning");
      found = { isWrapper: isArrayWrapper(machine.inspect, target), array: rawArrayOf(machine.inspect, given) };
    },
  };
  new PickleMachine(new BufferSource(whole(withState(object, state))), sink).run(0);
  if (found === undefined) throw new Error("no BUILD");
  return found;
}

const WRAPPER = ["joblib.numpy_pickle", "NumpyArrayWrapper"] as const;
const announced = (state: p.Piece) => builtBy(made(...WRAPPER), state).array;
const dtype = (type: string | p.Piece, state?: p.Piece) => {
  const bare = call(
    "numpy",
    "dtype",
    typeof type === "string" ? p.text(type) : type,
    p.op("NEWFALSE"),
    p.op("NEWTRUE"),
  );
  return state === undefined ? bare : withState(bare, state);
};
/** The state of a dtype: (version, order, subdtype, names, fields, size, alignment, flags). */
const stated = (size: p.Piece, flags: p.Piece = p.int(0), fields: p.Piece = p.none, version = p.int(3)) =>
  tupleOf(version, p.text("<"), p.none, p.none, fields, size, p.int(-1), flags);
const array = (type: p.Piece, shape: p.Piece = tupleOf(p.int(2), p.int(3)), more: Parameters<typeof dict>[0] = {}) =>
  announced(dict({ dtype: type, shape, ...more }));

const UNKNOWN = { kind: "unknown" };
const data = (bytes: number, aligned = false) => ({ kind: "data", bytes, aligned });

describe("the object that announces an array", () => {
  const cls = named(...WRAPPER);
  it.each([
    ["joblib's", made(...WRAPPER)],
    ["the copy that sklearn had", made("sklearn.externals.joblib.numpy_pickle", "NumpyArrayWrapper")],
    ["called", call(...WRAPPER)],
    ["made by copyreg", call("copyreg", "_reconstructor", cls, named("builtins", "object"), p.none)],
    [
      "a class of the file's with it among other bases",
      callOf(
        call(
          "cloudpickle.cloudpickle",
          "_make_skeleton_class",
          named("builtins", "type"),
          p.text("X"),
          tupleOf(named("builtins", "object"), cls),
          p.emptyDict,
        ),
      ),
    ],
  ])("is the wrapper: %s", (_, object) => {
    expect(builtBy(object, p.emptyDict).isWrapper).toBe(true);
  });
  it.each([
    ["another class of joblib's", made("joblib.numpy_pickle", "NumpyArray")],
    ["a class of that name elsewhere", made("somewhere.else", "NumpyArrayWrapper")],
    ["a call that is given it", call("builtins", "list", cls)],
    ["nothing by copyreg", call("copyreg", "_reconstructor")],
    [
      "a class of the file's with it in a list",
      callOf(call("cloudpickle.cloudpickle", "_make_skeleton_class", listOf(cls))),
    ],
    ["an imported name", cls],
    ["a constant", p.int(1)],
  ])("is none: %s", (_, object) => {
    expect(builtBy(object, p.emptyDict).isWrapper).toBe(false);
  });
});

describe("the bytes of an array", () => {
  it.each([
    ["numbers", dtype("f8"), 48],
    ["numbers of another order", dtype(">i4"), 24],
    ["truth values", dtype("?"), 6],
    ["texts of a length", dtype("U5"), 120],
    ["bytes of a length", dtype("S5"), 30],
    ["times", dtype("<M8[ns]"), 48],
    ["records by their size", dtype("V0", stated(p.int(12))), 72],
    ["records of no size", dtype("V3", stated(p.int(0))), 0],
    ["numbers of an older version", dtype("f8", stated(p.int(-1), p.int(0), p.none, p.int(1))), 48],
    ["flags that are a truth value", dtype("f8", stated(p.int(-1), p.op("NEWFALSE"))), 48],
  ])("are known of %s", (_, type, bytes) => {
    expect(array(type)).toEqual(data(bytes));
  });
  it.each([
    ["no dimension", p.emptyTuple, 8],
    ["a list of dimensions", listOf(p.int(3)), 24],
    ["an empty dimension", tupleOf(p.int(0), p.int(5)), 0],
    ["one dimension of one", tupleOf(p.int(1)), 8],
  ])("are known of %s", (_, shape, bytes) => {
    expect(array(dtype("f8"), shape)).toEqual(data(bytes));
  });
  it("come behind padding where they are aligned", () => {
    expect(array(dtype("f8"), p.emptyTuple, { numpy_array_alignment_bytes: p.int(16) })).toEqual(data(8, true));
    expect(array(dtype("f8"), p.emptyTuple, { numpy_array_alignment_bytes: p.none })).toEqual(data(8));
  });
});

describe("an array of objects, which is a pickle", () => {
  const field = (type: p.Piece) => tupleOf(type, p.int(0));
  it.each([
    ["objects", dtype("O")],
    ["objects of eight bytes", dtype("O8")],
    ["numbers whose flags say so", dtype("f8", stated(p.int(-1), p.int(63)))],
    ["numbers whose flags are true", dtype("f8", stated(p.int(-1), p.op("NEWTRUE")))],
    [
      "an older version's field of objects",
      dtype("V8", stated(p.int(8), p.int(0), dict({ a: field(dtype("f8")), b: field(dtype("O")) }), p.int(1))),
    ],
    [
      "an older version's field that cannot be read",
      dtype("V8", stated(p.int(8), p.int(0), dict({ a: field(p.int(1)) }), p.int(1))),
    ],
  ])("is one of %s", (_, type) => {
    expect(array(type)).toEqual({ kind: "pickle" });
  });
  it("is none of an older version's numbers", () => {
    expect(
      array(dtype("V8", stated(p.int(8), p.int(0), dict({ a: field(dtype("f8")), b: tupleOf() }), p.int(1)))),
    ).toEqual(data(48));
  });
});

describe("an array that cannot be told", () => {
  it.each([
    ["fields in one text", dtype("f8,f8")],
    ["a type of no size", dtype("f")],
    ["a type that is no text", dtype(p.int(8))],
    ["a type that is bytes", dtype(p.bytes("f8"))],
    ["a type of no name", call("numpy", "dtype")],
    ["what is no dtype", call("numpy", "zeros", p.text("f8"))],
    ["another package's dtype", call("numpyx", "dtype", p.text("f8"))],
    ["a constant", p.text("f8")],
    ["a state of another length", dtype("f8", tupleOf(p.int(3), p.text("<")))],
    ["a state of ten", dtype("f8", tupleOf(...Array.from({ length: 10 }, () => p.int(3))))],
    ["a state that is no tuple", dtype("f8", p.text("x"))],
    ["records of a size below nothing", dtype("V8", stated(p.int(-8)))],
    ["records of a size that is none", dtype("V8", stated(p.op("NEWTRUE")))],
    ["flags that are no number", dtype("f8", stated(p.int(-1), p.none))],
  ])("is one of %s", (_, type) => {
    expect(array(type)).toEqual(UNKNOWN);
  });
  it.each([
    ["a negative dimension", tupleOf(p.int(-2), p.int(-3))],
    ["a dimension that is a truth value", tupleOf(p.op("NEWTRUE"))],
    ["a dimension that a call returned", tupleOf(call("builtins", "len", p.emptyList))],
    ["a number for a shape", p.int(3)],
    ["more dimensions than numpy has", tupleOf(...Array.from({ length: 65 }, () => p.int(1)))],
    ["more bytes than there can be", tupleOf(...Array.from({ length: 4 }, () => p.int(1 << 30)))],
  ])("is one with %s", (_, shape) => {
    expect(array(dtype("f8"), shape)).toEqual(UNKNOWN);
  });
  it.each([
    ["no type", dict({ shape: p.emptyTuple })],
    ["no shape", dict({ dtype: dtype("f8") })],
    ["a state that is no dict", tupleOf(dtype("f8"))],
    [
      "a key that is no text",
      p.pickle(dict({ dtype: dtype("f8"), shape: p.emptyTuple }), p.int(1), p.int(1), p.setitem),
    ],
  ])("is one with %s", (_, state) => {
    expect(announced(state)).toEqual(UNKNOWN);
  });
});
