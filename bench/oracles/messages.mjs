// Compares the protobuf reader and its shapes with the real classes of TensorFlow and ONNX: on random messages of them, on damaged ones, and on
// files. What the real parser reads of names, attributes, functions and external data must be what we read; what it refuses must be told.
//   node bench/oracles/messages.mjs --protos FOLDER [--count 1000] [--damaged 4000] [--seed 1] [--python python3] [FILE or FOLDER ...]
// FOLDER holds `tensorflow/**/*_pb2.py`, unpacked from the package `tensorflow-cpu`; Python needs `protobuf` and `onnx`.

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { scratch } from "../measure.mjs";
import { ask, filesBelow, Inputs, load, Tally } from "./oracle.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    protos: { type: "string" },
    count: { type: "string", default: "1000" },
    damaged: { type: "string", default: "4000" },
    seed: { type: "string", default: "1" },
    python: { type: "string", default: "python3" },
    untold: { type: "boolean", default: false },
  },
});

const SCRIPT = new URL("./messages.py", import.meta.url).pathname;
/** The file's beginning in the inputs: the class to read it as. */
const FILES = [
  [/saved_model\.pb$/, "saved"],
  [/\.meta$/, "meta"],
  [/\.pb$/, "graph"],
  [/\.onnx$/, "onnx"],
];

const parts = await load({
  "tests/builders/pickle-grammar.ts": ["Dice"],
  "tests/fuzz/mutate.ts": ["mutate"],
  "src/formats/protobuf/read-message.ts": ["readMessage", "PARSER_DEPTH"],
  "src/formats/tensorflow/graph.ts": ["graphShape"],
  "src/formats/tensorflow/saved-model.ts": ["metaGraphShape", "savedModelShape"],
  "src/formats/onnx/model.ts": ["modelShape"],
  "src/io/byte-source.ts": ["BufferSource"],
  "src/io/budget.ts": ["Budget"],
  "src/config/load.ts": ["defaultPolicy"],
});
const SHAPES = {
  saved: parts.savedModelShape,
  meta: parts.metaGraphShape,
  graph: parts.graphShape,
  onnx: parts.modelShape,
};
const { limits } = await parts.defaultPolicy();

const inputs = new Inputs();
for (const path of positionals.flatMap((place) => [...filesBelow(place)])) {
  const kind = FILES.find(([pattern]) => pattern.test(path))?.[1];
  if (kind) inputs.add(basename(path), Buffer.concat([Buffer.from(`${kind}\n`), readFileSync(path)]));
}
const files = inputs.bytes.size;
for (const bytes of generated()) inputs.add("generated", bytes);
const whole = [...inputs.bytes.values()].filter(({ length }) => length < 1 << 16);
for (let i = 0; i < Number(values.damaged); i++) inputs.add("damaged", damaged(i));

const version = execFileSync(values.python, [SCRIPT, "version", "-", values.protos], { encoding: "utf8" }).trim();
const tally = new Tally(inputs);
const counts = new Map();
for await (const row of ask(values.python, "./messages.py", inputs, values.protos)) {
  const mine = await ours(row.kind, inputs.bytes.get(row.name));
  const outcome = outcomeOf(row, mine);
  counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  if (outcome === "refused, not told" && values.untold) tally.add(row.name, row.refused);
  else tally.add(row.name, row.read && difference(row.kind, row.read, mine.value));
}
console.log(`${files} files, ${values.count} generated, ${values.damaged} damaged`);
tally.print(version);
console.log(`  ${[...counts].map(([outcome, count]) => `${count} ${outcome}`).join("; ")}`);

function* generated() {
  const folder = join(scratch(), "messages");
  mkdirSync(folder);
  execFileSync(values.python, [SCRIPT, "make", folder, values.protos, values.count, values.seed]);
  for (const name of readdirSync(folder).sort()) yield readFileSync(join(folder, name));
}

function damaged(i) {
  const dice = new parts.Dice(Math.imul(Number(values.seed), 0x9e3779b1) ^ Math.imul(i + 1, 0x85ebca6b));
  for (let warm = 0; warm < 4; warm++) dice.next();
  const bytes = dice.pick(whole);
  const cut = bytes.indexOf(10) + 1;
  const other = dice.pick(whole);
  const content = bytes.subarray(cut);
  // Two messages in a row are one: parsers merge the second into the first.
  const change =
    dice.below(4) === 0 ? Buffer.concat([content, twin(bytes, other)]) : parts.mutate(content, dice, other);
  return Buffer.concat([bytes.subarray(0, cut), change]);
}

function twin(bytes, other) {
  const cut = bytes.indexOf(10) + 1;
  return bytes.subarray(0, cut).equals(other.subarray(0, cut)) ? other.subarray(cut) : bytes.subarray(cut);
}

async function ours(kind, bytes) {
  const source = new parts.BufferSource(new Uint8Array(bytes.subarray(bytes.indexOf(10) + 1)));
  const budget = new parts.Budget(limits);
  const { value, error, depth, tail } = await parts.readMessage(source, SHAPES[kind], { budget });
  const told = error !== undefined || tail !== undefined || depth > parts.PARSER_DEPTH;
  return { value: shown(kind, value), told, error };
}

function outcomeOf(row, mine) {
  if (row.refused !== undefined) return mine.told ? "refused, told" : "refused, not told";
  return mine.error === undefined ? "read" : "read, and told as broken";
}

// --- what is read ----------------------------------------------------------------------------------------------------------------

function plain(text) {
  return text.replaceAll(/[^\0-\x7f]/g, "").replaceAll("?", "");
}

function attributeTexts({ texts, tensor, functions }) {
  return [
    ...texts,
    ...(tensor?.strings ?? []),
    ...functions.flatMap(({ name, attributes }) => [name, ...[...attributes.values()].flatMap(attributeTexts)]),
  ];
}

function unique(texts) {
  return [...new Set(texts.map(plain))].filter((text) => text !== "").sort();
}

function node({ name, op, inputs: from, attributes }) {
  return [plain(name), plain(op), from.map(plain), unique([...attributes.values()].flatMap(attributeTexts))];
}

function graph({ nodes, functions }) {
  return {
    nodes: nodes.map(node),
    functions: functions.map(({ name, parameters, outputs, nodes: inner }) => [
      plain(name),
      parameters.map(plain),
      [...outputs].map(([result, from]) => [plain(result), plain(from)]),
      inner.map(node),
    ]),
  };
}

function metaGraph(meta) {
  const { tags, graphs, collections, signatures, assets, checkpointTensors, captures, objectMetadata } = meta;
  const merged = {
    nodes: graphs.flatMap(({ nodes }) => nodes),
    functions: graphs.flatMap(({ functions }) => functions),
  };
  return {
    tags: tags.map(plain),
    graph: graph(merged),
    collections: rows([...collections].map(([key, names]) => [plain(key), names.map(plain)])),
    signatures: rows([...signatures].map(([key, names]) => [plain(key), names.map(plain).sort()])),
    assets: assets.map(({ filename, tensor }) => [plain(filename), plain(tensor)]),
    saver: plain(checkpointTensors.at(-1) ?? ""),
    captures: rows(
      [...captures].map(([key, list]) => [plain(key), list.map(({ kind, node: of }) => [kind, plain(of)])]),
    ),
    metadata: objectMetadata.map(({ identifier, text }) => [plain(identifier), text.length]),
  };
}

function rows(list) {
  return list.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
}

function onnx({ graphs, functions }) {
  const nodes = [];
  const tensors = [];
  const addTensor = ({ name, isExternal, external, dims, raw }) =>
    tensors.push([
      plain(name),
      isExternal,
      external.map(({ key, value }) => [plain(key), plain(value)]),
      dims.map(String),
      raw?.length ?? 0,
    ]);
  const addAttribute = (attribute) => {
    for (const tensor of attribute.tensors) addTensor(tensor);
    for (const inner of attribute.graphs) addGraph(inner);
  };
  const addNode = ({ name, op, domain, attributes }, owner) => {
    nodes.push([owner, plain(domain), plain(op), plain(name), unique(attributes.flatMap(({ texts }) => texts))]);
    for (const attribute of attributes) addAttribute(attribute);
  };
  const addGraph = (one) => {
    for (const inner of one.nodes) addNode(inner, "");
    for (const tensor of one.tensors) addTensor(tensor);
  };
  for (const one of graphs) addGraph(one);
  for (const { name, domain, nodes: inner, defaults } of functions) {
    for (const one of inner) addNode(one, `${plain(domain)}:${plain(name)}`);
    for (const attribute of defaults) addAttribute(attribute);
  }
  return { nodes, tensors };
}

function shown(kind, value) {
  if (kind === "saved") return { metas: value.metaGraphs.map(metaGraph) };
  if (kind === "meta") return { metas: [metaGraph(value)] };
  return kind === "graph" ? graph(value) : onnx(value);
}

/** Where theirs is not in ours. Of alternatives (`oneof`) that follow each other the parser keeps the last, and we all. */
function difference(kind, theirs, mine) {
  if (kind === "onnx") return missing("nodes", theirs, mine) ?? missing("tensors", theirs, mine);
  if (kind === "graph") return graphDifference(theirs, mine);
  if (theirs.metas.length !== mine.metas.length) return `${theirs.metas.length} graphs, ours ${mine.metas.length}`;
  for (const [i, meta] of theirs.metas.entries()) {
    const { graph: itsGraph, captures, ...rest } = meta;
    const { graph: ourGraph, captures: ourCaptures, ...ourRest } = mine.metas[i];
    const found =
      graphDifference(itsGraph, ourGraph) ?? unequal(rest, ourRest) ?? unequal(held(captures), held(ourCaptures));
    if (found !== undefined) return found;
  }
  return undefined;
}

function missing(what, theirs, mine) {
  const own = new Map();
  for (const row of mine[what]) own.set(JSON.stringify(row), (own.get(JSON.stringify(row)) ?? 0) + 1);
  for (const row of theirs[what]) {
    const left = own.get(JSON.stringify(row)) ?? 0;
    if (left === 0) return `${what} lack ${JSON.stringify(row)}; ${JSON.stringify(near(mine[what], row))}`;
    own.set(JSON.stringify(row), left - 1);
  }
  return undefined;
}

function near(list, row) {
  return list.filter((own) => own.filter((part, i) => JSON.stringify(part) === JSON.stringify(row[i])).length >= 3)[0];
}

function graphDifference(theirs, mine) {
  const own = nodesDifference(theirs.nodes, mine.nodes);
  if (own !== undefined) return own;
  for (const [i, [name, parameters, outputs, nodes]] of theirs.functions.entries()) {
    const [ourName, ourParameters, ourOutputs, ourNodes] = mine.functions[i] ?? [];
    const found =
      unequal([name, parameters, merged(outputs)], [ourName, ourParameters, merged(ourOutputs ?? [])]) ??
      nodesDifference(nodes, ourNodes);
    if (found !== undefined) return found;
  }
  return unequal(theirs.functions.length, mine.functions.length);
}

/** A function that captures nothing may be listed or not. */
function held(captures) {
  return captures.filter(([, list]) => list.length > 0);
}

function merged(outputs) {
  return [...new Map(outputs)];
}

function nodesDifference(theirs, mine) {
  for (const [i, [name, op, from, texts]] of theirs.entries()) {
    const [ourName, ourOp, ourFrom, ourTexts = []] = mine[i] ?? [];
    const found =
      unequal([name, op, from], [ourName, ourOp, ourFrom]) ??
      unequal(
        texts.filter((text) => !ourTexts.includes(text)),
        [],
      );
    if (found !== undefined) return `node ${name} (${op}): ${found}`;
  }
  return unequal(theirs.length, mine.length);
}

function unequal(theirs, mine) {
  const [a, b] = [JSON.stringify(theirs), JSON.stringify(mine)];
  return a === b ? undefined : `${a}, ours ${b}`;
}
