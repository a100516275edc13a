import { describe, expect, test } from "vitest";
import { memoryTree } from "../../builders/memory-tree.js";
import { scanTree, told } from "../../builders/scan.js";

const scan = async (files: Readonly<Record<string, string>>) => told(await scanTree(memoryTree(files, "zip")));
const EVIL = "import os\n\n\ndef handle(data, context):\n    os.system('id')\n";
const PLAIN = "import torch\n\n\ndef handle(data, context):\n    return torch.ones(1)\n";

describe("TorchServe archives", () => {
  const mar = (model: object, files: Readonly<Record<string, string>> = {}) =>
    scan({ "MAR-INF/MANIFEST.json": JSON.stringify({ model: { modelName: "m", ...model } }), ...files });

  test.each(["handler.py", "handler.py:handle", "handler"])("the handler %s is found and judged", async (handler) => {
    expect(await mar({ handler }, { "handler.py": EVIL })).toEqual(["high serving/handler-code"]);
    expect(await mar({ handler }, { "handler.py": PLAIN })).toEqual(["low serving/own-code"]);
  });

  test("handlers that TorchServe brings need no file", async () => {
    expect(await mar({ handler: "image_classifier", serializedFile: "m.pt" }, { "m.pt": "x" })).toEqual([]);
  });

  test.each([
    [{ handler: "/etc/profile.d/x.py" }, "high serving/path-escape"],
    [{ handler: "../x.py" }, "high serving/path-escape"],
    [{ serializedFile: "https://evil.example/m.pt" }, "medium serving/remote-file"],
    [{ extraFiles: "a.txt,../../b" }, "high serving/path-escape"],
    [{ requirementsFile: "C:\\r.txt" }, "high serving/path-escape"],
    [{ serializedFile: "m.pt" }, "low serving/missing-file"],
  ])("%j is %s", async (model, expected) => {
    expect(await mar(model, { "a.txt": "x" })).toEqual([expected]);
  });
});

describe("MLflow folders", () => {
  const model = (flavor: string, files: Readonly<Record<string, string>> = {}) =>
    scan({ MLmodel: `flavors:\n  python_function:\n${flavor}`, ...files });

  test("the loader is found in the code folder and judged", async () => {
    const flavor = "    loader_module: my_loader\n    code: code\n";
    expect(await model(flavor, { "code/my_loader.py": EVIL })).toEqual(["high serving/handler-code"]);
    expect(await model(flavor, { "code/my_loader.py": PLAIN })).toEqual(["low serving/own-code"]);
    expect(await model(flavor)).toEqual(["low serving/missing-file"]);
  });

  test("MLflow's own loaders are silent, and a pickle is context, compressed or not", async () => {
    const flavor = (file: string) => `    loader_module: mlflow.pyfunc.model\n    python_model: ${file}\n`;
    expect(await model(flavor("python_model.pkl"), { "python_model.pkl": "x" })).toEqual([
      "info serving/pickled-model",
    ]);
    expect(await model(flavor("python_model.pkl.gz"), { "python_model.pkl.gz": "x" })).toEqual([
      "info serving/pickled-model",
    ]);
    expect(await model(flavor("model.ubj"), { "model.ubj": "x" })).toEqual([]);
  });
});

describe("code of an MLflow folder", () => {
  const model = (flavor: string, files: Readonly<Record<string, string>>) =>
    scan({ MLmodel: `flavors:\n  python_function:\n    loader_module: mlflow.pyfunc.model\n${flavor}`, ...files });

  test("a model written as code is told and judged", async () => {
    expect(await model("    model_code_path: m.py\n", { "m.py": EVIL })).toEqual(["high serving/handler-code"]);
    expect(await model("    model_code_path: m.py\n", { "m.py": PLAIN })).toEqual(["low serving/own-code"]);
  });

  test("the script is found by its name in the folder, whatever path it had where the model was made", async () => {
    for (const path of ["/home/somebody/project/m.py", "src/m.py", "C:\\\\project\\\\m.py"]) {
      const flavor = `    model_code_path: "${path}"\n`;
      expect(await model(flavor, { "m.py": PLAIN })).toEqual(["low serving/own-code"]);
      expect(await model(flavor, { "m.py": EVIL })).toEqual(["high serving/handler-code"]);
    }
  });

  test("a module of the code folder that takes a known name is told", async () => {
    expect(await model("    code: code\n", { "code/collections.py": PLAIN })).toEqual([
      "medium repository/shadowing-module",
    ]);
    expect(await model("    code: code\n", { "code/my_collections.py": PLAIN })).toEqual([]);
  });
});

describe("Triton repositories", () => {
  test("a Python backend's model is told and judged", async () => {
    const config = 'name: "m"\nbackend: "python"\n';
    expect(await scan({ "m/config.pbtxt": config, "m/1/model.py": EVIL })).toEqual(["high serving/handler-code"]);
    expect(await scan({ "m/config.pbtxt": config, "m/1/model.py": PLAIN })).toEqual(["low serving/own-code"]);
  });

  test("other backends are silent", async () => {
    expect(await scan({ "m/config.pbtxt": 'platform: "pytorch_libtorch"\n', "m/1/model.pt": "x" })).toEqual([]);
  });

  test("a file name that leaves the folder is told", async () => {
    expect(await scan({ "m/config.pbtxt": 'default_model_filename: "../../x.so"\n' })).toEqual([
      "high serving/path-escape",
    ]);
    expect(await scan({ "m/config.pbtxt": 'default_model_filename: "x.pt"\n' })).toEqual([]);
  });
});

describe("code beside the weights that a host runs", () => {
  test.each(["code/inference.py", "handler.py"])("%s", async (file) => {
    expect(await scan({ "model.joblib": "x", [file]: PLAIN })).toEqual(["low serving/own-code"]);
    expect(await scan({ "model.joblib": "x", [file]: EVIL })).toEqual(["high serving/handler-code"]);
    expect(await scan({ "README.md": "x", [file]: PLAIN })).toEqual([]);
  });
});
