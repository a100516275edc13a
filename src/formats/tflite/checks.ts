// What an interpreter takes for granted: indices that exist, buffers inside the file, shapes that fit their data.

import type { FlatTable, FlatVector } from "../flatbuffers/table.js";
import type { Subgraph, TfliteModel, TfliteOperator, TfliteTensor } from "./model.js";
import { TENSOR_TYPES } from "./types.js";

export interface TfliteFault {
  readonly kind: "bad-index" | "buffer-outside" | "tensor-size" | "sparsity";
  readonly message: string;
  readonly offset?: number;
  readonly references?: readonly string[];
}

/** The schema's own limit is 8 for most operators. */
const MAX_RANK = 64;
const MAX_SIGNED = (1n << 63n) - 1n;
const MAX_32 = (1n << 32n) - 1n;

/** Every fault of the model; `fileSize` bounds the buffers. */
export function* checkModel(model: TfliteModel, fileSize: number): Generator<TfliteFault> {
  yield* checkBuffers(model, fileSize);
  for (const [index, subgraph] of model.subgraphs.entries()) {
    for (const tensor of subgraph.tensors) yield* checkTensor(tensor, model);
    for (const operator of subgraph.operators) yield* checkOperator(operator, subgraph, { model, index });
  }
  for (const { name, buffer } of model.metadata) {
    if (buffer >= model.buffers.length) {
      yield { kind: "bad-index", message: `metadata ${name} is in buffer ${buffer} of ${model.buffers.length}` };
    }
  }
}

function* checkBuffers(
  { buffers, externalBuffers, externalFiles }: TfliteModel,
  fileSize: number,
): Generator<TfliteFault> {
  for (const [index, { start, size }] of buffers.entries()) {
    // 1 stands for an empty buffer behind the flatbuffer
    if (start > 1n && start + size > BigInt(fileSize)) {
      yield {
        kind: "buffer-outside",
        message: `buffer ${index} spans ${start} to ${start + size}, the file ends at ${fileSize}`,
      };
    }
  }
  for (const { group, start, size } of externalBuffers) {
    if (group >= externalFiles.length) {
      yield { kind: "bad-index", message: `external buffer in file ${group} of ${externalFiles.length}` };
    }
    if (start + size > MAX_SIGNED)
      yield { kind: "buffer-outside", message: `external buffer spans ${start} to ${start + size}` };
  }
}

function* checkTensor(tensor: TfliteTensor, model: TfliteModel): Generator<TfliteFault> {
  const { name, offset, rank, buffer } = tensor;
  if (buffer >= model.buffers.length && !(buffer === 0 && model.buffers.length === 0)) {
    yield { kind: "bad-index", message: `tensor ${name} is in buffer ${buffer} of ${model.buffers.length}`, offset };
  }
  if (rank > MAX_RANK) {
    yield {
      kind: "tensor-size",
      message: `tensor ${name} has ${rank} dimensions`,
      offset,
      references: ["CVE-2022-23558"],
    };
  } else yield* checkShape(tensor, model);
  if (tensor.sparsity) yield* checkSparsity(tensor, tensor.sparsity);
}

function* checkShape(tensor: TfliteTensor, model: TfliteModel): Generator<TfliteFault> {
  const { name, offset, shape = [], type, buffer } = tensor;
  const known = TENSOR_TYPES.get(type);
  if (!known) {
    yield { kind: "bad-index", message: `tensor ${name} is of the unknown type ${type}`, offset };
    return;
  }
  if (shape.some((one) => one < -1)) {
    yield { kind: "tensor-size", message: `tensor ${name} has the shape ${shape.join(" x ")}`, offset };
    return;
  }
  const elements = shape.reduce((all, one) => all * BigInt(Math.abs(one)), 1n);
  const bytes = known.bits === undefined ? undefined : (elements * known.bits + 7n) / 8n;
  if ((bytes ?? elements) > MAX_SIGNED) {
    const message = `tensor ${name} (${known.name} ${shape.join(" x ")}) has more bytes than 63 bits can count`;
    yield { kind: "tensor-size", message, offset, references: ["CVE-2026-42627"] };
    return;
  }
  const data = model.buffers[buffer];
  const isConstant = data !== undefined && data.size > 0n && buffer > 0;
  if (!isConstant || bytes === undefined || tensor.sparsity || shape.includes(-1) || bytes === data.size) return;
  const references = bytes > MAX_32 ? ["CVE-2026-42627"] : [];
  const message = `tensor ${name} (${known.name} ${shape.join(" x ") || "scalar"}) takes ${bytes} bytes, its buffer has ${data.size}`;
  yield { kind: "tensor-size", message, offset, references };
}

/** SparsityParameters: traversal_order = 0, block_map = 1, dim_metadata = 2. */
function* checkSparsity({ name, offset, rank }: TfliteTensor, sparsity: FlatTable): Generator<TfliteFault> {
  const order = sparsity.vector(0, 4);
  const blocks = sparsity.vector(1, 4);
  const levels = sparsity.vector(2, 4);
  const total = rank + (blocks?.length ?? 0);
  const orderLength = order?.length ?? 0;
  const levelCount = levels?.length ?? 0;
  if (orderLength !== total || levelCount !== total || total > 2 * MAX_RANK) {
    const message = `tensor ${name} of rank ${rank} with ${total - rank} blocks has ${orderLength} levels to traverse and ${levelCount} described`;
    yield { kind: "sparsity", message, offset };
    return;
  }
  const isBad =
    numbers(order).some((one) => one < 0 || one >= total) || numbers(blocks).some((one) => one < 0 || one >= rank);
  if (isBad) yield { kind: "sparsity", message: `tensor ${name} traverses a dimension that it does not have`, offset };
}

function numbers(vector: FlatVector | undefined): number[] {
  return Array.from({ length: vector?.length ?? 0 }, (_, i) => vector?.i32(i) ?? 0);
}

interface Place {
  readonly model: TfliteModel;
  /** Of the subgraph. */
  readonly index: number;
}

function* checkOperator(operator: TfliteOperator, subgraph: Subgraph, { model, index }: Place): Generator<TfliteFault> {
  const { offset, code } = operator;
  if (code >= model.codes.length) {
    yield {
      kind: "bad-index",
      message: `an operator of subgraph ${index} has code ${code} of ${model.codes.length}`,
      offset,
    };
  }
  for (const list of [operator.inputs, operator.outputs]) {
    for (const tensor of numbers(list)) {
      // -1 is an optional operand that is left out
      if (tensor < -1 || tensor >= subgraph.tensors.length) {
        yield {
          kind: "bad-index",
          message: `an operator of subgraph ${index} uses tensor ${tensor} of ${subgraph.tensors.length}`,
          offset,
        };
      }
    }
  }
}
