import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { FileReport } from "../../../src/engine/result.js";
import { concat } from "../../builders/bytes.js";
import { memoryTree } from "../../builders/memory-tree.js";
import { field, integer, message } from "../../builders/protobuf.js";
import { scanBytes, scanTree, told } from "../../builders/scan.js";
import { call, constant, fn, type MetaGraphParts, metaGraph, node, savedModel } from "../../builders/tensorflow.js";

const read = (input: string) => node("ReadFile", { inputs: [input] });
const vocabulary = node("InitializeTableFromTextFileV2", { inputs: ["table", "path"] });
const scan = (...parts: MetaGraphParts[]) => scanBytes("saved_model.pb", savedModel(...parts));

function fixture(name: string): Promise<FileReport> {
  return scanBytes(name, readFileSync(new URL(`../../../fixtures/tensorflow/${name}`, import.meta.url)));
}

test.each([
  ["bad.joined-path.pb", ["high tensorflow/file-read-op"]],
  ["bad.python-function.pb", ["critical tensorflow/python-op"]],
  ["bad.save-to-keys.pb", ["critical tensorflow/file-write-op"]],
  ["bad.write-file.pbtxt", ["critical tensorflow/file-write-op"]],
  ["bad.host-callback.pb", ["high tensorflow/host-callback"]],
  ["bad.custom-call.pb", ["medium tensorflow/custom-call"]],
  ["ok.vocabulary-asset.pb", []],
  ["ok.saver.pb", []],
  ["ok.saver.meta", []],
  ["ok.frozen.pb", []],
  ["ok.compiled-module.pb", []],
])("%s, written by TensorFlow itself, is judged %j", async (name, expected) => {
  const report = await fixture(name);
  expect(told(report)).toEqual(expected);
  expect(report.state).toBe("scanned");
});

test("every MetaGraph is examined, and named where there are several", async () => {
  const { findings } = await scan({ tags: "serve" }, { tags: "eval", nodes: [constant("p", "/etc/x"), read("p")] });
  expect(findings.map(({ message: text }) => text)).toEqual(['ReadFile reads "/etc/x" (node ReadFile, graph eval)']);
});

test("nodes of functions are examined like those of the graph", async () => {
  const functions = [fn("f", { nodes: [constant("p", "/etc/x"), read("p:output:0")] })];
  const { findings } = await scan({ functions });
  expect(findings[0]).toMatchObject({
    rule: "tensorflow/file-read-op",
    evidence: { function: "f", address: "/etc/x" },
  });
});

test("a second graph_def adds to the first, as parsers merge them", async () => {
  const second = field(2, field(1, constant("p", "/etc/x")), field(1, read("p")));
  expect(told(await scan({ more: [second] }))).toEqual(["high tensorflow/file-read-op"]);
});

test("a constant and a signature in two pieces are what parsers put together", async () => {
  const tensor = (...parts: Uint8Array[]) => field(8, ...parts);
  const attribute = field(5, field(1, "value"), field(2, tensor(integer(1, 7))), field(2, tensor(field(8, "/etc/x"))));
  const pieces = message(field(1, "p"), field(2, "Const"), attribute);
  expect(told(await scan({ nodes: [pieces, read("p")] }))).toEqual(["high tensorflow/file-read-op"]);
  const inner = [constant("p", "/etc/x"), read("p:output:0")].map((one) => field(3, one));
  const split = message(field(1, field(1, "f")), field(1, field(2, field(1, "x"))), ...inner);
  const { findings } = await scan({ functions: [split] });
  expect(findings[0]).toMatchObject({ rule: "tensorflow/file-read-op", evidence: { function: "f" } });
});

test("the tensor of an asset is fed by the loader, a constant beside it is not", async () => {
  const nodes = [constant("path", "/home/me/vocab.txt"), vocabulary];
  expect(told(await scan({ nodes, assets: { "vocab.txt": "path:0" } }))).toEqual([]);
  expect(told(await scan({ nodes, assets: { "vocab.txt": "other:0" } }))).toEqual(["high tensorflow/file-read-op"]);
});

test("only the loader of a SavedModel feeds assets", async () => {
  const nodes = [constant("path", "/etc/passwd"), vocabulary];
  const bytes = metaGraph({ nodes, assets: { "vocab.txt": "path:0" } });
  expect(told(await scanBytes("model.meta", bytes))).toEqual(["high tensorflow/file-read-op"]);
});

const legacyAssets = (file: string) =>
  field(
    4,
    field(1, "saved_model_assets"),
    field(2, field(5, field(1, field(2, field(1, field(1, "path:0")), field(2, file))))),
  );

test("the assets of older builders count where there are no others", async () => {
  const nodes = [constant("path", "/home/me/vocab.txt"), vocabulary];
  expect(told(await scan({ nodes, more: [legacyAssets("vocab.txt")] }))).toEqual([]);
  expect(told(await scan({ nodes, more: [legacyAssets("vocab.txt")], assets: { a: "other:0" } }))).toHaveLength(1);
  expect(told(await scan({ nodes, more: [legacyAssets("../vocab.txt")] }))).toEqual(["high tensorflow/asset-path"]);
});

test.each(["../../etc/passwd", "/etc/passwd", "a\\..\\..\\x", "C:\\x"])(
  "the asset %j lies outside the model",
  async (file) => {
    expect(told(await scan({ assets: { [file]: "a:0" } }))).toEqual(["high tensorflow/asset-path"]);
  },
);

test.each(["vocab.txt", "sub/vocab..txt"])("the asset %j lies inside", async (file) => {
  expect(told(await scan({ assets: { [file]: "a:0" } }))).toEqual([]);
});

test("the tensor that the saver feeds may hold a default", async () => {
  const nodes = [constant("save/Const", "model"), node("RestoreV2", { inputs: ["save/Const"] })];
  expect(told(await scan({ nodes, saverTensor: "save/Const:0" }))).toEqual([]);
  const elsewhere = [constant("save/Const", "/etc/x"), node("RestoreV2", { inputs: ["save/Const"] })];
  expect(told(await scan({ nodes: elsewhere, saverTensor: "save/Const:0" }))).toEqual(["high tensorflow/file-read-op"]);
});

const initialises = [node("NoOp", { name: "init", inputs: ["^ReadFile"] }), constant("p", "/etc/x"), read("p")];

test.each([
  ["the collection saved_model_main_op", { collections: { saved_model_main_op: "init" } }],
  ["the collection legacy_init_op", { collections: { legacy_init_op: "init" } }],
  [
    "the signature of the init op",
    {
      more: [
        field(5, field(1, "__saved_model_init_op"), field(2, field(2, field(1, "o"), field(2, field(1, "init"))))),
      ],
    },
  ],
])("what %s needs runs when the model is loaded", async (_, parts) => {
  const [finding] = (await scan({ nodes: initialises, ...parts })).findings;
  expect(finding?.evidence).toMatchObject({ runsOnLoad: true });
  expect(finding?.message).toContain("runs when the model is loaded");
});

test("what no init op needs does not", async () => {
  const [finding] = (await scan({ nodes: initialises, collections: { losses: "init" } })).findings;
  expect(finding?.evidence).not.toHaveProperty("runsOnLoad");
});

test("functions that an init op calls run on load as well", async () => {
  const functions = [fn("f", { nodes: [constant("p", "/etc/x"), read("p:output:0")] })];
  const nodes = [node("StatefulPartitionedCall", { name: "init", attributes: { f: call("f") } })];
  const [finding] = (await scan({ nodes, functions, collections: { saved_model_main_op: "init" } })).findings;
  expect(finding?.evidence).toMatchObject({ runsOnLoad: true });
});

/** A SavedObjectGraph whose function f captured the given object. */
function capturing(captured: Uint8Array): Uint8Array {
  return field(7, field(1, field(4)), field(1, captured), field(2, field(1, "f"), field(2, integer(2, 1))));
}

test("what the object graph binds to a function is followed", async () => {
  const functions = [fn("f", { parameters: ["x", "captured"], nodes: [read("captured")] })];
  const nodes = [constant("c", "/etc/x")];
  const judge = async (captured: Uint8Array) => told(await scan({ nodes, functions, more: [capturing(captured)] }));
  expect(await judge(field(9, field(1, "c")))).toEqual(["high tensorflow/file-read-op"]);
  expect(await judge(field(5, integer(1, 0)))).toEqual([]);
  expect(await judge(field(7, integer(1, 7)))).toEqual(["medium tensorflow/computed-address"]);
});

test("configs that Keras kept in the object graph are judged as Keras configs", async () => {
  const metadata = (config: string) => field(7, field(1, field(4, field(1, "_tf_keras_layer"), field(3, config))));
  const system = JSON.stringify({ class_name: "system", module: "os", config: {} });
  const dense = JSON.stringify({ class_name: "Dense", config: { name: "d", units: 4 } });
  expect(told(await scan({ more: [metadata(system)] }))).toEqual(["critical keras/unsafe-reference"]);
  expect(told(await scan({ more: [metadata(dense)] }))).toEqual([]);
});

test("a truncated model is told, with what stands before the end", async () => {
  const bytes = savedModel({
    nodes: [constant("p", "/etc/x"), read("p"), ...Array<Uint8Array>(50).fill(node("NoOp"))],
  });
  const report = await scanBytes("saved_model.pb", bytes.subarray(0, 300));
  expect(told(report)).toEqual(["high tensorflow/file-read-op", "medium analysis/malformed"]);
  expect(report.state).toBe("partial");
});

test("every prefix of a bad model ends without a failure", async () => {
  const bytes = savedModel({ nodes: [constant("p", "/etc/x"), read("p")], assets: { "../x": "p:0" } });
  // The version alone is a whole model of nothing.
  for (let length = 3; length < bytes.length; length++) {
    const report = await scanBytes("saved_model.pb", bytes.subarray(0, length));
    expect(report.state).not.toBe("failed");
    expect(report.findings.length, `prefix of ${length}`).toBeGreaterThan(0);
  }
});

test("saved_model.pb is examined by its name whatever it begins with", async () => {
  const bytes = message(integer(50, 1), savedModel({ nodes: [constant("p", "/etc/x"), read("p")] }));
  expect(told(await scanBytes("saved_model.pb", bytes))).toContain("high tensorflow/file-read-op");
});

test("a .pb or .meta that is no graph is left to others", async () => {
  for (const name of ["labels.pb", "picture.meta"]) {
    expect(told(await scanBytes(name, Uint8Array.of(0x2a, 0x01, 0x02)))).toEqual([]);
  }
});

test("a text beside the binary is told, alone it is not", async () => {
  const text = 'saved_model_schema_version: 1\nmeta_graphs { graph_def { node { name: "a" op: "NoOp" } } }';
  const both = memoryTree({ "m/saved_model.pb": savedModel({}), "m/saved_model.pbtxt": text });
  expect(told(await scanTree(both))).toEqual(["low tensorflow/two-graphs"]);
  expect(told(await scanTree(memoryTree({ "m/saved_model.pbtxt": text })))).toEqual([]);
});

test("nodes without a name are those of another message, and no graph", async () => {
  // data_spec.pb of a decision forest: columns with a type and a name, numbers behind them.
  const column = (type: number, name: string) => field(1, integer(1, type), field(2, name), integer(6, 1));
  const report = await scanBytes("data_spec.pb", message(column(4, "label"), column(1, "ReadFile"), integer(9, 3)));
  expect(told(report).filter((line) => !line.startsWith("info"))).toEqual([]);
  expect(report.state).toBe("skipped");
  const graph = await scanBytes("frozen.pb", message(column(4, "label"), field(1, node("PyFunc"))));
  expect(told(graph)).toContain("critical tensorflow/python-op");
});

test("the values of a checkpoint are raw numbers, whatever they look like", async () => {
  // A checksum that reads as an unknown field, then Keras's object graph, whose nodes have texts where a MetaInfoDef has some.
  const values = concat([0xd5, 3, 0x1e, 0xa1, 0xb1, 0x6c], field(1, field(1, integer(1, 1), field(2, "v")), field(5)));
  const report = await scanBytes("variables.data-00000-of-00001", values);
  expect([report.state, ...report.formats, ...told(report)]).toEqual(["scanned", "tf-metagraph"]);
  expect((await scanBytes("unnamed", values)).state).toBe("skipped");
});
