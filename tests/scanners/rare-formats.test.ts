import { describe, expect, it } from "vitest";
import { concat, u32, zeros } from "../builders/bytes.js";
import { field } from "../builders/protobuf.js";
import { scanBytes, told } from "../builders/scan.js";

const scan = async (name: string, content: Uint8Array | string) => told(await scanBytes(name, content));

describe("a net of Caffe", () => {
  const text = (type: string, more = "") =>
    `name: "net"\ninput: "data"\ninput_dim: 1\nlayer {\n  name: "l"\n  type: "${type}"\n  bottom: "data"\n  top: "l"\n  ${more}\n}\n`;
  const binary = (...layer: readonly Uint8Array[]) => concat(field(1, "net"), field(100, field(1, "l"), ...layer));

  it("is told by layers that are Python", async () => {
    const python = 'python_param { module: "my_layers" layer: "Loss" }';
    expect(await scan("deploy.prototxt", text("Python", python))).toEqual(["medium config/custom-operator"]);
    expect(await scan("net.txt", text("Python", python))).toEqual(["medium config/custom-operator"]);
    expect(await scan("net.caffemodel", binary(field(130, field(1, "my_layers"), field(2, "Loss"))))).toEqual([
      "medium config/custom-operator",
    ]);
    expect(await scan("net.caffemodel", binary(field(130, field(1, "os"), field(2, "system"))))).toEqual([
      "critical config/custom-operator",
    ]);
  });

  it("is silent with layers of its own", async () => {
    expect(
      await scan("deploy.prototxt", text("Convolution", "convolution_param { num_output: 3 kernel_size: 3 }")),
    ).toEqual([]);
    expect(await scan("net.caffemodel", binary(field(2, "Convolution"), field(7, zeros(16))))).toEqual([]);
  });
});

describe("a table", () => {
  const schema = (type: string) => concat(zeros(15), "ARROW:extension:name", u32(type.length), type, zeros(30));
  const parquet = (type: string) =>
    concat(
      "PAR1",
      zeros(16),
      "\x18\x0cARROW:schema",
      [0x18, 0x90, 0x01],
      Buffer.from(schema(type)).toString("base64"),
      [0],
      u32(400),
      "PAR1",
    );

  it.each([0, 1, 2, 3])(
    "is told by a column that is a pickle, whatever stands in front of its schema (%i)",
    async (shift) => {
      const bytes = concat(
        "PAR1",
        zeros(16),
        "ARROW:schema",
        "x".repeat(shift),
        Buffer.from(schema("arrow.py_extension_type")).toString("base64"),
        [0],
        "PAR1",
      );
      expect(await scan("d.parquet", bytes)).toEqual(["high pickle/nested-pickle"]);
    },
  );

  it("is told in Arrow's own files and streams, and silent with ordinary extension types", async () => {
    expect(await scan("d.arrow", concat("ARROW1\0\0", schema("arrow.py_extension_type"), "ARROW1"))).toEqual([
      "high pickle/nested-pickle",
    ]);
    expect(await scan("d.bin", concat(u32(0xffffffff), u32(256), schema("arrow.py_extension_type")))).toEqual([
      "high pickle/nested-pickle",
    ]);
    for (const type of ["huggingface.image", "arrow.json", "datasets.features.features.Array2DExtensionType"]) {
      expect(await scan("d.parquet", parquet(type))).toEqual([]);
      expect(await scan("d.arrow", concat("ARROW1\0\0", schema(type), "ARROW1"))).toEqual([]);
    }
  });
});

describe("a program for a virtual machine", () => {
  const java = concat([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52, 0, 10], zeros(100));

  it("is told by its name", async () => {
    expect(await scan("model.bin", java)).toEqual(["high executable/disguised"]);
    expect(await scan("Evaluator.class", java)).toEqual(["low executable/native-code"]);
    expect(await scan("ort-wasm-simd.wasm", concat("\0asm", [1, 0, 0, 0], zeros(40)))).toEqual([
      "low executable/native-code",
    ]);
    expect(
      await scan(
        "model.lnk",
        concat([0x4c, 0, 0, 0, 1, 0x14, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46], zeros(60)),
      ),
    ).toEqual(["high executable/disguised"]);
  });

  it("is not seen in numbers", async () => {
    for (const start of [
      [0, 0x61, 0x73, 0x6d, 0, 0, 0, 0],
      [0xca, 0xfe, 0xba, 0xbe, 0x3f, 0x80, 0, 0, 0, 0],
    ]) {
      expect(
        (await scan("weights.bin", concat(start, new Uint8Array(400).fill(0x3f)))).filter((line) =>
          /high|medium/.test(line),
        ),
      ).toEqual([]);
    }
  });
});

describe("an archive of Unix's ar", () => {
  const member = (name: string, data: Uint8Array) =>
    concat(name.padEnd(16), "0".padEnd(32), `${data.length}`.padEnd(10), "`\n", data);
  const object = concat("\x7fELF", [2, 1, 1, 0], zeros(8), [1, 0, 62, 0], zeros(100));

  it("is told by the programs in it, unless it is a library for linkers by its name", async () => {
    const library = concat("!<arch>\n", member("/", zeros(4)), member("x.o/", object));
    expect((await scan("libx.a", library)).filter((line) => /high|medium/.test(line))).toEqual([]);
    expect(await scan("weights.bin", library)).toContain("high archive/executable-member");
  });
});
