import { describe, expect, it } from "vitest";
import { call, callOf, dict, listOf, made, named, tupleOf, UNVETTED, withState } from "../../attacks/pickle-calls.js";
import * as p from "../../builders/pickle.js";
import { allOf, type Case, silent, told, worstOf } from "./tables.js";

const HIGH = "high pickle/argument";
const MEDIUM = "medium pickle/argument";
const CRITICAL = "critical pickle/argument";
const CRITICAL_IMPORT = "critical pickle/unsafe-import";

const SOME = named("torch.made_up", "Some");
const OWN = named("__main__", "Own");
const RESULT = call("numpy", "dtype", p.text("f8"));
const builtin = (name: string, ...args: readonly p.Piece[]) => call("builtins", name, ...args);
const operator = (name: string, ...args: readonly p.Piece[]) => call("operator", name, ...args);

describe("classes made by a call", () => {
  const parts = [p.text("X"), p.emptyTuple, p.emptyDict];
  told(HIGH, [
    ["type", builtin("type", ...parts)],
    ["ABCMeta", call("abc", "ABCMeta", ...parts)],
    ["EnumMeta", call("enum", "EnumMeta", ...parts)],
    ["EnumType", call("enum", "EnumType", ...parts)],
  ]);
  silent([
    ["the type of None", builtin("type", p.none)],
    ["a metaclass by its name alone", named("abc", "ABCMeta")],
  ]);
});

describe("callables that call again and again", () => {
  silent([
    ["an iterator over a list", builtin("iter", listOf(p.int(1)))],
    ["an iterator over what another call made", builtin("iter", call("functools", "partial", UNVETTED))],
    ["a vetted function that is called until it returns nothing", builtin("iter", named("operator", "add"), p.none)],
    [
      "a union of types",
      call(
        "functools",
        "reduce",
        named("operator", "or_"),
        tupleOf(named("builtins", "int"), named("builtins", "str")),
      ),
    ],
  ]); // one line per case
  told(HIGH, [["a function that is called until it returns nothing", builtin("iter", UNVETTED, p.none)]]);
  told(CRITICAL, [
    ["reduce by another function", call("functools", "reduce", named("operator", "add"), tupleOf(p.int(1), p.int(2)))],
    [
      "reduce by what another call made",
      call("functools", "reduce", call("functools", "partial", UNVETTED), listOf(p.int(1))),
    ],
    ["reduce by nothing", call("functools", "reduce")],
  ]);
});

describe("texts that dill evaluates", () => {
  const evaluated = (text: string) => call("dill._dill", "_eval_repr", p.text(text));
  it.each(["Ellipsis", "NotImplemented", "range(3)", "xrange(0, 10, -2)"])("lets %j pass", async (text) => {
    expect(await worstOf(evaluated(text))).toBe("silent");
  });
  it.each(["range(f())", "x", "range(3), f()", "srange(3)", ""])("tells %j", async (text) => {
    expect(await worstOf(evaluated(text))).toBe(CRITICAL);
  });
  told(CRITICAL, [
    ["what is no text", call("dill._dill", "_eval_repr", p.none)],
    ["nothing", call("dill._dill", "_eval_repr")],
  ]);
});

describe("states that Cython restores", () => {
  const restored = (cls: p.Piece) => call("sklearn.made_up", "__pyx_unpickle_Tree", cls, p.int(1), p.none);
  silent([
    ["a class of a known package", restored(SOME)],
    ["a vetted class", restored(named("collections", "OrderedDict"))],
    ["a time zone", call("dateutil.tz", "_tzfile._unpickle", SOME)],
  ]);
  told(MEDIUM, [
    ["the author's own class", restored(OWN)],
    ["a class of Python's that nobody vetted", restored(named("textwrap", "TextWrapper"))],
    ["what another call made", restored(RESULT)],
    ["a time zone of another class", call("dateutil.tz", "_tzfile._unpickle", OWN)],
    ["no class", call("sklearn.made_up", "__pyx_unpickle_Tree")],
  ]);
});

describe("models that keras loads", () => {
  const loaded = (...args: readonly p.Piece[]) =>
    call("keras.src.models.sequential", "Sequential._unpickle_model", ...args);
  silent([["an archive in memory", loaded(call("io", "BytesIO", p.bytes("x")))]]);
  it("tells keras's own function by its argument too", async () => {
    const own = (stream: p.Piece) => allOf(call("keras.src.models", "_unpickle_model", stream));
    expect(await own(p.text("model.keras"))).toContain(HIGH);
    expect(await own(call("io", "BytesIO", p.bytes("x")))).not.toContain(HIGH);
  });
  told(HIGH, [
    ["the name of a file", loaded(p.text("model.keras"))],
    ["what another call made", loaded(RESULT)],
    ["nothing", loaded()],
  ]);
  it("tells what the file calls in turn, beside that call", async () => {
    expect(await allOf(loaded(callOf(RESULT)))).toEqual(["high pickle/result-called", HIGH]);
  });
});

describe("attributes", () => {
  const fetched = (owner: p.Piece, name: p.Piece) => builtin("getattr", owner, name);
  silent([
    ["a method of what a call returned", fetched(RESULT, p.text("newbyteorder"))],
    ["the maker of a known package's class", fetched(SOME, p.text("__new__"))],
    ["the name of an object", fetched(RESULT, p.text("__name__"))],
    ["a name that only begins like a special one", fetched(RESULT, p.text("__x"))],
    ["a getter of names", operator("attrgetter", p.text("a.b"), p.text("__name__"))],
  ]);
  told(HIGH, [
    ["a special method", fetched(RESULT, p.text("__reduce__"))],
    ["the maker of what a call returned", fetched(RESULT, p.text("__new__"))],
    ["a name that is no constant", fetched(RESULT, RESULT)],
    ["one argument alone", builtin("getattr", RESULT)],
    ["a special method as dill fetches it", call("dill._dill", "_getattr", RESULT, p.text("__reduce__"))],
    ["a getter of a special method", operator("attrgetter", p.text("a.__reduce__.b"))],
    ["a getter of a special method behind a name", operator("attrgetter", p.text("a"), p.text("__reduce__"))],
    ["a getter by what is no constant", operator("attrgetter", RESULT)],
  ]);
  it("tells the maker of the author's own class", async () => {
    expect(await allOf(fetched(OWN, p.text("__new__")))).toContain(HIGH);
  });
});

describe("items", () => {
  silent([
    ["a getter of items", operator("itemgetter", p.int(0), p.text("a"))],
    ["an item of a vetted name", operator("getitem", named("collections", "OrderedDict"), p.int(0))],
    ["an item of a known package's name", operator("getitem", SOME, p.int(0))],
    ...Object.entries({
      tuple: tupleOf(p.int(1)),
      list: listOf(p.int(1)),
      dict: dict({ a: p.int(1) }),
      set: p.emptySet,
      text: p.text("ab"),
      bytes: p.bytes("ab"),
    }).map(([kind, owner]): Case => [`an item of a ${kind}`, operator("getitem", owner, p.int(0))]),
  ]);
  told(HIGH, [
    ["a getter of a special name", operator("itemgetter", p.int(0), p.text("__builtins__"))],
    ["an item of what a call returned", operator("getitem", RESULT, p.int(0))],
    ["an item of an object", operator("getitem", made("torch.made_up", "Some"), p.int(0))],
    ["an item of a number", operator("getitem", p.int(1), p.int(0))],
    ["an item of nothing", operator("getitem")],
  ]);
  told(MEDIUM, [
    ["a getter by what is no constant", operator("itemgetter", RESULT)],
    ["an item of the author's own", operator("getitem", OWN, p.int(0))],
  ]);
});

it("tells an item of what Python has and nobody vetted, beside its name", async () => {
  expect(await allOf(call("operator", "getitem", named("textwrap", "made_up"), p.int(0)))).toEqual([
    "medium pickle/unknown-import",
    MEDIUM,
  ]);
});

describe("partials", () => {
  const partial = (...args: readonly p.Piece[]) => call("functools", "partial", ...args);
  silent([
    ["a function", partial(UNVETTED)],
    ["a partial", partial(partial(UNVETTED))],
    ["what another call made", partial(RESULT)],
    ["an object", partial(made("torch.made_up", "Some"))],
    ["nothing", partial()],
  ]);
  told(MEDIUM, [["a constant", partial(p.text("id"))]]);
});

describe("texts that are encoded", () => {
  const encoded = (...args: readonly p.Piece[]) => call("_codecs", "encode", ...args);
  it.each(["latin1", "latin-1", "ISO-8859-1", "ascii", "utf8", "UTF-8"])("lets %s pass", async (encoding) => {
    expect(await worstOf(encoded(p.text("abc"), p.text(encoding)))).toBe("silent");
  });
  silent([
    ["no encoding", encoded(p.text("abc"))],
    ["nothing", encoded()],
  ]);
  told(MEDIUM, [
    ["an encoding that compresses", encoded(p.text("abc"), p.text("zlib"))],
    ["the same by its public name", call("codecs", "encode", p.text("abc"), p.text("zlib"))],
    ["an encoding that is no constant", encoded(p.text("abc"), RESULT)],
    ["what is no text", encoded(RESULT, p.text("latin1"))],
  ]);
});

describe("copyreg's reconstructor", () => {
  const restored = (cls: p.Piece, base: p.Piece, state: p.Piece = p.none) =>
    call("copyreg", "_reconstructor", cls, base, state);
  const OBJECT = named("builtins", "object");
  silent([
    ["an object", restored(SOME, OBJECT)],
    ["an object of object itself", restored(OBJECT, OBJECT)],
    ["a list", restored(SOME, named("builtins", "list"), listOf(p.int(1)))],
    ["a text of a class of texts", restored(SOME, named("builtins", "str"), p.text("a"))],
    ["a base of a known package", restored(SOME, named("torch.made_up", "Base"), p.int(1))],
    ["a base that opens files, without a file", restored(SOME, named("lightgbm.basic", "Booster"))],
  ]);
  told(HIGH, [
    ["a base that is what a call returned", restored(SOME, RESULT)],
    ["no base", call("copyreg", "_reconstructor", SOME)],
    ["a class that is its own base", restored(SOME, SOME, p.int(1))],
    ["a base that opens what it is given", restored(SOME, named("lightgbm.basic", "Booster"), p.text("model.txt"))],
  ]);
  told(MEDIUM, [
    ["a text for a base of a known package", restored(SOME, named("torch.made_up", "Base"), p.text("a"))],
    ["a base of Python's that nobody vetted", restored(SOME, named("textwrap", "TextWrapper"))],
  ]);
  it("tells the author's own class for a base", async () => {
    expect(await allOf(restored(SOME, OWN))).toContain(MEDIUM);
  });
});

describe("names that callables import", () => {
  const ufunc = (module: p.Piece, name: p.Piece = p.text("add")) =>
    call("numpy.core", "_ufunc_reconstruct", module, name);
  const module = (name: p.Piece) => call("cloudpickle.cloudpickle", "subimport", name);
  const fields = (name: p.Piece, where: p.Piece) =>
    call("dill._dill", "_create_namedtuple", name, tupleOf(p.text("a")), where);
  const type = (name: p.Piece) => call("cloudpickle.cloudpickle", "_builtin_type", name);
  silent([
    ["a universal function of numpy", ufunc(p.text("numpy"))],
    ["one of scipy", ufunc(p.text("scipy.special._ufuncs"))],
    ["a module", module(p.text("torch.nn"))],
    ["a module of one's own", module(p.text("made_up"))],
    ["a module whose name begins like a dangerous one", module(p.text("oscar.os_made_up"))],
    ["a named tuple", fields(p.text("Point"), p.text("made_up"))],
    ["a type", type(p.text("CodeType"))],
    ["a type as dill loads it", call("dill._dill", "_load_type", p.text("FunctionType"))],
  ]);
  told(HIGH, [
    ["a universal function of another module", ufunc(p.text("made_up"))],
    ["one of a module that begins like numpy", ufunc(p.text("numpyx"))],
    ["one under its newer name", call("numpy", "_ufunc_reconstruct", p.text("made_up"), p.text("add"))],
    ["one of a module that is no constant", ufunc(RESULT)],
    ["a function without a name of another module", call("numpy.core", "_ufunc_reconstruct", p.text("made_up"))],
    ["a module that is no constant", module(RESULT)],
    ["no module", call("cloudpickle.cloudpickle", "subimport")],
    ["a type that is no constant", type(RESULT)],
    ["no type", call("cloudpickle.cloudpickle", "_builtin_type")],
  ]);
  told(MEDIUM, [
    ["a named tuple of a name that is no constant", fields(RESULT, p.text("made_up"))],
    ["a named tuple of a module that is no constant", fields(p.text("Point"), RESULT)],
  ]);
  told(CRITICAL, [
    ["numpy's own function that runs a text", ufunc(p.text("numpy.testing._private.utils"), p.text("runstring"))],
    ["numpy's own function that unpickles a file", ufunc(p.text("numpy"), p.text("load"))],
    ["the same by dill", call("dill._dill", "_import_module", p.text("subprocess.made_up"))],
    ["a part of such a module", module(p.text("subprocess.made_up"))],
    ["a named tuple that is a function", fields(p.text("system"), p.text("os"))],
    ["a type that is a module's own name", type(p.text("__builtins__"))],
    ["a function that makes classes", type(p.text("new_class"))],
    ["the same by dill", call("dill._dill", "_load_type", p.text("new_class"))],
  ]);
  told(CRITICAL_IMPORT, [
    ["a module that runs programs", module(p.text("subprocess"))],
    ["the same by its old name", call("cloudpickle", "subimport", p.text("subprocess"))],
  ]);
});

describe("bytes and memory", () => {
  const GIB = [0x8a, 5, 0, 0, 0, 0x40, 0] as const;
  const MORE = [0x8a, 5, 1, 0, 0, 0x40, 0] as const;
  const loads = (bytes: p.Piece) => call("torch.storage", "_load_from_bytes", bytes);
  silent([
    ["a gigabyte", builtin("bytearray", GIB)],
    ["bytes of bytes", builtin("bytes", p.bytes("ab"))],
    ["nothing allocated", builtin("bytearray")],
    ["a constant that torch loads", loads(p.bytes(p.pickle(p.proto(4), p.none, p.stop)))],
  ]);
  told("medium pickle/memory-bomb", [
    ["more than a gigabyte", builtin("bytearray", MORE)],
    ["more than a gigabyte of bytes", builtin("bytes", MORE)],
  ]);
  told(HIGH, [
    ["what torch loads of another call", loads(RESULT)],
    ["what numba loads of another call", call("numba.core.serialize", "_unpickle__CustomPickled", RESULT)],
    [
      "getters of spaCy that are no constant",
      call("spacy.vocab", "unpickle_vocab", p.none, p.none, p.none, p.none, RESULT),
    ],
    ["hooks of spaCy that are no constant", call("spacy.tokens.doc", "unpickle_doc", p.none, RESULT)],
    ["nothing", call("torch.storage", "_load_from_bytes")],
  ]);
});

it("keeps the worst of several calls of one callable", async () => {
  const both = (first: string, second: string) =>
    tupleOf(
      call("cloudpickle.cloudpickle", "subimport", p.text(first)),
      call("cloudpickle.cloudpickle", "subimport", p.text(second)),
    );
  expect(await worstOf(both("made_up", "subprocess.made_up"))).toBe(CRITICAL);
  expect(await worstOf(both("subprocess.made_up", "made_up"))).toBe(CRITICAL);
  expect(await worstOf(withState(both("made_up", "made_up_too"), p.none))).not.toBe(CRITICAL);
});
