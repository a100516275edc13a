import { describe, expect, test } from "vitest";
import { memoryTree } from "../../builders/memory-tree.js";
import { scanTree, told } from "../../builders/scan.js";

const scan = async (files: Readonly<Record<string, string>>) => told(await scanTree(memoryTree(files)));
const SAFETENSORS = "x";
const remote = JSON.stringify({ auto_map: { AutoModel: "modeling_x.X" } });

describe("code that a repository has run", () => {
  test("dangerous code behind an auto_map is told", async () => {
    const report = await scanTree(
      memoryTree({ "config.json": remote, "modeling_x.py": "import os\nos.system('id')\n" }),
    );
    expect(told(report)).toEqual(["critical repository/unsafe-code"]);
    expect(report.findings[0]?.member).toEqual(["modeling_x.py"]);
  });

  test("a model's own code is told by its configuration alone", async () => {
    expect(
      await scan({ "config.json": remote, "modeling_x.py": "import torch\n\n\nclass X(torch.nn.Module):\n    pass\n" }),
    ).toEqual([]);
  });

  test("code that is not there is told", async () => {
    expect(await scan({ "config.json": remote })).toEqual(["low repository/missing-code"]);
  });

  test("the same holds below a folder", async () => {
    expect(await scan({ "a/b/config.json": remote })).toEqual(["low repository/missing-code"]);
  });
});

describe("weights", () => {
  const index = JSON.stringify({
    weight_map: { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" },
  });
  const parts = { "model-00001-of-00002.safetensors": SAFETENSORS, "model-00002-of-00002.safetensors": SAFETENSORS };

  test("a complete set is silent", async () => {
    expect(await scan({ "model.safetensors.index.json": index, ...parts })).toEqual([]);
  });

  test("a missing part is told", async () => {
    expect(
      await scan({ "model.safetensors.index.json": index, "model-00001-of-00002.safetensors": SAFETENSORS }),
    ).toEqual(["low repository/missing-shard"]);
  });

  test("a part that the index does not name is told", async () => {
    const extra = { "model-00003-of-00002.safetensors": SAFETENSORS };
    expect(await scan({ "model.safetensors.index.json": index, ...parts, ...extra })).toEqual([
      "info repository/unlisted-shard",
    ]);
  });

  test("a pickle beside safetensors is context", async () => {
    expect(await scan({ "config.json": "{}", "model.safetensors": "x", "pytorch_model.bin": "x" })).toEqual([
      "info repository/pickle-beside-safetensors",
    ]);
  });
});

describe("what Python would import from the folder", () => {
  test.each([
    [{ "model.pt": "x", "collections.py": "x = 1\n" }, ["medium repository/shadowing-module"]],
    [{ "model.pt": "x", "torch/__init__.py": "x = 1\n" }, ["medium repository/shadowing-module"]],
    [{ "model.pt": "x", "pickle.py": "import os\nos.system('id')\n" }, ["high repository/shadowing-module"]],
    [{ "sitecustomize.so": "x" }, ["high repository/startup-hook"]],
    [{ "hook.pth": "import os; os.system('id')\n" }, ["high repository/startup-hook"]],
  ])("%j", async (files, expected) => {
    expect(await scan(files as Record<string, string>)).toEqual(expected);
  });

  test.each([
    { "model.pt": "x", "modeling_x.py": "x = 1\n" },
    { "collections.py": "x = 1\n" },
    { "pkg/__init__.py": "", "pkg/collections.py": "x = 1\n", "pkg/weights.bin": "x" },
    { "model.pt": "x", "torch/readme.txt": "x" },
    { "weights.pth": "\u0080\u0002" },
    { "paths.pth": "./src\n" },
  ])("%j is ordinary", async (files) => {
    expect(await scan(files as unknown as Record<string, string>)).toEqual([]);
  });

  test("thirty thousand folders are looked at in time", async () => {
    const files = Object.fromEntries(Array.from({ length: 30_000 }, (_, i) => [`d${i}/model.pt`, "x"]));
    const report = await scanTree(memoryTree(files, "zip"));
    expect(told(report)).toEqual([]);
    expect(report.durationMs).toBeLessThan(5000);
  });
});
