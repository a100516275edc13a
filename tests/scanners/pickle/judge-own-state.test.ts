import { describe, expect, it } from "vitest";
import { call, dict, listOf, made, named, tupleOf, withState } from "../../attacks/pickle-calls.js";
import * as p from "../../builders/pickle.js";
import { allOf, type Case, silent, told } from "./tables.js";

const RESULT = call("numpy", "dtype", p.text("f8"));
const EVIL = "__import__('os').system('id')";

describe("the template of a distribution, which scipy runs", () => {
  const NORM = made("scipy.stats._continuous_distns", "norm_gen");
  const template = (text: p.Piece, object = NORM) =>
    withState(object, dict({ name: p.text("norm"), _parse_arg_template: text }));
  told("critical pickle/source-code", [
    ["a call of a shell", template(p.text(`def _parse_args(self):\n    return ${EVIL}\n`))],
    [
      "the same for an object made by copyreg",
      template(
        p.text(EVIL),
        call(
          "copyreg",
          "_reconstructor",
          named("scipy.stats._continuous_distns", "norm_gen"),
          named("builtins", "object"),
          p.none,
        ),
      ),
    ],
  ]);
  told("medium pickle/source-code", [
    ["a function that nobody knows", template(p.text("import made_up\nmade_up.run()\n"))],
  ]);
  told("high pickle/source-code", [
    ["what another call made", template(RESULT)],
    ["more than is read", template(p.text(`# ${"x".repeat(1 << 20)}\n${EVIL}`))],
    [
      "a state that another call made",
      withState(NORM, call("builtins", "dict", listOf(tupleOf(p.text("_parse_arg_template"), p.text(EVIL))))),
    ],
    [
      "such a state of a class that the file makes",
      withState(
        p.pickle(
          call(
            "cloudpickle.cloudpickle",
            "_make_skeleton_class",
            named("builtins", "type"),
            p.text("X"),
            tupleOf(named("scipy.stats._continuous_distns", "norm_gen")),
            p.emptyDict,
            p.none,
            p.none,
          ),
          p.emptyTuple,
          p.newobj,
        ),
        call("builtins", "dict"),
      ),
    ],
  ]);
  silent([
    ["scipy's own", template(p.text("def _parse_args(self, loc=0, scale=1):\n    return (), loc, scale\n"))],
    ["a distribution without one", withState(NORM, dict({ name: p.text("norm") }))],
    ["no state", withState(NORM, p.none)],
    [
      "what a call made for another object",
      p.pickle(NORM, p.pop, withState(made("torch.nn.modules.linear", "Linear"), call("builtins", "dict"))),
    ],
  ]);
});

describe("the formula of a model, which statsmodels evaluates", () => {
  const data = (entries: Parameters<typeof dict>[0]) =>
    withState(made("statsmodels.base.data", "PandasData"), dict(entries));
  const formula = (text: p.Piece) => data({ formula: text, restore_design_info: p.op("NEWTRUE") });
  told("critical pickle/source-code", [
    ["a call of a shell", formula(p.text(`y ~ ${EVIL}`))],
    ["one behind a colon", formula(p.text(`y ~ a:${EVIL}`))],
  ]);
  told("high pickle/source-code", [
    ["what another call made", formula(RESULT)],
    ["a state that another call made", withState(made("statsmodels.base.data", "PandasData"), RESULT)],
  ]);
  silent([
    ["ordinary terms", formula(p.text("y ~ x + C(group):np.log(z)"))],
    ["a formula that is not restored", data({ formula: p.text(`y ~ ${EVIL}`) })],
    ["no formula", data({ restore_design_info: p.op("NEWTRUE") })],
    [
      "such a state of an object without data",
      withState(made("statsmodels.tools.tools", "Bunch"), call("builtins", "dict")),
    ],
  ]);
});

describe("the file of an array, which joblib opens", () => {
  const CLASSES: Readonly<Record<string, p.Piece>> = {
    "joblib's": made("joblib.numpy_pickle_compat", "NDArrayWrapper"),
    "the compressed one": made("joblib.numpy_pickle_compat", "ZNDArrayWrapper"),
    "one made by copyreg": call(
      "copyreg",
      "_reconstructor",
      named("joblib.numpy_pickle_compat", "NDArrayWrapper"),
      named("builtins", "object"),
      p.none,
    ),
    "one made by __newobj__": call("copyreg", "__newobj__", named("joblib.numpy_pickle_compat", "NDArrayWrapper")),
  };
  const file = (name: p.Piece, object: p.Piece) => withState(object, dict({ filename: name }));
  it.each(Object.entries(CLASSES))("is told in another folder, and not beside the pickle: %s", async (_, object) => {
    for (const name of ["../secret.npy", "/etc/passwd", "..\\secret.npy"])
      expect(await allOf(file(p.text(name), object))).toContain("high pickle/argument");
    expect(await allOf(file(RESULT, object))).toContain("high pickle/argument");
    expect(await allOf(file(p.text("model.pkl_01.npy"), object))).not.toContain("high pickle/argument");
  });
  silent([
    [
      "a file's name of another object",
      p.pickle(
        named("joblib.numpy_pickle_compat", "NDArrayWrapper"),
        p.pop,
        file(p.text("/etc/passwd"), made("torch.nn.modules.linear", "Linear")),
      ),
    ],
    [
      "a wrapper without a file",
      withState(made("joblib.numpy_pickle_compat", "NDArrayWrapper"), dict({ subclass: p.none })),
    ],
  ] satisfies Case[]);
});

describe("what skorch keeps of tensors on a GPU, which it unpickles", () => {
  const net = (bytes: p.Piece) =>
    withState(made("skorch.net", "NeuralNet"), dict({ __cuda_dependent_attributes__: bytes }));
  told("critical pickle/unsafe-call", [["a pickle that calls a shell", net(p.bytes(p.osSystem("id", 2)))]]);
  silent([["a pickle of nothing", net(p.bytes(p.pickle(p.proto(2), p.none, p.stop)))]]);
});
