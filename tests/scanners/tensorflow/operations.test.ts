import { expect, test } from "vitest";
import { defaultPolicy } from "../../../src/config/load.js";
import { OP_NAMES } from "../../../src/formats/tensorflow/op-names.js";
import { OPERATIONS } from "../../../src/scanners/tensorflow/operations.js";
import { message } from "../../builders/protobuf.js";
import { scanBytes, told } from "../../builders/scan.js";
import { constant, graph, metaGraph, node, number, savedModel, text, texts } from "../../builders/tensorflow.js";

/** Ops of old contrib modules and of GPU builds, which the registry of today's CPU build does not have. */
const ELSEWHERE = new Set([
  "Rpc",
  "TryRpc",
  "KafkaDataset",
  "IgniteDataset",
  "GcsConfigureBlockCache",
  "GcsConfigureCredentials",
  "TRTEngineOp",
]);

const scanGraph = (...nodes: Uint8Array[]) => scanBytes("model.pb", graph({ nodes }));

async function findings(...nodes: Uint8Array[]): Promise<string[]> {
  return told(await scanGraph(...nodes));
}

test("every op that reaches outside is a real one and has its row in the policy", async () => {
  const { tensorflow_rules } = await defaultPolicy();
  for (const op of OPERATIONS.keys()) {
    expect(OP_NAMES.has(op) || ELSEWHERE.has(op), op).toBe(true);
    expect(tensorflow_rules[op], op).toBeDefined();
  }
});

test("every op with a row in the policy is known, apart from those of other libraries", async () => {
  const { tensorflow_rules } = await defaultPolicy();
  for (const [op, severity] of Object.entries(tensorflow_rules)) {
    if (severity === "info" || op.includes("*") || op.includes(":")) continue;
    expect(OPERATIONS.has(op), op).toBe(true);
  }
});

test.each([
  ["a write", "critical tensorflow/file-write-op", node("WriteFile", { inputs: ["path", "path"] })],
  ["a read", "high tensorflow/file-read-op", node("ReadFile", { inputs: ["path"] })],
  ["a listing", "high tensorflow/file-read-op", node("MatchingFiles", { inputs: ["path"] })],
  ["a data set", "high tensorflow/file-read-op", node("TFRecordDataset", { inputs: ["path"] })],
  ["a vocabulary", "high tensorflow/file-read-op", node("InitializeTableFromTextFileV2", { inputs: ["t", "path"] })],
  ["a restore", "high tensorflow/file-read-op", node("RestoreV2", { inputs: ["path"] })],
  ["a save", "high tensorflow/file-write-op", node("SaveV2", { inputs: ["path"] })],
  ["a data service", "high tensorflow/network-op", node("DataServiceDatasetV4", { inputs: ["i", "m", "path"] })],
])("%s at a fixed path is told", async (_, expected, op) => {
  expect(await findings(constant("path", "/data/x"), op)).toEqual([expected]);
});

test.each([
  ["PrintV2", "output_stream", "file:///data/x", "stderr", "high tensorflow/file-write-op"],
  ["PrintV2", "output_stream", "file:///data/x", "log(info)", "high tensorflow/file-write-op"],
  ["ImmutableConst", "memory_region_name", "/data/x", "", "high tensorflow/file-read-op"],
  ["DecodeProtoV2", "descriptor_source", "/data/x.pb", "local://", "medium tensorflow/file-read-op"],
  ["FixedUnigramCandidateSampler", "vocab_file", "/data/x", "", "medium tensorflow/file-read-op"],
])("%s tells of its attribute %s only where it is an address", async (op, attribute, address, harmless, expected) => {
  expect(await findings(node(op, { attributes: { [attribute]: text(address) } }))).toEqual([expected]);
  expect(await findings(node(op, { attributes: { [attribute]: text(harmless) } }))).toEqual([]);
});

test("a list attribute is read item by item", async () => {
  const debug = (...urls: string[]) => node("DebugIdentityV2", { attributes: { debug_urls: texts(...urls) } });
  expect(await findings(debug("file:///data/x", "grpc://host:1"))).toHaveLength(2);
  expect(await findings(debug())).toEqual([]);
});

test.each([
  ["PyFunc", "critical tensorflow/python-op"],
  ["EagerPyFunc", "critical tensorflow/python-op"],
  ["Abort", "medium tensorflow/process-op"],
  ["MlirPassthroughOp", "medium tensorflow/opaque-op"],
  ["FileSystemSetConfiguration", "high tensorflow/network-op"],
])("%s is told whatever it is given", async (op, expected) => {
  expect(await findings(node(op))).toEqual([expected]);
});

test.each(["MatMul", "Assert", "Print", "LookupTableExportV2", "DecodeJpeg", "DecodeRaw", "InitializeTableV2", "_Arg"])(
  "%s is an ordinary op",
  async (op) => expect(await findings(node(op))).toEqual([]),
);

test.each(["ShellExecute", "LoadLibrary", "PyCall"])("%s is no op of TensorFlow", async (op) => {
  expect(await findings(node(op, { name: "n" }), node("NoOp"))).toEqual(["medium tensorflow/custom-op"]);
});

test("an op of a well-known library is a note", async () => {
  expect(await findings(node("TFText>FastWordpieceTokenizeWithOffsets"))).toEqual(["info tensorflow/custom-op"]);
  expect(await findings(node("TFTextFastWordpieceTokenize"))).toEqual(["medium tensorflow/custom-op"]);
});

test("the policy's rows decide, for known and unknown ops", async () => {
  const policy = { tensorflow_rules: { ReadFile: "low", MatMul: "high", MyOp: "low" } as const };
  const nodes = [constant("p", "/x"), node("ReadFile", { inputs: ["p"] }), node("MatMul"), node("MyOp")];
  expect(told(await scanBytes("model.pb", graph({ nodes }), { policy }))).toEqual([
    "high tensorflow/listed-op",
    "low tensorflow/file-read-op",
    "low tensorflow/custom-op",
  ]);
});

test.each([
  "/root/.ssh/authorized_keys",
  "/etc/cron.d/job",
  "/home/u/.bashrc",
  "plugins/evil.py",
  "C:\\Windows\\System32\\x.dll",
])("saving to %s is as good as running code", async (path) => {
  const save = node("SaveV2", { inputs: ["p"] });
  expect(await findings(constant("p", path), save)).toEqual(["critical tensorflow/file-write-op"]);
});

test.each(["", "ram://cache/x", "variables/variables", "assets/vocab.txt"])(
  "reading %j reaches nothing outside",
  async (path) => {
    expect(await findings(constant("p", path), node("RestoreV2", { inputs: ["p"] }))).toEqual([]);
  },
);

test.each(["variables/../../x", "assets/../../x", "out.txt", "~/x", "gs://bucket/x", "\\\\host\\share"])(
  "reading %j does",
  async (path) => {
    expect(await findings(constant("p", path), node("ReadFile", { inputs: ["p"] }))).toEqual([
      "high tensorflow/file-read-op",
    ]);
  },
);

test("a saver's plain default name is normal, a file of that name for other ops is not", async () => {
  expect(await findings(constant("p", "model"), node("SaveV2", { inputs: ["p"] }))).toEqual([]);
  expect(await findings(constant("p", "model"), node("ReadFile", { inputs: ["p"] }))).toHaveLength(1);
});

test("a device of the same process is no address, a worker of another machine is", async () => {
  const call = (target: string) => findings(constant("t", target), node("RemoteCall", { inputs: ["t"] }));
  expect(await call("/job:localhost/replica:0/task:0/device:CPU:0")).toEqual([]);
  expect(await call("/device:GPU:0")).toEqual([]);
  expect(await call("/job:worker/task:3")).toEqual(["high tensorflow/network-op"]);
});

test("the pipeline of a training keeps its paths, unless they are the system's", async () => {
  const nodes = (path: string) => [constant("p", path), node("TFRecordDataset", { inputs: ["p"] })];
  const scan = async (path: string) => told(await scanBytes("model.ckpt.meta", metaGraph({ nodes: nodes(path) })));
  expect(await scan("/home/me/train.tfrecord")).toEqual(["low tensorflow/file-read-op"]);
  expect(await scan("gs://bucket/train.tfrecord")).toEqual(["low tensorflow/file-read-op"]);
  expect(await scan("/etc/passwd")).toEqual(["high tensorflow/file-read-op"]);
  expect(await scan("http://host/x")).toEqual(["high tensorflow/file-read-op"]);
  expect(told(await scanBytes("saved_model.pb", savedModel({ nodes: nodes("/home/me/x") })))).toEqual([
    "high tensorflow/file-read-op",
  ]);
});

test("what the caller names is a note where it is read, a weakness where it is written", async () => {
  const given = node("Placeholder", { name: "p" });
  expect(await findings(given, node("ReadFile", { inputs: ["p"] }))).toEqual(["info tensorflow/caller-address"]);
  expect(await findings(given, node("WriteFile", { inputs: ["p", "p"] }))).toEqual(["low tensorflow/caller-address"]);
  expect(await findings(given, node("RestoreV2", { inputs: ["p"] }))).toEqual([]);
});

test("the logs of a training are no attack, those of a model for use are odd", async () => {
  const nodes = [constant("p", "/home/me/logs"), node("CreateSummaryFileWriter", { inputs: ["w", "p"] })];
  expect(told(await scanBytes("m.meta", metaGraph({ nodes })))).toEqual(["low tensorflow/file-write-op"]);
  expect(told(await scanBytes("saved_model.pb", savedModel({ nodes })))).toEqual(["medium tensorflow/file-write-op"]);
});

test("one finding stands for all nodes that do the same, and names the first", async () => {
  const read = (name: string) => node("ReadFile", { name, inputs: ["p"] });
  const { findings: found } = await scanGraph(constant("p", "/etc/hosts"), read("a"), read("b"), read("c"));
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ count: 3, message: 'ReadFile reads "/etc/hosts" (node a)' });
});

test("a graph without anything odd is clean, and says what was examined", async () => {
  const { findings: found, checks } = await scanGraph(number("n", 1), node("Add", { inputs: ["n", "n"] }));
  expect(found).toEqual([]);
  expect(checks).toContainEqual(expect.objectContaining({ name: "graph", message: expect.stringMatching(/^2 nodes/) }));
});

test("bytes behind the graph are scanned as what they are", async () => {
  const pickle = Buffer.from(
    "\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94.",
    "latin1",
  );
  const report = await scanBytes("model.pb", message(graph({}), pickle));
  expect(told(report)).toContain("medium analysis/trailing-data");
  expect(report.findings[0]).toMatchObject({ severity: "critical", rule: "pickle/unsafe-call" });
});
