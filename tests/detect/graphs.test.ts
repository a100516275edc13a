import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { detect } from "../../src/detect/detect.js";
import { BufferSource } from "../../src/io/byte-source.js";
import { concat, u64 } from "../builders/bytes.js";
import { onnxGraph, onnxModel, tensor } from "../builders/onnx.js";
import { field, integer, message, tag } from "../builders/protobuf.js";
import { constant, graph, metaGraph, node, savedModel } from "../builders/tensorflow.js";

async function formats(bytes: Uint8Array | string, name = "file.bin"): Promise<readonly string[]> {
  const content = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  return (await detect(new BufferSource(content), name)).formats;
}

test("graphs are told by their first fields, whatever their names", async () => {
  expect(await formats(savedModel({ nodes: [constant("c", "x")] }))).toEqual(["tf-savedmodel"]);
  expect(await formats(metaGraph({}))).toEqual(["tf-metagraph"]);
  expect(await formats(graph({ nodes: [node("NoOp")] }))).toEqual(["tf-graphdef"]);
  expect(await formats(onnxModel())).toEqual(["onnx"]);
  expect(await formats('node { name: "a" op: "NoOp" }')).toEqual(["tf-text"]);
  expect(await formats('model_checkpoint_path: "m"')).toEqual(["tf-checkpoint"]);
});

test("metadata of Keras, whose nodes have texts where a metagraph has them, is no metagraph", async () => {
  const metadata = readFileSync(new URL("../../fixtures/keras-metadata/ok.hashing.pb", import.meta.url));
  expect(await formats(metadata)).toEqual(["keras-metadata"]);
  const info = (path: Uint8Array) => field(1, message(field(3, path), field(4, "_tf_keras_layer")));
  const graphField = field(2, graph({ nodes: [node("NoOp")] }));
  const any = message(field(1, "type.googleapis.com/x"));
  expect(await formats(message(info(any), graphField))).toContain("tf-metagraph");
  expect(await formats(message(info(Buffer.from("root")), graphField))).not.toContain("tf-metagraph");
});

test("ONNX is told without a producer, with bytes appended and cut off", async () => {
  const bare = message(integer(1, 8), field(7, onnxGraph()), field(8, integer(2, 17)));
  expect(await formats(bare)).toEqual(["onnx"]);
  expect(await formats(concat(bare, [0x80, 4, 0, 0]))).toEqual(["onnx"]);
  expect(await formats(bare.subarray(0, bare.length - 8))).toEqual(["onnx"]);
  expect(await formats(message(integer(1, 8), field(8, integer(2, 17)), field(7, onnxGraph())))).toEqual(["onnx"]);
});

test("graphs are told in any order of their fields, with others before them", async () => {
  const { 0: nodes, 1: meta } = [graph({ nodes: [node("ReadFile")] }), metaGraph({})];
  for (const first of [new Uint8Array(), field(90, "later"), message(tag(90, 3), integer(1, 7), tag(90, 4))]) {
    expect(await formats(message(first, field(2, meta), integer(1, 1)))).toEqual(["tf-savedmodel"]);
    expect(await formats(message(first, field(2, nodes), field(1, field(4, "serve"))))).toEqual(["tf-metagraph"]);
    expect(await formats(message(first, field(4, integer(1, 900)), nodes))).toEqual(["tf-graphdef"]);
    expect(await formats(message(first, field(8, integer(2, 17)), field(7, onnxGraph()), integer(1, 8)))).toEqual([
      "onnx",
    ]);
  }
  expect(await formats(message(field(1, field(2, "ReadFile"), field(1, "r"))))).toEqual(["tf-graphdef"]);
});

test("a file that is one graph to one loader and another to the next is both", async () => {
  // Each loader passes over the fields of the other; of two versions the last counts.
  const both = message(integer(1, 8), field(7, onnxGraph()), integer(1, 1), field(2, metaGraph({})));
  expect(await formats(both)).toEqual(["onnx", "tf-savedmodel"]);
  // An op whose name is an unknown field to the other reader.
  const hidden = message(field(1, field(1, "n"), field(2, "PA")), field(2, graph({ nodes: [node("ReadFile")] })));
  expect(await formats(hidden)).toEqual(["tf-metagraph", "tf-graphdef"]);
});

test("every fixture of graphs is of one format", async () => {
  for (const folder of ["tensorflow", "onnx"]) {
    const path = new URL(`../../fixtures/${folder}/`, import.meta.url);
    for (const name of readdirSync(path).filter((file) => /^(?:ok|bad)\.[^/]*\.(?:pb|meta|pbtxt|onnx)$/.test(file))) {
      expect(await formats(readFileSync(new URL(name, path))), name).toHaveLength(1);
    }
  }
});

test("messages of other programs are no graphs", async () => {
  const coreml = message(integer(1, 4), field(2, field(1, field(1, "image"), field(3, field(5)))), field(200));
  expect(await formats(coreml)).not.toContain("onnx");
  expect(await formats(coreml)).not.toContain("tf-savedmodel");
  expect(await formats(message(field(1, field(1, "only a name"))))).toEqual([]);
  expect(await formats("")).toEqual([]);
});

test("a tensor of a test data set is data, by its name and its fields", async () => {
  expect(await formats(tensor({ raw: new Uint8Array(8) }), "input_0.pb")).toEqual(["data"]);
  expect(await formats(graph({}), "input_0.pb")).toEqual(["tf-graphdef"]);
});

test("record files are told by the checksum of their first length", async () => {
  // The length 3 and its masked CRC-32C, as TensorFlow writes them.
  const record = concat(u64(3), [0xb0, 0x99, 0x49, 0x0e], "abc", [0, 0, 0, 0]);
  expect(await formats(record)).toEqual(["data"]);
  expect(await formats(concat(u64(4), record.subarray(8)))).toEqual([]);
});

test("the parts of a checkpoint are data", async () => {
  const index = concat(new Uint8Array(40), [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]);
  expect(await formats(index, "model.ckpt.index")).toEqual(["data"]);
  const { hinted } = await detect(new BufferSource(new Uint8Array(64)), "variables.data-00000-of-00001");
  expect(hinted).toEqual(["data"]);
});

test("names say what to try where the bytes say nothing", async () => {
  const hint = async (name: string) => (await detect(new BufferSource(Uint8Array.of(0xff, 0xff)), name)).hinted;
  expect(await hint("saved_model.pb")).toEqual(["tf-savedmodel"]);
  expect(await hint("frozen.PB")).toEqual(["tf-graphdef"]);
  expect(await hint("model.ckpt-1.meta")).toEqual(["tf-metagraph"]);
  expect(await hint("saved_model.pbtxt")).toEqual(["tf-text"]);
  expect(await hint("model.onnx")).toEqual(["onnx"]);
  expect(await hint("model.onnx_data")).toEqual(["data"]);
});
