import { describe, expect, test } from "vitest";
import { memoryTree } from "../../builders/memory-tree.js";
import { scanBytes, scanTree, told } from "../../builders/scan.js";

const node = (module: string, name: string, loader: string, content: unknown = {}) => ({
  __class__: name,
  __module__: module,
  __loader__: loader,
  content,
});
const scan = async (schema: object) => told(await scanBytes("schema.json", JSON.stringify(schema)));
const text = (value: string) => ({ ...node("builtins", "str", "JsonNode", value), is_json: true });

describe("the types and loaders of a schema", () => {
  test.each([
    ["a dangerous function", node("os", "function", "FunctionNode", "system"), ["critical skops/unsafe-type"]],
    [
      "a dangerous function, written as older versions did",
      node("x", "function", "FunctionNode", { module_path: "os", function: "system" }),
      ["critical skops/unsafe-type"],
    ],
    [
      "a dangerous function inside a partial",
      node("functools", "partial", "PartialNode", { func: node("subprocess", "function", "FunctionNode", "run") }),
      ["critical skops/unsafe-type"],
    ],
    ["a dangerous class", node("subprocess", "Popen", "ObjectNode"), ["critical skops/unsafe-type"]],
    ["a class of an unknown package", node("mypkg.models", "Net", "ObjectNode"), ["low skops/untrusted-type"]],
    [
      "a method that is machinery (CVE-2025-54413)",
      node("builtins", "method", "MethodNode", { func: "__reduce__", obj: node("builtins", "dict", "DictNode") }),
      ["high skops/loader-mismatch"],
    ],
    [
      "an operator with a name (CVE-2025-54412)",
      {
        ...node("operator", "attrgetter", "OperatorFuncNode"),
        attrs: node("builtins", "tuple", "TupleNode", ["system"]),
      },
      ["high skops/loader-mismatch"],
    ],
    [
      "an operator under another name",
      node("sklearn.svm", "SVC", "OperatorFuncNode"),
      ["high skops/loader-mismatch", "low skops/untrusted-type"],
    ],
    ["a list loader with another type", node("sklearn.svm", "SVC", "ListNode"), ["high skops/loader-mismatch"]],
    ["a loader that skops does not have", node("builtins", "dict", "EvilNode"), ["low skops/loader-mismatch"]],
  ])("%s", async (_what, schema, expected) => {
    expect(await scan(schema)).toEqual(expected);
  });

  test("what scikit-learn estimators are written as is silent", async () => {
    const estimator = node("sklearn.linear_model._logistic", "LogisticRegression", "ObjectNode", {
      C: text("1.0"),
      coef_: { ...node("numpy", "ndarray", "NdArrayNode"), type: "numpy", file: "1.npy" },
      dtype: node("numpy", "type", "TypeNode", { __class__: "float64", __module__: "numpy" }),
      func: node("numpy", "ufunc", "FunctionNode", "log1p"),
      steps: node("builtins", "list", "ListNode", [node("builtins", "tuple", "TupleNode", [text("a")])]),
      get: {
        ...node("operator", "itemgetter", "OperatorFuncNode"),
        attrs: node("builtins", "tuple", "TupleNode", [text("0")]),
      },
      bound: node("builtins", "method", "MethodNode", {
        func: "transform",
        obj: node("sklearn.svm", "SVC", "ObjectNode"),
      }),
    });
    expect(await scan({ ...estimator, protocol: 2, _skops_version: "0.13.0" })).toEqual([]);
  });

  test("a configuration with a class of its own is no schema", async () => {
    expect(await scan({ __class__: "x", module: "os" })).toEqual([]);
  });
});

describe("members of the archive", () => {
  const schema = JSON.stringify({ ...node("builtins", "dict", "DictNode"), _skops_version: "0.9" });
  const members = async (name: string) =>
    told(await scanTree(memoryTree({ "schema.json": schema, [name]: "x" }, "zip")));

  test("arrays are skops' own, anything else is not (CVE-2025-54886)", async () => {
    expect(await members("1.npy")).toEqual([]);
    expect(await members("2.npz")).toEqual([]);
    expect(await members("0.joblib")).toEqual(["medium skops/unexpected-member"]);
  });
});
