// ONNX models with their weights inside, and TensorFlow graphs.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lengthOf, writeSparse } from "./bytes.mjs";

const TENSORS = 2000;

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

/** A model of `count` nodes with 2000 tensors in `size` bytes inside the file. */
export function writeOnnx(path, count, size) {
  const elements = Math.floor(size / TENSORS / 4);
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
  writeSparse(path, [Buffer.concat([integer(1, 8), field(2, "pytorch"), head(7, lengthOf(graph))]), ...graph, opset]);
}

function attribute(key, ...value) {
  return field(5, field(1, key), field(2, ...value));
}

/** Nodes as a Keras export has them: half in the main graph, half in functions of a hundred nodes. */
export function writeSavedModel(folder, count) {
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
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "saved_model.pb"), model);
}
