import { describe, expect, it } from "vitest";
import { call, dict, listOf, made, named, tupleOf, UNVETTED, whole, withState } from "../../attacks/pickle-calls.js";
import * as p from "../../builders/pickle.js";
import { findingsOf } from "./scan.js";
import { allOf, silent, told } from "./tables.js";

const LINEAR = made("torch.nn.modules.linear", "Linear");
const APPEND = p.text("append");
const of = (state: p.Piece, object = LINEAR) => withState(object, state);
const keyed = (key: p.Piece, value: p.Piece = UNVETTED) => p.pickle(p.emptyDict, key, value, p.setitem);
const pair = (key: p.Piece, value: p.Piece = UNVETTED) => listOf(tupleOf(key, value));
const filled = (object: p.Piece, key: p.Piece, value: p.Piece = UNVETTED) => p.pickle(object, key, value, p.setitem);
const copied = (times: number, items: p.Piece): p.Piece =>
  call("builtins", "dict", times === 1 ? items : copied(times - 1, items));
const nestedCall = (times: number): p.Piece =>
  call("numpy", "dtype", times === 1 ? p.text("f8") : nestedCall(times - 1));
/** A member of an enumeration. */
const NO = call("transformers.trainer_utils", "IntervalStrategy", p.text("no"));
const many = (count: number) => Array.from({ length: count }, (_, i) => p.pickle(p.text(`a${i}`), p.int(i)));

describe("methods that a state plants", () => {
  told("critical pickle/planted-method", [
    ["__setstate__", of(dict({ __setstate__: UNVETTED }))],
    ["one written with escapes", of(keyed(p.line("UNICODE", "__set\\u0073tate__")))],
    ["one written with escapes of Python 2", of(keyed(p.line("STRING", "'__set\\x73tate__'")))],
    ["one that a call made", of(dict({ __call__: call("functools", "partial", UNVETTED) }))],
    ["an object", of(dict({ __call__: LINEAR }))],
    ["what the extension registry has", of(dict({ __call__: p.ext1(7) }))],
    ["one among the attributes of slots", of(tupleOf(p.none, dict({ __setstate__: UNVETTED })))],
    ["one for the result of a call", of(dict({ __setstate__: UNVETTED }), call("collections", "OrderedDict"))],
    ["one in a dict that dict() copies", of(call("builtins", "dict", dict({ __setstate__: UNVETTED })))],
    ["one among defaults", of(call("collections", "defaultdict", p.none, dict({ __setstate__: UNVETTED })))],
  ]);
  told("high pickle/planted-method", [
    ["a method that containers have", of(dict({ append: UNVETTED }))],
    ["one in pairs", of(call("builtins", "dict", pair(APPEND)))],
    ["one in pairs of pairs' dict", of(call("builtins", "dict", call("collections", "OrderedDict", pair(APPEND))))],
    [
      "one in pairs behind a harmless pair",
      of(call("builtins", "dict", listOf(tupleOf(p.text("a"), p.int(1)), tupleOf(APPEND, UNVETTED)))),
    ],
    ["dicts made of dicts deeper than anybody writes them", of(copied(8, pair(APPEND)))],
    ["one set to what a call made", of(filled(call("collections", "OrderedDict"), APPEND))],
    ["one set to a dict made by NEWOBJ", of(filled(made("builtins", "dict"), APPEND))],
    ["a name that operator.add makes", of(keyed(call("operator", "add", p.text("app"), p.text("end"))))],
    [
      "a name that operator.add makes, in pairs",
      of(call("builtins", "dict", pair(call("builtins", "format", APPEND)))),
    ],
    ["a name that max chooses", of(keyed(call("builtins", "max", listOf(APPEND, p.text("a")))))],
    ["a name that str.__new__ makes", of(keyed(made("builtins", "str", APPEND)))],
    ["a name that numpy's class of texts makes", of(keyed(made("numpy", "str_", APPEND)))],
    [
      "a name that copyreg makes",
      of(keyed(call("copyreg", "_reconstructor", named("numpy", "str_"), named("builtins", "str"), APPEND))),
    ],
    [
      "a name that numpy keeps as a scalar",
      of(
        keyed(
          call(
            "numpy.core.multiarray",
            "scalar",
            call("numpy", "dtype", p.text("U6")),
            p.bytes(Buffer.from("append", "utf16le").toString("latin1").replaceAll("\0", "\0\0\0")),
          ),
        ),
      ),
    ],
    [
      "a made name behind others",
      of(p.pickle(p.emptyDict, p.mark, p.text("a"), p.int(1), made("builtins", "str", APPEND), UNVETTED, p.setitems)),
    ],
  ]);
  told("medium pickle/planted-method", [
    [
      "a special method among more attributes than are remembered",
      of(p.pickle(p.emptyDict, p.mark, ...many(3000), p.text("__setstate__"), UNVETTED, p.setitems)),
    ],
    [
      "one among so many, behind data by another's name",
      of(p.pickle(p.emptyDict, p.mark, APPEND, p.int(1), ...many(3000), p.text("__setstate__"), UNVETTED, p.setitems)),
    ],
    [
      "a made name that is set to what a call made",
      of(filled(call("collections", "OrderedDict"), call("builtins", "format", APPEND))),
    ],
  ]);
  it("are told once, whatever other names the state has", async () => {
    const state = p.pickle(
      p.emptyDict,
      p.mark,
      p.text("__setstate__"),
      UNVETTED,
      made("builtins", "str", APPEND),
      UNVETTED,
      p.setitems,
    );
    expect(await allOf(of(state))).toEqual(["critical pickle/planted-method"]);
    const long = p.pickle(p.emptyDict, p.mark, p.text("__setstate__"), UNVETTED, ...many(3000), p.setitems);
    expect(await allOf(of(long))).toEqual(["critical pickle/planted-method"]);
  });
  silent([
    ["a function beside data by the name of a method", of(dict({ append: p.int(1), forward: UNVETTED }))],
    ["a made name as the value of a member", of(keyed(NO, made("builtins", "str", APPEND)))],
    [
      "a member among more attributes than are remembered",
      of(p.pickle(p.emptyDict, p.mark, NO, p.int(1), ...many(3000), p.setitems)),
    ],
    ["an ordinary attribute", of(dict({ forward: UNVETTED }))],
    ["data by the name of a method", of(dict({ append: p.int(1), add: p.text("a"), __call__: p.none }))],
    ["data by such a name in pairs", of(call("builtins", "dict", pair(APPEND, p.int(1))))],
    ["a function by an ordinary name in pairs", of(call("builtins", "dict", pair(p.text("forward"))))],
    ["expressions inside each other", of(tupleOf(nestedCall(9)))],
    ["a pair of one", of(call("builtins", "dict", listOf(tupleOf(APPEND))))],
    ["more attributes than are remembered", of(p.pickle(p.emptyDict, p.mark, ...many(3000), p.setitems))],
    ["members of an enumeration for keys", of(keyed(NO))],
    ["objects for keys", of(keyed(made("torch.nn.modules.linear", "Linear")))],
    ["a name that a class made, as a value", of(keyed(p.text("a"), made("builtins", "str", APPEND)))],
    ["a name that a function made, as a value", of(keyed(p.text("a"), call("builtins", "format", APPEND)))],
    ["an ordered dict of its own", of(filled(call("collections", "OrderedDict"), p.text("weight")))],
    [
      "an ordered dict for a state of slots",
      of(tupleOf(p.none, call("collections", "OrderedDict", pair(p.text("a"))))),
    ],
    ["a state that is no dict", of(p.text("append"))],
  ]);
});

describe("objects that are everybody's", () => {
  const logger = call("logging", "getLogger", p.text("x"));
  told("critical pickle/state-overwrite", [
    ["the state of an imported name", of(dict({ a: p.int(1) }), named("torch", "nn"))],
    ["the state of what getLogger returned", of(dict({ a: p.int(1) }), logger)],
  ]);
  it("tells items that are added to them", async () => {
    expect(await allOf(filled(logger, p.text("a")))).toContain("high pickle/mutation");
    expect(await allOf(filled(named("torch", "nn"), p.text("a")))).toContain("high pickle/mutation");
  });
  silent([
    ["items of a fresh result", filled(call("collections", "OrderedDict"), p.text("a"))],
    ["items of a fresh object", filled(LINEAR, p.text("a"))],
  ]);
});

describe("state and items of what has none", () => {
  it.each([
    ["the state of a constant", of(dict({ a: p.int(1) }), p.int(1))],
    ["items of a list by SETITEM", filled(p.emptyList, p.int(0))],
    ["items of a number by APPEND", p.pickle(p.int(1), p.int(1), p.append)],
  ])("are told: %s", async (_, piece) => {
    expect(await allOf(piece)).toEqual(["medium pickle/irregular"]);
  });
  it("is told with the vulnerability that SETITEM on a list was", async () => {
    const referencesOf = async (piece: p.Piece) => (await findingsOf(whole(piece)))[0]?.references;
    expect(await referencesOf(filled(p.emptyList, p.int(0)))).toEqual(["CVE-2026-24747"]);
    expect(await referencesOf(p.pickle(p.emptyList, p.mark, p.int(0), p.int(1), p.setitems))).toEqual([
      "CVE-2026-24747",
    ]);
    expect(await referencesOf(p.pickle(p.int(1), p.int(1), p.append))).toEqual([]);
  });
});
