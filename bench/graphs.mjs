// ONNX of two gigabytes with its weights inside (sparse: they may not be read), and TensorFlow graphs of many nodes; whole processes.
//   node build.mjs && node bench/graphs.mjs [CLI]        BENCH_TMP=folder of a file system that knows sparse files

import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { CLI, run, scratch } from "./measure.mjs";

const MAX_MS = 1000;
const MAX_MEGABYTES = 150;
const GIGABYTE = 2 ** 30;
const TENSORS = 2000;
const NODES = 10_000;
const MANY_NODES = 100_000;
const RUNS = 5;

const cli = process.argv[2] ?? CLI;
const folder = scratch();

const FILES = [
  {
    title: `ONNX, 2 GB, ${TENSORS} tensors, ${NODES} nodes`,
    write: () => writeOnnx("large.onnx", NODES),
    maxMb: MAX_MEGABYTES,
  },
  { title: `ONNX, 2 GB, ${TENSORS} tensors, ${MANY_NODES} nodes`, write: () => writeOnnx("many.onnx", MANY_NODES) },
  { title: `SavedModel, ${NODES} nodes`, write: () => writeSavedModel("small", NODES), maxMb: MAX_MEGABYTES },
  { title: `SavedModel, ${MANY_NODES} nodes`, write: () => writeSavedModel("large", MANY_NODES) },
];

let failed = false;
for (const { title, write, maxMb } of FILES) {
  const file = write();
  const results = [];
  for (let round = 0; round < RUNS; round++)
    results.push(await run(process.execPath, [cli, "scan", "--no-cache", file]));
  const ms = median(results.map((result) => result.ms));
  const mb = Math.max(...results.map((result) => result.mb));
  const isClean = results.every(({ code }) => code === 0);
  const holds = isClean && (maxMb === undefined || (ms <= MAX_MS && mb <= maxMb));
  failed ||= !holds;
  console.log(
    `${holds ? "ok  " : "OVER"} ${title}: ${ms.toFixed(0)} ms, ${mb.toFixed(0)} MB${isClean ? "" : `, exit ${results[0].code}`}`,
  );
}
process.exitCode = failed ? 1 : 0;

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function varint(value) {
  const bytes = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return Buffer.from([...bytes, value]);
}

/** A field whose content may be longer than what is given of it: the rest is a hole of the file. */
function head(number, length) {
  return Buffer.concat([varint(number * 8 + 2), varint(length)]);
}

function field(number, ...parts) {
  const content = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
  return Buffer.concat([head(number, content.length), content]);
}

function integer(number, value) {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

/** Writes the pieces one after the other; a number is a hole of so many bytes. */
function writeSparse(name, pieces) {
  const file = join(folder, name);
  const descriptor = openSync(file, "w");
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece !== "number") writeSync(descriptor, piece, 0, piece.length, at);
    at += typeof piece === "number" ? piece : piece.length;
  }
  ftruncateSync(descriptor, at);
  closeSync(descriptor);
  return file;
}

function lengthOf(pieces) {
  return pieces.reduce((sum, piece) => sum + (typeof piece === "number" ? piece : piece.length), 0);
}

function writeOnnx(name, count) {
  const elements = Math.floor((2 * GIGABYTE) / TENSORS / 4);
  const nodes = Array.from({ length: count }, (_, i) =>
    field(
      1,
      field(1, `x${i}`),
      field(1, `w${i % TENSORS}`),
      field(2, `x${i + 1}`),
      field(3, `/model/layers.${i}/MatMul`),
      field(4, i % 2 ? "MatMul" : "Conv"),
      field(5, field(1, "strides"), field(8, Buffer.from([1, 1])), integer(20, 7)),
      field(5, field(1, "group"), integer(3, 1), integer(20, 2)),
    ),
  );
  const tensors = Array.from({ length: TENSORS }, (_, i) => {
    const fields = Buffer.concat([integer(1, elements), integer(2, 1), field(8, `w${i}`), head(9, elements * 4)]);
    return [head(5, fields.length + elements * 4), fields, elements * 4];
  }).flat();
  const graph = [Buffer.concat([...nodes, field(2, "main")]), ...tensors];
  const opset = field(8, field(1, ""), integer(2, 17));
  return writeSparse(name, [
    Buffer.concat([integer(1, 8), field(2, "pytorch"), head(7, lengthOf(graph))]),
    ...graph,
    opset,
  ]);
}

function attribute(key, ...value) {
  return field(5, field(1, key), field(2, ...value));
}

/** Nodes as a Keras export has them: half in the main graph, half in functions of a hundred nodes. */
function writeSavedModel(name, count) {
  const node = (number, i) =>
    field(
      number,
      field(1, `layer_${i}/MatMul`),
      field(2, ["MatMul", "BiasAdd", "Relu", "ReadVariableOp"][i % 4]),
      field(3, `layer_${i - 1}/MatMul${number === 3 ? ":product:0" : ""}`),
      field(4, "/device:CPU:0"),
      attribute("T", integer(6, 1)),
      attribute("transpose_a", integer(5, 0)),
      attribute("_output_shapes", field(1, field(7, field(2, integer(1, 4)), field(2, integer(1, 8))))),
    );
  const half = count / 2;
  const main = Array.from({ length: half }, (_, i) => node(1, i));
  const functions = Array.from({ length: half / 100 }, (_, f) => {
    const nodes = Array.from({ length: 100 }, (__, i) => node(3, i));
    return field(1, field(1, field(1, `__inference_f_${f}`), field(2, field(1, "x"), integer(3, 1))), ...nodes);
  });
  const info = field(1, field(4, "serve"), field(5, "2.21.0"));
  const model = Buffer.concat([integer(1, 1), field(2, info, field(2, ...main, field(2, ...functions)))]);
  const file = join(folder, name, "saved_model.pb");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, model);
  return file;
}
