import { describe, expect, it } from "vitest";
import { memoryTree } from "../builders/memory-tree.js";
import { pickle, proto, stop } from "../builders/pickle.js";
import { scanBytes, scanTree, told } from "../builders/scan.js";
import { zip } from "../builders/zip.js";

const HEAD =
  "class M(Module):\n  __parameters__ = []\n  training : bool\n  def forward(self: __torch__.M,\n    x: Tensor) -> Tensor:\n";
const program = (...lines: readonly string[]) =>
  memoryTree(
    {
      "m/data.pkl": "",
      "m/constants.pkl": "",
      "m/code/__torch__.py": `${HEAD}${lines.map((line) => `    ${line}\n`).join("")}`,
    },
    "zip",
  );

const scriptRules = async (...lines: readonly string[]) => {
  return told(await scanTree(program(...lines))).filter((line) => line.includes(" torchscript/"));
};

describe("a TorchScript program", () => {
  it.each([
    ["high torchscript/file-write", '_0 = torch.save(x, "/tmp/pwned")', "_0 = torch.add(x, 1)"],
    [
      "high torchscript/file-read",
      '_0 = torch.from_file("/etc/passwd", False, 1, dtype=0)',
      "_0 = torch.zeros([1], dtype=0)",
    ],
    ["high torchscript/file-write", '_0 = ops.image.write_file("/tmp/pwned", x)', "_0 = ops.image.decode_png(x, 0)"],
    ["high torchscript/remote-call", '_0 = rpc_async("worker", __torch__.f, (x,), {})', "_0 = fork(__torch__.f, (x,))"],
    ["medium torchscript/python-op", "_0 = ^PyFn()(x)", "_0 = torch.__xor__(x, x)"],
    ["medium torchscript/custom-op", "_0 = ops.mine.run(x)", "_0 = ops.torchvision.nms(x, x, 0.5)"],
    [
      "medium torchscript/custom-class",
      "_0 = annotate(__torch__.torch.classes.mine.Runner, x)",
      "_0 = annotate(__torch__.torch.classes.quantized.LinearPackedParamsBase, x)",
    ],
    ["medium torchscript/unreadable", "_0 = = x", "_0 = x"],
  ])("is told by %s, and one step away it is not", async (finding, bad, fine) => {
    expect(await scriptRules(bad, "return _0")).toEqual([finding]);
    expect(await scriptRules(fine, "return _0")).toEqual([]);
  });

  it("is found below any folder of the archive, with the path it writes", async () => {
    const report = await scanTree(program('torch.save(x, "/root/.bashrc")', "return x"));
    expect(report.findings).toContainEqual(
      expect.objectContaining({
        message: 'calls torch.save(x, "/root/.bashrc")',
        member: expect.arrayContaining(["m/code/__torch__.py"]),
      }),
    );
  });

  it("is none in a folder on disk, where torch.jit.load does not look", async () => {
    const { entries } = program("torch.save(x, 'a')");
    expect(entries).toHaveLength(3);
    const folder = memoryTree({ "m/constants.pkl": "", "m/code/__torch__.py": `${HEAD}    torch.save(x, 'a')\n` });
    expect(told(await scanTree(folder)).filter((line) => line.includes("torchscript"))).toEqual([]);
  });
});

describe("a torch.package", () => {
  const none = pickle(proto(4), Buffer.from("N"), stop);
  const archive = (files: Readonly<Record<string, string | Uint8Array>>) =>
    zip({
      entries: Object.entries({ "p/.data/extern_modules": "torch\nnumpy\n", "p/.data/version": "6\n", ...files }).map(
        ([name, data]) => ({ name, data }),
      ),
    });

  it("with source is told, and its source is judged", async () => {
    const fine = await scanBytes("p.pt", archive({ "p/m.pkl": none, "p/model.py": "import torch\n" }));
    expect(told(fine)).toEqual(["low torch-package/source"]);
    const bad = await scanBytes(
      "p.pt",
      archive({ "p/m.pkl": none, "p/model.py": "import os\nos.system('echo pwned')\n" }),
    );
    expect(told(bad)).toEqual(["critical code/runs-command", "low torch-package/source"]);
  });

  it("without source is not, and says what it takes from outside", async () => {
    const report = await scanBytes("p.pt", archive({ "p/m.pkl": none }));
    expect(told(report)).toEqual([]);
    expect(Object.values(report.metadata)).toContainEqual(["torch", "numpy"]);
  });
});
