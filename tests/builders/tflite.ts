import { concat, u32 } from "./bytes.js";
import { bytesVector, type FlatNode, flatbuffer, i8, i32, i64, ints, list, table } from "./flatbuffer.js";

export interface TfliteSpec {
  readonly description?: string;
  /** Custom operators, each used once with the inputs given. */
  readonly custom?: readonly {
    readonly name: string;
    readonly inputs?: readonly number[];
    readonly options?: Uint8Array;
  }[];
  readonly tensors?: readonly TfliteTensorSpec[];
  /** Tensors that the caller supplies. */
  readonly inputs?: readonly number[];
  readonly buffers?: readonly BufferSpec[];
  readonly metadata?: readonly { readonly name: string; readonly buffer: number }[];
  readonly externalFiles?: readonly string[];
  readonly operators?: readonly FlatNode[];
}

export interface TfliteTensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: number;
  readonly buffer: number;
  readonly sparsity?: FlatNode;
}

export type BufferSpec = Uint8Array | { readonly offset: number | bigint; readonly size: number | bigint };

const CUSTOM = 32;

/** A model with one subgraph. Buffer 0 is the empty one, as in every model. */
export function tflite(spec: TfliteSpec = {}): Uint8Array {
  const { custom = [], tensors = [], buffers = [], metadata = [], externalFiles } = spec;
  const codes = custom.map(({ name }) => table({ 0: i8(CUSTOM), 1: name, 3: i32(CUSTOM) }));
  const used = custom.map(({ inputs = [], options }, code) =>
    table({ 0: i32(code), 1: ints(inputs), 2: ints([]), 5: options && bytesVector(options) }),
  );
  const subgraph = table({
    0: list(tensors.map(tensorTable)),
    1: ints(spec.inputs ?? []),
    3: list(spec.operators ?? used),
    4: "main",
  });
  const root = table({
    0: i32(3),
    1: list(codes),
    2: list([subgraph]),
    3: spec.description ?? "made by hand",
    4: list([table({}), ...buffers.map(bufferTable)]),
    6: list(metadata.map(({ name, buffer }) => table({ 0: name, 1: i32(buffer) }))),
    8: externalFiles && list(externalFiles.map((name) => table({ 0: name }))),
  });
  return flatbuffer(root, "TFL3");
}

function tensorTable({ name, shape, type, buffer, sparsity }: TfliteTensorSpec): FlatNode {
  return table({ 0: ints(shape), 1: i8(type), 2: i32(buffer), 3: name, 6: sparsity });
}

function bufferTable(buffer: BufferSpec): FlatNode {
  if (buffer instanceof Uint8Array) return table({ 0: bytesVector(buffer) });
  return table({ 1: i64(buffer.offset), 2: i64(buffer.size) });
}

/** The content of a constant string tensor. */
export function stringTensor(...texts: readonly string[]): Uint8Array {
  const bytes = texts.map((one) => Buffer.from(one, "utf8"));
  const offsets = [4 * (texts.length + 2)];
  for (const one of bytes) offsets.push((offsets.at(-1) ?? 0) + one.length);
  return concat(u32(texts.length), ...offsets.map((one) => u32(one)), ...bytes);
}

/** What the converter writes for a Flex operator: a FlexBuffer of the op's name and its NodeDef. */
export function flexOptions(
  name: string,
  nodeOp = name,
  attributes: Readonly<Record<string, string>> = {},
): Uint8Array {
  const field = (id: number, value: string | Uint8Array) => concat([id * 8 + 2, value.length], value);
  const attr = Object.entries(attributes).map(([key, text]) =>
    field(5, concat(field(1, key), field(2, field(2, text)))),
  );
  const node = concat(field(1, "node"), field(2, nodeOp), ...attr);
  const first = concat([name.length], name, [0]);
  const second = concat([node.length], node, [0]);
  const vector = first.length + second.length + 1;
  const offsets = [vector - 1, vector + 1 - (first.length + 1)];
  const string = 5 << 2;
  return concat(first, second, [2], offsets, [string, string], [4, (10 << 2) | 0, 1]);
}
