import { expect, test } from "vitest";
import { scanBytes, told } from "../../builders/scan.js";
import { call, constant, fn, graph, node, number, packedConstant, text } from "../../builders/tensorflow.js";

const read = (input: string) => node("ReadFile", { inputs: [input] });

interface Parts {
  readonly functions?: readonly Uint8Array[];
}

/** `severity what` of what the one ReadFile of these nodes reads. */
async function reads(nodes: readonly Uint8Array[], { functions = [] }: Parts = {}): Promise<string[]> {
  const { findings } = await scanBytes("model.pb", graph({ nodes, functions }));
  return findings.map(
    ({ rule, severity, evidence }) => `${severity} ${evidence.address ?? rule.replace("tensorflow/", "")}`,
  );
}

const FIXED = ["high /etc/hostname"];

test.each([
  ["Identity", ["p"], {}],
  ["Squeeze", ["p"], {}],
  ["GatherV2", ["p", "n", "n"], {}],
  ["Switch", ["p", "n"], {}],
  ["Merge", ["p"], {}],
  ["ConcatV2", ["p", "n"], {}],
  ["Select", ["n", "p", "p"], {}],
  ["Fill", ["n", "p"], {}],
])("follows a path through %s", async (op, inputs, attributes) => {
  const nodes = [
    constant("p", "/etc/hostname"),
    number("n", 0),
    node(op, { name: "x", inputs, attributes }),
    read("x"),
  ];
  expect(await reads(nodes)).toEqual(FIXED);
});

test.each([
  ["StringJoin", [["/etc"], ["hostname"]], { separator: text("/") }],
  ["AddV2", [["/etc/"], ["hostname"]], {}],
  ["ReduceJoin", [["/etc/", "hostname"]], {}],
  ["StringLower", [["/ETC/HOSTNAME"]], {}],
  ["StringStrip", [["  /etc/hostname "]], {}],
  ["DecodeBase64", [["L2V0Yy9ob3N0bmFtZQ"]], {}],
  ["RegexReplace", [["/QQ/hostname"], ["QQ"], ["etc"]], {}],
  ["StaticRegexReplace", [["/QQ/hostname"]], { pattern: text("QQ"), rewrite: text("etc") }],
])("computes a path that %s makes", async (op, operands, attributes) => {
  const nodes = operands.map((values, i) => constant(`c${i}`, ...values));
  const inputs = operands.map((_, i) => `c${i}`);
  expect(await reads([...nodes, node(op, { name: "x", inputs, attributes }), read("x")])).toEqual(FIXED);
});

test("computes a part of a text", async () => {
  const parts = [constant("c", "xx/etc/hostnamexx"), number("from", 2), number("length", 13)];
  expect(await reads([...parts, node("Substr", { name: "x", inputs: ["c", "from", "length"] }), read("x")])).toEqual(
    FIXED,
  );
  const fromEnd = [constant("c", "xx/etc/hostname"), number("from", -13), number("length", 13)];
  expect(await reads([...fromEnd, node("Substr", { name: "x", inputs: ["c", "from", "length"] }), read("x")])).toEqual(
    FIXED,
  );
});

test("reads texts that are packed into tensor_content", async () => {
  expect(await reads([packedConstant("p", "/etc/hostname"), read("p")])).toEqual(FIXED);
  expect(await reads([packedConstant("p", "/a", "/b"), read("p")])).toEqual(["high /a", "high /b"]);
});

test("tells every alternative", async () => {
  const nodes = [
    constant("a", "/etc/a", "/etc/b"),
    constant("b", ".x", ".y"),
    node("StringJoin", { inputs: ["a", "b"] }),
  ];
  expect(await reads([...nodes, read("StringJoin")])).toEqual([
    "high /etc/a.x",
    "high /etc/a.y",
    "high /etc/b.x",
    "high /etc/b.y",
  ]);
});

test("what the caller gives is a note", async () => {
  expect(await reads([node("Placeholder"), read("Placeholder")])).toEqual(["info caller-address"]);
  const nodes = [node("Placeholder"), constant("c", ".png"), node("StringJoin", { inputs: ["Placeholder", "c"] })];
  expect(await reads([...nodes, read("StringJoin")])).toEqual(["info caller-address"]);
});

test("a caller's path that the model leads elsewhere is none any more", async () => {
  const nodes = [
    node("Placeholder"),
    constant("c", "/../../etc/x"),
    node("StringJoin", { inputs: ["Placeholder", "c"] }),
  ];
  expect(await reads([...nodes, read("StringJoin")])).toEqual(["medium computed-address"]);
});

test("a fixed beginning decides, whatever follows", async () => {
  const nodes = [constant("c", "/etc/"), node("Placeholder"), node("StringJoin", { inputs: ["c", "Placeholder"] })];
  expect(await reads([...nodes, read("StringJoin")])).toEqual(["high /etc/..."]);
});

test("a default holds where the caller gives nothing", async () => {
  const placeholder = (path: string) => [
    constant("c", path),
    node("PlaceholderWithDefault", { name: "p", inputs: ["c"] }),
  ];
  expect(await reads([...placeholder("/etc/hostname"), read("p")])).toEqual([
    "high /etc/hostname",
    "info caller-address",
  ]);
  const save = node("SaveV2", { inputs: ["p"] });
  expect(told(await scanBytes("m.pb", graph({ nodes: [...placeholder("model/part"), save] })))).toEqual([]);
  expect(told(await scanBytes("m.pb", graph({ nodes: [...placeholder("/data/x"), save] })))).toHaveLength(1);
});

test("what cannot be followed is suspicious", async () => {
  expect(await reads([node("UnicodeEncode", { name: "u" }), read("u")])).toEqual(["medium computed-address"]);
  expect(await reads([read("^u")])).toEqual(["medium computed-address"]);
});

test("a replacement with a foreign expression is not run", async () => {
  const nodes = [
    constant("c", "/aaa"),
    constant("r", "(a+)+$"),
    constant("w", "etc"),
    node("RegexReplace", { inputs: ["c", "r", "w"] }),
  ];
  expect(await reads([...nodes, read("RegexReplace")])).toEqual(["medium computed-address"]);
});

test.each([
  ["StatefulPartitionedCall", ["p"], { f: call("reader") }],
  ["reader", ["p"], {}],
  ["If", ["n", "p"], { then_branch: call("reader"), else_branch: call("reader") }],
  ["While", ["p"], { cond: call("reader"), body: call("reader") }],
  ["RemoteCall", ["t", "p"], { f: call("reader") }],
])("follows a path into a function that %s calls", async (op, inputs, attributes) => {
  const reader = fn("reader", { parameters: ["path"], nodes: [read("path")] });
  const nodes = [
    constant("p", "/etc/hostname"),
    constant("t", "/device:CPU:0"),
    number("n", 1),
    node(op, { inputs, attributes }),
  ];
  expect(await reads(nodes, { functions: [reader] })).toEqual(FIXED);
});

test("follows a path out of a function, by the name of its result", async () => {
  const paths = fn("paths", {
    results: { harmless: "n:output:0", path: "p:output:0" },
    nodes: [constant("n", "assets/x"), constant("p", "/etc/hostname")],
  });
  const called = node("PartitionedCall", { attributes: { f: call("paths") } });
  expect(await reads([called, read("PartitionedCall:1")], { functions: [paths] })).toEqual(FIXED);
  expect(await reads([called, read("PartitionedCall")], { functions: [paths] })).toEqual([]);
});

test("follows a path through functions that call functions", async () => {
  const inner = fn("inner", { parameters: ["q"], nodes: [read("q")] });
  const outer = fn("outer", {
    parameters: ["p"],
    nodes: [node("StatefulPartitionedCall", { inputs: ["p"], attributes: { f: call("inner") } })],
  });
  const nodes = [constant("c", "/etc/hostname"), node("outer", { inputs: ["c"] })];
  expect(await reads(nodes, { functions: [inner, outer] })).toEqual(FIXED);
});

test("a function that nobody calls is examined like any other", async () => {
  const functions = [fn("unused", { nodes: [constant("p", "/etc/hostname"), read("p:output:0")] })];
  expect(await reads([node("NoOp")], { functions })).toEqual(FIXED);
});

test("follows the elements of a data set and what its function captured", async () => {
  const functions = [
    fn("element", { parameters: ["x", "captured"], nodes: [read("x")] }),
    fn("capture", { parameters: ["x", "captured"], nodes: [read("captured")] }),
  ];
  const map = (name: string) => node("MapDataset", { inputs: ["d", "c"], attributes: { f: call(name) } });
  const nodes = [
    constant("p", "/etc/hostname"),
    constant("c", "/etc/hosts"),
    node("TensorSliceDataset", { name: "d", inputs: ["p"] }),
  ];
  expect(await reads([...nodes, map("element")], { functions })).toEqual(["high /etc/hostname", "info caller-address"]);
  expect(await reads([...nodes, map("capture")], { functions })).toEqual(["high /etc/hosts", "info caller-address"]);
});

test.each([
  ["variable", "VarHandleOp", "AssignVariableOp", ["s", "p"], "ReadVariableOp", ["s"]],
  ["variable of TensorFlow 1", "VariableV2", "Assign", ["s", "p"], "Identity", ["s"]],
  ["queue", "FIFOQueueV2", "QueueEnqueueManyV2", ["s", "p"], "QueueDequeueV2", ["s"]],
  ["table", "HashTableV2", "InitializeTableV2", ["s", "n", "p"], "LookupTableFindV2", ["s", "n", "n"]],
  ["array", "TensorArrayV3", "TensorArrayWriteV3", ["s", "n", "p"], "TensorArrayReadV3", ["s", "n"]],
])("follows a path through a %s", async (_, store, write, writeInputs, take, takeInputs) => {
  const parts = [
    number("n", 0),
    node(store, { name: "s" }),
    node(write, { inputs: writeInputs }),
    node(take, { name: "x", inputs: takeInputs }),
  ];
  expect(await reads([constant("p", "/etc/hostname"), ...parts, read("x")])).toEqual(FIXED);
  expect(await reads([...parts, node("Placeholder", { name: "p" }), read("x")])).toEqual(["info caller-address"]);
});

test("a variable that only a checkpoint fills is not known", async () => {
  const nodes = [node("VarHandleOp", { name: "v" }), node("ReadVariableOp", { inputs: ["v"] }), read("ReadVariableOp")];
  expect(await reads(nodes)).toEqual(["medium computed-address"]);
});

test("the readers of TensorFlow 1 are told what their queue is fed", async () => {
  const queue = [
    node("FIFOQueueV2", { name: "q" }),
    node("QueueEnqueueManyV2", { inputs: ["q", "p"] }),
    node("WholeFileReaderV2", { name: "r" }),
  ];
  const nodes = [constant("p", "/etc/hostname"), ...queue, node("ReaderReadV2", { inputs: ["r", "q"] })];
  expect(await reads(nodes)).toEqual(FIXED);
});

test("loops in the graph end, with what feeds them", async () => {
  const loop = [
    node("Enter", { inputs: ["p"] }),
    node("Merge", { inputs: ["Enter", "NextIteration"] }),
    node("Switch", { inputs: ["Merge", "Merge"] }),
    node("Identity", { inputs: ["Switch:1"] }),
    node("NextIteration", { inputs: ["Identity"] }),
  ];
  expect(await reads([constant("p", "/etc/hostname"), ...loop, read("Identity")])).toEqual(FIXED);
});

test("a function that calls itself ends too", async () => {
  const self = fn("self", {
    parameters: ["p"],
    results: { r: "s:output:0" },
    nodes: [node("self", { name: "s", inputs: ["p"] }), read("s")],
  });
  expect(await reads([constant("p", "/x"), node("self", { name: "f", inputs: ["p"] })], { functions: [self] })).toEqual(
    ["medium computed-address"],
  );
});

test("a chain of a hundred thousand nodes is cut, not followed into the stack", async () => {
  const chain = Array.from({ length: 100_000 }, (_, i) => node("Identity", { name: `n${i + 1}`, inputs: [`n${i}`] }));
  expect(await reads([...chain, read("n100000")])).toEqual(["medium computed-address"]);
});

test("joins that double at every step are cut", async () => {
  const joins = Array.from({ length: 60 }, (_, i) =>
    node("StringJoin", { name: `j${i + 1}`, inputs: [`j${i}`, `j${i}`] }),
  );
  expect(await reads([constant("j0", "a", "b"), ...joins, read("j60")])).toEqual(["medium computed-address"]);
});
