import { describe } from "vitest";
import * as p from "../builders/pickle.js";
import { failing } from "./attack.js";
import { call, callOf, dict, listOf, made, named, tupleOf, UNVETTED, whole, withState } from "./pickle-calls.js";

const SUBCLASS_NAME = p.text("X");
const OBJECT = tupleOf(named("builtins", "object"));

/** `partial(run_it, "id")`: calls an unvetted function without a REDUCE of its own. */
const PARTIAL = call("functools", "partial", UNVETTED, p.text("id"));

describe("an attack by a harmless callable that calls what it is given", () => {
  failing([
    {
      hope: "_rebuild_from_type_v2 calls its first argument with its third",
      bytes: () =>
        whole(
          call(
            "torch._tensor",
            "_rebuild_from_type_v2",
            UNVETTED,
            named("torch", "Tensor"),
            tupleOf(p.text("id")),
            p.emptyDict,
          ),
        ),
      least: "high",
    },
    {
      hope: "_rebuild_from_type calls its first argument under the module's old name",
      bytes: () =>
        whole(
          call("torch.tensor", "_rebuild_from_type", UNVETTED, named("torch", "Tensor"), tupleOf(p.text("id")), p.none),
        ),
      least: "high",
    },
    {
      hope: "_rebuild_from_type_v2 calls what a partial wraps",
      bytes: () =>
        whole(
          call("torch._tensor", "_rebuild_from_type_v2", PARTIAL, named("torch", "Tensor"), p.emptyTuple, p.emptyDict),
        ),
      least: "high",
    },
    {
      hope: "dill's _create_array calls its first argument with its second",
      bytes: () => whole(call("dill._dill", "_create_array", UNVETTED, tupleOf(p.text("id")), p.emptyTuple)),
      least: "high",
    },
    {
      hope: "numpy's __generator_ctor calls its second argument with its first",
      bytes: () => whole(call("numpy.random._pickle", "__generator_ctor", p.text("id"), UNVETTED)),
      least: "high",
    },
    {
      hope: "numpy's __randomstate_ctor calls its second argument with its first",
      bytes: () => whole(call("numpy.random._pickle", "__randomstate_ctor", p.text("id"), UNVETTED)),
      least: "high",
    },
    {
      hope: "numpy's __bit_generator_ctor calls the class it is given",
      bytes: () => whole(call("numpy.random._pickle", "__bit_generator_ctor", UNVETTED)),
      least: "high",
    },
    {
      hope: "cloudpickle's _make_skeleton_class calls its first argument with a name, bases and a dict",
      bytes: () =>
        whole(
          call(
            "cloudpickle.cloudpickle",
            "_make_skeleton_class",
            UNVETTED,
            p.text("id"),
            p.emptyTuple,
            p.emptyDict,
            p.none,
            p.none,
          ),
        ),
      least: "high",
    },
    {
      hope: "cloudpickle's _make_skeleton_enum calls __init__ of the members with what the file says",
      bytes: () =>
        whole(
          call(
            "cloudpickle.cloudpickle",
            "_make_skeleton_enum",
            tupleOf(named("enum", "Enum")),
            SUBCLASS_NAME,
            SUBCLASS_NAME,
            dict({ __init__: UNVETTED, A: tupleOf(p.text("id")) }),
            p.text("m"),
            p.none,
            p.none,
          ),
        ),
      least: "high",
    },
    {
      hope: "defaultdict calls its factory when a format takes a missing key",
      bytes: () => whole(call("operator", "mod", p.text("%(a)s"), call("collections", "defaultdict", PARTIAL))),
      least: "high",
    },
    {
      hope: "defaultdict calls its factory when _make_parametrized_type takes an item of it",
      bytes: () =>
        whole(
          call(
            "cloudpickle.cloudpickle",
            "_make_parametrized_type",
            call("collections", "defaultdict", PARTIAL),
            p.text("a"),
          ),
        ),
      least: "high",
    },
    {
      hope: "vectorize holds a function and calls it when it is compared",
      bytes: () => whole(callOf(call("numpy", "vectorize", UNVETTED), listOf(p.text("id")))),
      least: "high",
    },
    {
      hope: "a generic alias calls its origin",
      bytes: () => whole(callOf(call("types", "GenericAlias", UNVETTED, p.emptyTuple), p.text("id"))),
      least: "high",
    },
    {
      hope: "a property in a class of the file calls its function when getattr reads it",
      bytes: () =>
        whole(
          call(
            "builtins",
            "getattr",
            callOf(
              call(
                "cloudpickle.cloudpickle",
                "_make_skeleton_class",
                named("builtins", "type"),
                SUBCLASS_NAME,
                OBJECT,
                dict({ x: call("builtins", "property", PARTIAL) }),
                p.none,
                p.none,
              ),
            ),
            p.text("x"),
          ),
        ),
      least: "medium",
    },
    {
      hope: "the skeleton's dictionary has a hook that BUILD calls",
      bytes: () =>
        whole(
          withState(
            p.pickle(
              call(
                "cloudpickle.cloudpickle",
                "_make_skeleton_class",
                named("builtins", "type"),
                SUBCLASS_NAME,
                OBJECT,
                dict({ __setstate__: UNVETTED }),
                p.none,
                p.none,
              ),
              p.emptyTuple,
              p.newobj,
            ),
            p.text("id"),
          ),
        ),
      least: "high",
    },
    {
      hope: "_class_setstate gives a class of the file a hook that REDUCE reaches",
      bytes: () =>
        whole(
          call(
            "cloudpickle.cloudpickle",
            "_class_setstate",
            call(
              "cloudpickle.cloudpickle",
              "_make_skeleton_class",
              named("builtins", "type"),
              SUBCLASS_NAME,
              OBJECT,
              p.emptyDict,
              p.none,
              p.none,
            ),
            tupleOf(dict({ __setitem__: UNVETTED }), p.emptyDict),
          ),
        ),
      least: "high",
    },
    {
      hope: "repr of a module calls extra_repr, which its state replaced",
      bytes: () =>
        whole(
          call(
            "builtins",
            "repr",
            withState(
              made("torch.nn.modules.linear", "Identity"),
              dict({ extra_repr: PARTIAL, _modules: p.emptyDict }),
            ),
          ),
        ),
      least: "medium",
    },
    {
      hope: "a partial's function is replaced through its state before an iterator calls it",
      bytes: () =>
        whole(
          call(
            "builtins",
            "list",
            call(
              "itertools",
              "groupby",
              tupleOf(p.text("id")),
              withState(
                call("functools", "partial", named("builtins", "print")),
                tupleOf(UNVETTED, p.emptyTuple, p.emptyDict, p.none),
              ),
            ),
          ),
        ),
      least: "high",
    },
    {
      hope: "a metaclass of torch on the harmless list makes a class with hooks",
      bytes: () =>
        whole(
          call(
            "torch.nn.parameter",
            "_ParameterMeta",
            SUBCLASS_NAME,
            tupleOf(named("builtins", "dict")),
            dict({ __setitem__: UNVETTED }),
          ),
        ),
      least: "high",
    },
    {
      hope: "a metaclass of pandas on the harmless list makes a class by NEWOBJ",
      bytes: () =>
        whole(
          made(
            "pandas._libs.tslibs.offsets",
            "OffsetMeta",
            SUBCLASS_NAME,
            tupleOf(named("builtins", "dict")),
            dict({ __setitem__: UNVETTED }),
          ),
        ),
      least: "high",
    },
    {
      hope: "an unlisted metaclass of a trusted package makes a class with hooks",
      bytes: () =>
        whole(
          call(
            "pydantic._internal._model_construction",
            "ModelMetaclass",
            SUBCLASS_NAME,
            tupleOf(named("builtins", "dict")),
            dict({ __setitem__: UNVETTED }),
          ),
        ),
      least: "high",
    },
    {
      hope: "copyreg.__newobj_ex__ hands type its arguments in a tuple",
      bytes: () =>
        whole(
          call(
            "copyreg",
            "__newobj_ex__",
            named("builtins", "type"),
            tupleOf(SUBCLASS_NAME, tupleOf(named("builtins", "dict")), dict({ __setitem__: UNVETTED })),
            p.emptyDict,
          ),
        ),
      least: "high",
    },
    {
      hope: "copyreg.__newobj_ex__ hands partial its function in a tuple",
      bytes: () =>
        whole(
          call(
            "builtins",
            "iter",
            call("copyreg", "__newobj_ex__", named("functools", "partial"), tupleOf(UNVETTED), p.emptyDict),
            p.none,
          ),
        ),
      least: "high",
    },
    {
      hope: "_make_cell and _function_setstate put an attacker's function into a library's function",
      bytes: () =>
        whole(
          call(
            "cloudpickle.cloudpickle",
            "_function_setstate",
            named("sklearn.base", "clone"),
            tupleOf(p.emptyDict, dict({ __globals__: dict({ check: UNVETTED }) })),
          ),
        ),
      least: "critical",
    },
    {
      hope: "_class_setstate gives a library's class another method",
      bytes: () =>
        whole(
          call(
            "cloudpickle.cloudpickle",
            "_class_setstate",
            named("torch.nn.modules.module", "Module"),
            tupleOf(dict({ forward: UNVETTED }), p.emptyDict),
          ),
        ),
      least: "critical",
    },
    {
      hope: "_fill_function changes a library's function under an old cloudpickle",
      bytes: () =>
        whole(
          call(
            "cloudpickle.cloudpickle",
            "_fill_function",
            named("sklearn.base", "clone"),
            dict({ globals: dict({ check: UNVETTED }) }),
          ),
        ),
      least: "critical",
    },
    {
      hope: "copyreg._reconstructor runs __init__ of a class that opens a file",
      bytes: () =>
        whole(
          call(
            "copyreg",
            "_reconstructor",
            named("h5py._hl.files", "File"),
            named("h5py._hl.files", "File"),
            p.text("model.h5"),
          ),
        ),
      least: "medium",
    },
  ]);
});
