import { describe, expect, it } from "vitest";
import { concat, zeros } from "../../builders/bytes.js";
import { oneTensor, safetensors, safetensorsText } from "../../builders/safetensors.js";
import { scanBytes, told } from "../../builders/scan.js";

const tensor = (begin: number, end: number) => ({
  dtype: "F32",
  shape: [(end - begin) / 4],
  data_offsets: [begin, end],
});

async function scan(bytes: Uint8Array): Promise<string[]> {
  return told(await scanBytes("model.safetensors", bytes));
}

const ELF = concat([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0], zeros(8), [2, 0, 0x3e, 0, 1, 0, 0, 0], zeros(40));

describe("the safetensors scanner", () => {
  it("is silent on an ordinary file and tells what it holds", async () => {
    const report = await scanBytes("model.safetensors", oneTensor({ __metadata__: { format: "pt" } }));
    expect(told(report)).toEqual([]);
    expect(report.state).toBe("scanned");
    expect(report.metadata).toMatchObject({ tensors: 1, parameters: 2, format: "pt", dtypes: "F32: 1" });
  });

  it.each([
    ["F4", [4], 2],
    ["F6_E2M3", [4], 3],
    ["F8_E8M0", [3], 3],
    ["BF16", [3], 6],
    ["C64", [2], 16],
    ["BOOL", [], 1],
    ["I64", [0, 7], 0],
  ])("knows the size of %s", async (dtype, shape, size) => {
    expect(await scan(safetensors({ w: { dtype, shape, data_offsets: [0, size] } }, size))).toEqual([]);
    expect(await scan(safetensors({ w: { dtype, shape, data_offsets: [0, size + 1] } }, size + 1))).toContain(
      "medium safetensors/tensor-size",
    );
  });

  it("refuses elements that do not fill a byte", async () => {
    const header = { w: { dtype: "F4", shape: [3], data_offsets: [0, 2] } };
    expect(await scan(safetensors(header, 2))).toEqual(["medium safetensors/tensor-size"]);
  });

  it("takes tensors in any order, as long as they leave no room", async () => {
    const ordinary = { b: tensor(8, 16), a: tensor(0, 8), empty: { dtype: "F32", shape: [0], data_offsets: [8, 8] } };
    expect(await scan(safetensors(ordinary, 16))).toEqual([]);
    expect(await scan(safetensors({ a: tensor(0, 8), b: tensor(4, 12) }, 12))).toEqual([
      "medium safetensors/tensor-overlap",
    ]);
    expect(await scan(safetensors({ a: tensor(0, 8), b: tensor(12, 16) }, 16))).toEqual([
      "medium safetensors/tensor-hole",
    ]);
  });

  it("tells a tensor that lies outside the file, once for all behind the cut", async () => {
    const header = { a: tensor(0, 8), b: tensor(8, 16), c: tensor(16, 24) };
    const report = await scanBytes("model.safetensors", safetensors(header, 8));
    expect(told(report)).toEqual(["medium safetensors/tensor-outside"]);
    expect(report.findings[0]?.message).toContain("and 1 more");
  });

  it("computes shapes without overflow", async () => {
    const header = '{"w":{"dtype":"F64","shape":[4611686018427387904,8],"data_offsets":[0,8]}}';
    expect(await scan(safetensorsText(header, 8))).toEqual(["medium safetensors/tensor-size"]);
  });

  it.each([
    [
      "tensor",
      '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
    ],
    ["field", '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"data_offsets":[0,8]}}'],
    ["metadata key", '{"__metadata__":{"a":"1","\\u0061":"2"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'],
  ])("tells a %s that stands twice", async (_what, header) => {
    expect(await scan(safetensorsText(header, 8))).toContain("medium safetensors/duplicate-key");
  });

  it.each([
    ["an entry that is no object", { w: 1 }],
    ["an entry that is a list", { w: [1] }],
    ["a missing field", { w: { dtype: "F32", shape: [2] } }],
    ["three offsets", { w: { dtype: "F32", shape: [2], data_offsets: [0, 4, 8] } }],
    ["a list inside the shape", { w: { dtype: "F32", shape: [2, [1]], data_offsets: [0, 8] } }],
    ["a negative dimension", { w: { dtype: "F32", shape: [-2], data_offsets: [0, 8] } }],
    ["a fractional offset", { w: { dtype: "F32", shape: [2], data_offsets: [0.5, 8] } }],
    ["offsets that run backwards", { w: { dtype: "F32", shape: [0], data_offsets: [8, 0] } }],
    ["a dtype that is no name", { w: { dtype: "; rm -rf", shape: [2], data_offsets: [0, 8] } }],
    ["metadata that is no text", { __metadata__: { a: 1 }, w: tensor(0, 8) }],
    ["metadata that is a list", { __metadata__: ["a"], w: tensor(0, 8) }],
  ])("tells %s", async (_what, header) => {
    expect(await scan(safetensors(header, 8))).toContain("medium safetensors/bad-entry");
  });

  it("notes a type and a field that it does not know, without alarm", async () => {
    expect(await scan(safetensors({ w: { dtype: "F2", shape: [2], data_offsets: [0, 8] } }, 8))).toEqual([
      "low safetensors/unknown-dtype",
    ]);
    expect(await scan(oneTensor({}, { extra: { a: [{}] } } as object))).toEqual(["low safetensors/unknown-field"]);
  });

  it.each([
    ["a header beyond the loaders' limit", concat([0, 0, 0, 0, 0, 1, 0, 0], '{"w":{}}')],
    ["a header longer than the file", concat([99, 0, 0, 0, 0, 0, 0, 0], '{"w":{}}')],
    ["a header that is no JSON object", safetensorsText(" {}")],
    ["bytes behind the JSON", safetensorsText("{}\0")],
    ["a header nested deeper than loaders go", safetensorsText(`{"a":${'{"a":'.repeat(300)}1${"}".repeat(301)}`)],
    ["an unpaired surrogate", safetensorsText('{"\\ud800":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}')],
  ])("does not pass %s as examined", async (_what, bytes) => {
    const report = await scanBytes("model.safetensors", bytes);
    expect(told(report)).toContain("medium analysis/malformed");
    expect(report.state).toBe("partial");
  });

  it("tells what follows the last tensor, mildly when it is nothing but zeros", async () => {
    expect(await scan(concat(oneTensor(), "#!/bin/sh\nid\n"))).toContain("medium analysis/trailing-data");
    expect(await scan(concat(oneTensor(), zeros(64)))).toEqual(["low analysis/trailing-data"]);
    expect(await scan(safetensors({}, 0))).toEqual([]);
  });

  it("looks at the beginning of byte tensors for programs and pickles", async () => {
    const holding = (bytes: Uint8Array) =>
      safetensors({ w: { dtype: "U8", shape: [bytes.length], data_offsets: [0, bytes.length] } }, bytes);
    expect(await scan(holding(ELF))).toEqual(["medium weights/embedded-content"]);
    expect(await scan(holding(concat([0x80, 2], "cposix\nsystem\nX\x02\0\0\0id\x85R.")))).toEqual([
      "medium weights/embedded-content",
    ]);
    expect(await scan(holding(concat([0x7f, 0x45, 0x4c, 0x46], zeros(60))))).toEqual([]);
    expect(await scan(holding(concat([0x80, 2], zeros(60))))).toEqual([]);
  });

  it("tells names that are paths", async () => {
    const named = (name: string) => safetensors({ [name]: tensor(0, 8) }, 8);
    for (const name of ["../../etc/cron.d/x", "/etc/passwd", "..\\x", "C:\\x"]) {
      expect(await scan(named(name))).toEqual(["medium weights/path-like-name"]);
    }
    for (const name of ["model.layers.0.weight", "text_model/encoder/kernel", "a..b"])
      expect(await scan(named(name))).toEqual([]);
  });

  it("reads the metadata as text of people", async () => {
    const noting = (value: string) => oneTensor({ __metadata__: { note: value } });
    expect(await scan(noting("exec(__import__('os').system('id'))"))).toContain("medium config/command-text");
    expect(await scan(noting("https://huggingface.co/org/model"))).toEqual([]);
    expect(await scan(noting("python train_network.py --output_dir C:\\loras"))).toEqual([]);
  });

  it("holds the model's title against the policy", async () => {
    const titled = oneTensor({ __metadata__: { "modelspec.title": "EvilNet" } });
    const report = await scanBytes("m.safetensors", titled, { policy: { blacklist: { patterns: ["evilnet"] } } });
    expect(told(report)).toEqual(["high policy/forbidden-name"]);
  });

  it("judges a configuration inside the metadata as one", async () => {
    const hydra = (target: string) =>
      oneTensor({ __metadata__: { hydra: JSON.stringify({ model: { _target_: target } }) } });
    expect(await scan(hydra("builtins.eval"))).toContain("critical config/unsafe-target");
    expect(await scan(hydra("torch.nn.Linear"))).toEqual([]);
  });
});
