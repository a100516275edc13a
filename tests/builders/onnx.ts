import { field, integer, message } from "./protobuf.js";

export interface TensorParts {
  readonly name?: string;
  readonly dims?: readonly (number | bigint)[];
  /** TensorProto.DataType; float unless given. */
  readonly type?: number;
  readonly raw?: Uint8Array;
  readonly external?: Readonly<Record<string, string>>;
  /** Further fields of TensorProto. */
  readonly more?: readonly Uint8Array[];
}

/** A TensorProto. */
export function tensor({ name = "w", dims = [2], type = 1, raw, external, more = [] }: TensorParts = {}): Uint8Array {
  return message(
    ...dims.map((dim) => integer(1, dim)),
    integer(2, type),
    field(8, name),
    ...(raw === undefined ? [] : [field(9, raw)]),
    ...Object.entries(external ?? {}).map(([key, value]) => field(13, field(1, key), field(2, value))),
    ...(external === undefined ? [] : [integer(14, 1)]),
    ...more,
  );
}

export interface OnnxNodeParts {
  readonly domain?: string;
  /** AttributeProto messages without their names. */
  readonly attributes?: Readonly<Record<string, Uint8Array>>;
  readonly more?: readonly Uint8Array[];
}

/** A NodeProto. */
export function onnxNode(op: string, { domain = "", attributes = {}, more = [] }: OnnxNodeParts = {}): Uint8Array {
  return message(
    field(1, "x"),
    field(2, "y"),
    field(4, op),
    ...Object.entries(attributes).map(([name, value]) => field(5, field(1, name), value)),
    ...(domain === "" ? [] : [field(7, domain)]),
    ...more,
  );
}

export const textAttribute = (value: string): Uint8Array => field(4, value);
export const integerAttribute = (value: number): Uint8Array => integer(3, value);
export const tensorAttribute = (value: Uint8Array): Uint8Array => field(5, value);
export const graphAttribute = (value: Uint8Array): Uint8Array => field(6, value);

export interface OnnxGraphParts {
  readonly nodes?: readonly Uint8Array[];
  readonly tensors?: readonly Uint8Array[];
  readonly more?: readonly Uint8Array[];
}

/** A GraphProto. */
export function onnxGraph({ nodes = [onnxNode("Relu")], tensors = [], more = [] }: OnnxGraphParts = {}): Uint8Array {
  return message(
    ...nodes.map((inner) => field(1, inner)),
    field(2, "main"),
    ...tensors.map((inner) => field(5, inner)),
    ...more,
  );
}

/** A FunctionProto. */
export function onnxFunction(name: string, domain: string, ...nodes: readonly Uint8Array[]): Uint8Array {
  return message(field(1, name), ...nodes.map((inner) => field(7, inner)), field(10, domain));
}

export const property = (key: string, value: string): Uint8Array => message(field(1, key), field(2, value));

export interface OnnxModelParts extends OnnxGraphParts {
  readonly functions?: readonly Uint8Array[];
  readonly properties?: Readonly<Record<string, string>>;
  /** Further fields of ModelProto. */
  readonly modelFields?: readonly Uint8Array[];
}

/** A ModelProto. */
export function onnxModel({
  functions = [],
  properties = {},
  modelFields = [],
  ...parts
}: OnnxModelParts = {}): Uint8Array {
  return message(
    integer(1, 8),
    field(2, "example"),
    field(7, onnxGraph(parts)),
    field(8, field(1, ""), integer(2, 17)),
    ...Object.entries(properties).map(([key, value]) => field(14, property(key, value))),
    ...functions.map((inner) => field(25, inner)),
    ...modelFields,
  );
}
