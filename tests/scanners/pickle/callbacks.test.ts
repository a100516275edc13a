import { describe, expect, it } from "vitest";
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
import { allOf, type Case, silent, told, worstOf } from "./tables.js";

const ID = p.text("id");
const DICT = tupleOf(named("builtins", "dict"));
const TENSOR = named("torch", "Tensor");
const TYPE = named("builtins", "type");
const ADD = named("operator", "add");
const ARGUMENT = "high pickle/argument";

const partial = (...args: readonly p.Piece[]) => call("functools", "partial", ...args);
const rebuilt = (callee: p.Piece, ...args: readonly p.Piece[]) =>
  call("torch._tensor", "_rebuild_from_type_v2", callee, TENSOR, tupleOf(...args), p.emptyDict);
const grouped = (...args: readonly p.Piece[]) => call("itertools", "groupby", listOf(p.int(1)), ...args);
const accumulated = (...args: readonly p.Piece[]) => call("itertools", "accumulate", listOf(p.int(1)), ...args);
const skeleton = (body: p.Piece, metaclass: p.Piece = TYPE) =>
  call("cloudpickle.cloudpickle", "_make_skeleton_class", metaclass, p.text("X"), DICT, body, p.none, p.none);
const skeletonEnum = (body: p.Piece) =>
  call("cloudpickle.cloudpickle", "_make_skeleton_enum", DICT, p.text("X"), p.text("X"), body, ID, p.none, p.none);
const defaults = (...args: readonly p.Piece[]) => call("collections", "defaultdict", ...args);
const randomState = (generator: p.Piece) =>
  call("numpy.random._pickle", "__randomstate_ctor", generator, named("numpy.random._pickle", "__bit_generator_ctor"));
const bitGenerator = (cls: p.Piece) => call("numpy.random._pickle", "__bit_generator_ctor", cls);
/** The way `copyreg` writes a partial: made with its function, then given all by its state. */
const stated = (callee: p.Piece, args: p.Piece, keywords: p.Piece = p.emptyDict, first = callee) =>
  withState(partial(first), tupleOf(callee, args, keywords, p.none));
const nested = (times: number, callee: p.Piece): p.Piece => (times === 0 ? callee : nested(times - 1, partial(callee)));

describe("callables that are called unseen", () => {
  told(ARGUMENT, [
    ["a function that nobody vetted", rebuilt(UNVETTED, ID)],
    ["what _rebuild_from_type calls", call("torch._tensor", "_rebuild_from_type", UNVETTED, TENSOR, p.emptyTuple)],
    ["what _rebuild_from_type_v2 calls under its old name", call("torch.tensor", "_rebuild_from_type_v2", UNVETTED)],
    ["what jax calls for an array", call("jax._src.array", "_reconstruct_array", UNVETTED, tupleOf(ID))],
    ["what dill calls for an array", call("dill._dill", "_create_array", UNVETTED, tupleOf(ID))],
    ["the key of groupby", grouped(UNVETTED)],
    ["the function of accumulate", accumulated(UNVETTED)],
    ["a partial of such a function", grouped(partial(UNVETTED))],
    ["a partial of a class that nobody vetted", grouped(partial(named("torch.made_up", "Some")))],
    [
      "a partial whose state is of such a class",
      grouped(stated(named("torch.made_up", "Some"), p.emptyTuple, p.emptyDict, ADD)),
    ],
    [
      "a partial that is given more than can be looked through",
      grouped(partial(ADD, listOf(...Array.from({ length: 1100 }, () => p.int(1))))),
    ],
    ["a partial of a partial of it", grouped(partial(partial(UNVETTED)))],
    ["partials inside each other deeper than anybody writes them", grouped(nested(9, ADD))],
    ["a partial whose state replaces its function", grouped(stated(UNVETTED, p.emptyTuple, p.emptyDict, ADD))],
    [
      "a partial made of such a function, whatever its state",
      grouped(stated(ADD, p.emptyTuple, p.emptyDict, UNVETTED)),
    ],
    [
      "a partial that hands sorted a key",
      grouped(stated(named("builtins", "sorted"), tupleOf(listOf(ID)), dict({ key: UNVETTED }))),
    ],
    ["a partial that hands on a function in its arguments", grouped(partial(ADD, listOf(UNVETTED)))],
    ["a partial that hands on what wraps such a function", grouped(partial(ADD, partial(UNVETTED, ID)))],
    ["a partial that hands on what holds such a function", grouped(partial(ADD, call("numpy", "vectorize", UNVETTED)))],
    ["the result of a call that makes no function", grouped(call("numpy", "vectorize", UNVETTED))],
    [
      "a type that is looked up by its name",
      grouped(call("cloudpickle.cloudpickle", "_builtin_type", p.text("CodeType"))),
    ],
    ["a property's getter", call("builtins", "property", UNVETTED)],
    ["a property's setter", call("builtins", "property", p.none, UNVETTED)],
    ["a property's deleter", call("builtins", "property", p.none, p.none, UNVETTED)],
  ]);
  told(ARGUMENT, [
    [
      "a callable that calls what it is given",
      rebuilt(named("torch._tensor", "_rebuild_from_type_v2"), UNVETTED, TENSOR, tupleOf(ID)),
    ],
    ["dill's, which does the same", rebuilt(named("dill._dill", "_create_array"), UNVETTED, tupleOf(ID))],
    ["groupby, called unseen with a key", rebuilt(named("itertools", "groupby"), tupleOf(ID), UNVETTED)],
    [
      "what changes a class, called unseen",
      rebuilt(
        named("cloudpickle.cloudpickle", "_class_setstate"),
        TENSOR,
        tupleOf(dict({ forward: UNVETTED }), p.emptyDict),
      ),
    ],
    [
      "what makes a class, called unseen",
      rebuilt(
        named("cloudpickle.cloudpickle", "_make_skeleton_class"),
        TYPE,
        p.text("X"),
        DICT,
        dict({ __setitem__: UNVETTED }),
        p.none,
        p.none,
      ),
    ],
    [
      "a metaclass on the harmless list",
      rebuilt(named("torch.nn.parameter", "_ParameterMeta"), p.text("X"), DICT, dict({ __setitem__: UNVETTED })),
    ],
    [
      "copyreg.__newobj__, which makes one by type",
      rebuilt(named("copyreg", "__newobj__"), TYPE, p.text("X"), DICT, dict({ __setitem__: UNVETTED })),
    ],
    [
      "copyreg.__newobj_ex__, which does too",
      rebuilt(
        named("copyreg", "__newobj_ex__"),
        TYPE,
        tupleOf(p.text("X"), DICT, dict({ __setitem__: UNVETTED })),
        p.emptyDict,
      ),
    ],
  ]);
  it("tells what a class opens when it is called, also where another callable does it", async () => {
    expect(await worstOf(rebuilt(named("lightgbm.basic", "Booster"), p.none, ID))).toBe(ARGUMENT);
  });

  silent([
    ["a vetted function", rebuilt(named("torch._utils", "_rebuild_tensor_v2"), p.int(1))],
    [
      "the same for jax",
      call("jax._src.array", "_reconstruct_array", named("numpy.core.multiarray", "scalar"), tupleOf(ID)),
    ],
    ["no key", grouped()],
    ["None for a key", grouped(p.none)],
    ["a vetted key", grouped(named("operator", "neg"))],
    ["a key that measures constants", grouped(named("builtins", "len"))],
    ["a vetted function to accumulate by", accumulated(ADD)],
    ["a partial of a vetted function", grouped(partial(ADD, p.int(1)))],
    ["a partial of it as copyreg writes it", grouped(stated(ADD, tupleOf(p.int(1))))],
    ["partials inside each other", grouped(nested(6, ADD))],
    ["a partial that is given a class of a known package", grouped(partial(ADD, named("torch.made_up", "Some")))],
    [
      "a partial that is given what a vetted call returned",
      grouped(partial(ADD, call("numpy", "dtype", p.text("f8")))),
    ],
    ["a getter of an item", grouped(call("operator", "itemgetter", p.int(0)))],
    ["a getter of an attribute", grouped(call("operator", "attrgetter", p.text("name")))],
    [
      "a property of a named tuple",
      call("builtins", "property", call("operator", "itemgetter", p.int(0)), p.none, p.none, p.text("Alias")),
    ],
  ]);

  describe("functions that measure what they are given", () => {
    const REPR = named("builtins", "repr");
    const object = withState(made("torch.nn.modules.linear", "Identity"), dict({ extra_repr: partial(UNVETTED) }));
    const ways: readonly (readonly [string, (given: p.Piece) => p.Piece])[] = [
      [
        "torch._tensor._rebuild_from_type",
        (given) => call("torch._tensor", "_rebuild_from_type", REPR, TENSOR, tupleOf(given)),
      ],
      ["torch._tensor._rebuild_from_type_v2", (given) => rebuilt(REPR, given)],
      [
        "torch.tensor._rebuild_from_type",
        (given) => call("torch.tensor", "_rebuild_from_type", REPR, TENSOR, tupleOf(given)),
      ],
      [
        "torch.tensor._rebuild_from_type_v2",
        (given) => call("torch.tensor", "_rebuild_from_type_v2", REPR, TENSOR, tupleOf(given)),
      ],
      [
        "jax._src.array._reconstruct_array",
        (given) => call("jax._src.array", "_reconstruct_array", REPR, tupleOf(given)),
      ],
      ["dill._dill._create_array", (given) => call("dill._dill", "_create_array", REPR, tupleOf(given))],
      ["itertools.groupby", (given) => call("itertools", "groupby", listOf(given), REPR)],
      ["itertools.accumulate", (given) => call("itertools", "accumulate", listOf(given), REPR)],
      ["numpy's __generator_ctor", (given) => call("numpy.random._pickle", "__generator_ctor", given, REPR)],
      ["numpy's __randomstate_ctor", (given) => call("numpy.random._pickle", "__randomstate_ctor", given, REPR)],
    ];
    it.each(ways)("are told where %s gives them an object, and not where it gives them a text", async (_, way) => {
      expect(await worstOf(way(object))).toBe("medium pickle/argument");
      expect(await worstOf(way(ID))).toBe("silent");
    });
    it("is silent where another function is given an object", async () => {
      expect(await worstOf(rebuilt(named("torch._utils", "_rebuild_tensor_v2"), object))).toBe("silent");
    });
  });

  it("leaves to the call itself what a result's call made", async () => {
    const made = partial(ADD, callOf(partial(ADD), UNVETTED));
    expect(new Set(await allOf(grouped(made)))).toEqual(new Set(["high pickle/result-called"]));
  });
});

it("tells the result of a result's call that is called unseen beside the call itself", async () => {
  const findings = await findingsOf(whole(grouped(callOf(partial(ADD), ID))));
  expect(findings.map(({ rule }) => rule)).toEqual(["pickle/result-called", "pickle/argument"]);
});

describe("makers of generators of random bits", () => {
  silent([
    ["a name", bitGenerator(p.text("MT19937"))],
    ["numpy's class", bitGenerator(named("numpy.random._mt19937", "MT19937"))],
    ["a class of a known package", bitGenerator(named("torch.made_up", "Some"))],
    ["no argument", call("numpy.random._pickle", "__bit_generator_ctor")],
    ["a name and its maker", call("numpy.random._pickle", "__generator_ctor", p.text("MT19937"))],
    ["what numpy calls for a state", randomState(p.text("MT19937"))],
    ["what it calls for a state of a class", randomState(named("numpy.random._mt19937", "MT19937"))],
  ]);
  told(ARGUMENT, [
    ["a function for a state", randomState(UNVETTED)],
    ["a function of a known package", bitGenerator(UNVETTED)],
    ["what a partial wraps", bitGenerator(partial(UNVETTED, ID))],
    ["a class of Python's that nobody vetted", bitGenerator(named("textwrap", "TextWrapper"))],
    ["what a generator is made with", call("numpy.random._pickle", "__generator_ctor", ID, UNVETTED)],
    ["what a state is made with", call("numpy.random._pickle", "__randomstate_ctor", ID, UNVETTED)],
  ]);
});

describe("classes that a file makes", () => {
  const many = Array.from({ length: 300 }, (_, i) => p.pickle(p.text(`a${i}`), p.int(i)));
  told("medium pickle/argument", [
    [
      "a hook among more attributes than are remembered",
      skeleton(p.pickle(p.emptyDict, p.mark, ...many, p.text("__setitem__"), UNVETTED, p.setitems)),
    ],
  ]);
  silent([
    ["members in pairs", call("enum", "Enum", p.text("X"), listOf(tupleOf(p.text("A"), p.int(1))))],
    [
      "a made name of data",
      skeleton(p.pickle(p.emptyDict, made("builtins", "str", p.text("__doc__")), p.int(1), p.setitem)),
    ],
    ["many attributes", skeleton(p.pickle(p.emptyDict, p.mark, ...many, p.setitems))],
    [
      "many attributes behind a vetted hook",
      skeleton(p.pickle(p.emptyDict, p.mark, p.text("__eq__"), named("operator", "eq"), ...many, p.setitems)),
    ],
    ["an ordinary metaclass", skeleton(p.emptyDict)],
    ["a vetted metaclass", skeleton(p.emptyDict, named("torch.nn.parameter", "_ParameterMeta"))],
    ["that of abstract classes", skeleton(p.emptyDict, named("abc", "ABCMeta"))],
    [
      "type by its old name",
      skeleton(p.emptyDict, call("cloudpickle.cloudpickle", "_builtin_type", p.text("ClassType"))),
    ],
    ["one of a known package", skeleton(p.emptyDict, named("torch.made_up", "SomeMeta"))],
    ["an ordinary method of any name", skeleton(dict({ forward: UNVETTED }))],
    ["a hook that is None", skeleton(dict({ __hash__: p.none }))],
    ["a hook that a vetted function is", skeleton(dict({ __eq__: named("operator", "eq") }))],
    [
      "a hook that wraps a vetted function",
      skeleton(dict({ __eq__: call("builtins", "staticmethod", named("operator", "eq")) })),
    ],
    ["a hook that is inherited by hand", skeleton(dict({ __new__: named("torch.made_up", "Base.__new__") }))],
    ["members of an enumeration", skeletonEnum(dict({ A: p.int(1) }))],
    ["an enumeration's method", skeletonEnum(dict({ A: UNVETTED }))],
    [
      "an object with vetted parts for a hook",
      skeleton(dict({ __eq__: call("numpy", "vectorize", named("operator", "eq")) })),
    ],
    ["a skeleton without a body", call("cloudpickle.cloudpickle", "_make_skeleton_class", TYPE, p.text("X"), DICT)],
    ["the look-up of a member", call("enum", "IntEnum", p.int(1))],
    ["an enumeration of names", call("enum", "Enum", p.text("X"), dict({ A: p.int(1) }))],
  ]);
  told(ARGUMENT, [
    ["a hook in what dict() returns", skeleton(call("builtins", "dict", dict({ __setitem__: UNVETTED })))],
    ["a hook in an enumeration's dict()", skeletonEnum(call("builtins", "dict", dict({ __init__: UNVETTED })))],
    [
      "a hook whose name str.__new__ makes",
      skeleton(p.pickle(p.emptyDict, made("builtins", "str", p.text("__setitem__")), UNVETTED, p.setitem)),
    ],
    [
      "a hook in pairs of an enumeration",
      call("enum", "Enum", p.text("X"), listOf(tupleOf(p.text("__init__"), UNVETTED))),
    ],
    ["a function in the place of a metaclass", skeleton(p.emptyDict, UNVETTED)],
    [
      "another type by its name",
      skeleton(p.emptyDict, call("cloudpickle.cloudpickle", "_builtin_type", p.text("FunctionType"))),
    ],
    ["a hook", skeleton(dict({ __setitem__: UNVETTED }))],
    ["a class that nobody vetted for a hook", skeleton(dict({ __eq__: named("torch.made_up", "Some") }))],
    ["__init__", skeleton(dict({ __init__: UNVETTED }))],
    ["__new__", skeleton(dict({ __new__: UNVETTED }))],
    ["__set_name__", skeleton(dict({ __set_name__: UNVETTED }))],
    ["a method inherited by another name", skeleton(dict({ __new__: named("torch.made_up", "Base.make") }))],
    ["a hook behind ordinary attributes", skeleton(dict({ a: UNVETTED, __hash__: p.none, __eq__: UNVETTED }))],
    ["a static method", skeleton(dict({ __setitem__: call("builtins", "staticmethod", UNVETTED) }))],
    ["partials around it", skeleton(dict({ __setitem__: partial(partial(UNVETTED)) }))],
    ["partials around it, deeper than anybody writes them", skeleton(dict({ __setitem__: nested(9, UNVETTED) }))],
    [
      "a partial that calls it by a vetted function",
      skeleton(dict({ __setitem__: partial(named("torch._tensor", "_rebuild_from_type_v2"), UNVETTED) })),
    ],
    [
      "a method that is fetched from an object",
      skeleton(
        dict({ __setitem__: call("builtins", "getattr", call("numpy", "dtype", p.text("f8")), p.text("tofile")) }),
      ),
    ],
    [
      "a function that numpy fetches by its name",
      skeleton(
        dict({ __setitem__: call("numpy.core", "_ufunc_reconstruct", p.text("numpy.made_up"), p.text("run_it")) }),
      ),
    ],
    [
      "what dill fetches by its name",
      skeleton(
        dict({
          __setitem__: call(
            "dill._dill",
            "_create_namedtuple",
            p.text("run_it"),
            p.emptyTuple,
            p.text("torch.made_up"),
          ),
        }),
      ),
    ],
    [
      "a method that is bound to an object",
      skeleton(dict({ __setitem__: callOf(call("dill._dill", "_load_type", p.text("MethodType")), UNVETTED, ID) })),
    ],
    ["an object that calls it", skeleton(dict({ __setitem__: call("numpy", "vectorize", UNVETTED) }))],
    ["a hook of an enumeration", skeletonEnum(dict({ __init__: UNVETTED }))],
    ...["Enum", "Flag", "IntEnum", "IntFlag", "StrEnum"].map(
      (name): Case => [`a hook by enum.${name}`, call("enum", name, p.text("X"), dict({ __init__: UNVETTED }))],
    ),
    ["a metaclass that is called itself", call("torch.made_up", "SomeMeta", p.text("X"), DICT, p.emptyDict)],
    [
      "a base that the file makes",
      call("torch.made_up", "SomeMeta", p.text("X"), tupleOf(skeleton(p.emptyDict)), p.emptyDict),
    ],
    [
      "no base, but a special method",
      call("torch.made_up", "SomeMeta", p.text("X"), p.emptyTuple, dict({ a: p.int(1), __slots__: p.emptyTuple })),
    ],
    [
      "no base, but a method that loaders call",
      call("torch.made_up", "SomeMeta", p.text("X"), p.emptyTuple, dict({ a: p.int(1), append: p.none })),
    ],
  ]);

  /** What a call of a class that is no metaclass looks like: only its usual "not known" is told. */
  it.each<Case>([
    ["a text, no base and no method", call("torch.made_up", "Some", p.text("X"), p.emptyTuple, dict({ a: p.int(1) }))],
    [
      "a text, numbers and a dict",
      call("torch.made_up", "Some", p.text("X"), tupleOf(p.int(1), p.int(2)), p.emptyDict),
    ],
    [
      "a text, a class among numbers and a dict",
      call("torch.made_up", "Some", p.text("X"), tupleOf(TENSOR, p.int(2)), p.emptyDict),
    ],
    ["a number, a class and a dict", call("torch.made_up", "Some", p.int(1), DICT, p.emptyDict)],
    ["a text, a list of classes and a dict", call("torch.made_up", "Some", p.text("X"), listOf(TENSOR), p.emptyDict)],
    ["a text, a class and a list", call("torch.made_up", "Some", p.text("X"), DICT, p.emptyList)],
    ["a text and a class", call("torch.made_up", "Some", p.text("X"), DICT)],
    ["four arguments", call("torch.made_up", "Some", p.text("X"), DICT, p.emptyDict, p.none)],
  ])("takes %s for no class", async (_, piece) => {
    expect(await worstOf(piece)).toBe("low pickle/unknown-call");
  });
});

describe("expressions of sympy", () => {
  it.each<Case>([
    ["a symbol", call("sympy.core.symbol", "Symbol", p.text("x"))],
    ["a function by its name", call("sympy.core.function", "Function", p.text("f(x)"))],
    ["a number", call("sympy.core.numbers", "Float", p.text("1.5"))],
    ["an operation on objects", call("sympy.core.add", "Add", call("sympy.core.symbol", "Symbol", p.text("x.y")))],
    ["a text for a class of another package", call("torch.made_up", "Add", p.text("f(x)"))],
  ])("has no objection to %s", async (_, piece) => {
    expect(new Set(await allOf(piece))).toEqual(new Set(["low pickle/unknown-call"]));
  });
  it.each([
    ["a text that names no attribute", "low", "x"],
    ["a call in a text", "critical", "f(x)"],
    ["an attribute in a text", "critical", "x.y"],
    ["a special name in a text", "critical", "__x"],
  ])("grades %s as %s", async (_, severity, text) => {
    expect(await worstOf(call("sympy.core.add", "Add", p.int(1), p.text(text)))).toBe(`${severity} pickle/argument`);
  });
});

describe("restoring of classes and functions", () => {
  const restored = (...args: readonly p.Piece[]) => call("cloudpickle.cloudpickle", "_class_setstate", ...args);
  const state = (body: p.Piece) => tupleOf(body, p.emptyDict);
  silent([
    ["a class of the file", restored(skeleton(p.emptyDict), state(dict({ forward: UNVETTED })))],
    ["a class of the file without a state", restored(skeleton(p.emptyDict))],
    ["a state that is no tuple", restored(skeleton(p.emptyDict), p.none)],
    ["nothing", restored()],
  ]);
  told(ARGUMENT, [
    [
      "a hook in a state that dict() returns",
      restored(skeleton(p.emptyDict), state(call("builtins", "dict", dict({ __eq__: UNVETTED })))),
    ],
    [
      "a hook in a state that tuple() returns",
      restored(skeleton(p.emptyDict), call("builtins", "tuple", listOf(dict({ __eq__: UNVETTED }), p.emptyDict))),
    ],
  ]);
  told(ARGUMENT, [["a hook in the state", restored(skeleton(p.emptyDict), state(dict({ __eq__: UNVETTED })))]]);
  told("critical pickle/argument", [
    ["a library's class", restored(TENSOR, state(p.emptyDict))],
    [
      "what getattr returned",
      restored(call("builtins", "getattr", call("logging", "getLogger"), p.text("x")), state(p.emptyDict)),
    ],
    ["a logger, which is everybody's", restored(call("logging", "getLogger", p.text("x")), state(p.emptyDict))],
    [
      "a library's function",
      call("cloudpickle.cloudpickle", "_function_setstate", named("torch", "relu"), state(p.emptyDict)),
    ],
    [
      "a library's function in old files",
      call("cloudpickle.cloudpickle", "_fill_function", named("torch", "relu"), p.emptyDict),
    ],
  ]);
});

describe("factories of default values", () => {
  const some = named("torch.made_up", "Some");
  const defaulting = (times: number): p.Piece =>
    partial(named("collections", "defaultdict"), times === 0 ? named("builtins", "int") : defaulting(times - 1));
  silent([
    ["none", defaults()],
    ["None", defaults(p.none, p.emptyDict)],
    ["a class", defaults(named("builtins", "list"))],
    ["a function that is given nothing", defaults(UNVETTED)],
    ["a partial of defaultdict", defaults(partial(named("collections", "defaultdict"), named("builtins", "int")))],
    [
      "the same as copyreg writes it",
      defaults(stated(named("collections", "defaultdict"), tupleOf(named("builtins", "int")))),
    ],
    ["a partial of a function of numpy", defaults(partial(named("numpy", "zeros"), p.int(5)))],
    ["a partial of a known package's class", defaults(partial(some, p.int(5)))],
    ["what a vetted call returned", defaults(call("numpy", "dtype", p.text("f8")))],
    ["partials of defaultdict inside each other", defaults(defaulting(3))],
    ["a partial of defaultdict alone", defaults(partial(named("collections", "defaultdict")))],
    ["what a vetted call made of a vetted function", defaults(call("numpy", "vectorize", named("operator", "eq")))],
  ]);
  told(ARGUMENT, [
    ["a partial of a function", defaults(partial(UNVETTED, ID))],
    [
      "a partial whose state replaces a class by a function",
      defaults(stated(UNVETTED, tupleOf(ID), p.emptyDict, some)),
    ],
    ["a partial of a function, whatever its state", defaults(stated(some, tupleOf(ID), p.emptyDict, UNVETTED))],
    ["a partial that hands a class a function", defaults(partial(some, UNVETTED))],
    ["a partial that hands a class a function and a number", defaults(partial(some, UNVETTED, p.int(1)))],
    ["partials of defaultdict deeper than anybody writes them", defaults(defaulting(20))],
    ["a partial that hands a class a function in its state", defaults(stated(some, tupleOf(UNVETTED)))],
    ["a partial that hands a class a key", defaults(stated(some, p.emptyTuple, dict({ key: UNVETTED })))],
    [
      "a partial of defaultdict with a partial",
      defaults(partial(named("collections", "defaultdict"), partial(UNVETTED))),
    ],
    [
      "a partial of a callable that calls what it is given",
      defaults(partial(named("torch._tensor", "_rebuild_from_type_v2"), UNVETTED, TENSOR)),
    ],
    [
      "a method that getattr fetched",
      defaults(call("builtins", "getattr", call("numpy", "dtype", p.text("f8")), p.text("newbyteorder"))),
    ],
    ["what holds a function", defaults(call("numpy", "vectorize", UNVETTED))],
  ]);
});

describe("callables that run methods of what they are given", () => {
  const parametrized = (origin: p.Piece) =>
    call("cloudpickle.cloudpickle", "_make_parametrized_type", origin, p.text("a"));
  const object = made("torch.nn.modules.linear", "Identity");
  const date = call("datetime", "timedelta", p.int(1));
  const builtin = (name: string, ...args: readonly p.Piece[]) => call("builtins", name, ...args);
  const zone = (...args: readonly p.Piece[]) => call("dateutil.tz.tz", "tzfile", ...args);
  silent([
    ["an imported generic", parametrized(named("typing", "Union"))],
    ["a generic class of a known package", parametrized(named("torch.made_up", "Some"))],
    ["a class that the file makes", parametrized(skeleton(p.emptyDict))],
    ["the length of a list", builtin("len", listOf(p.int(1)))],
    ["the text of a fresh result", builtin("str", date)],
    ["the text of nothing", builtin("str")],
    ["a time zone without a file", zone()],
    ["a time zone of no file", zone(p.none, ID)],
  ]);
  told("medium pickle/argument", [
    ["an item of what a call made", parametrized(defaults())],
    ["an item of an object", parametrized(object)],
    ["the text of a result with a state", builtin("str", withState(date, p.emptyDict))],
    ["the format of an object", builtin("format", object, p.text(""))],
    ["an object behind a constant", builtin("format", p.text(""), object)],
    ...["ascii", "bool", "hash", "len", "print", "repr", "str"].map(
      (name): Case => [`${name} of an object`, builtin(name, object)],
    ),
  ]);
  told(ARGUMENT, [["a time zone out of a file", zone(p.text("/etc/passwd"))]]);
});
