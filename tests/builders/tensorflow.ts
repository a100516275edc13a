import { field, integer, message } from "./protobuf.js";

const DT_STRING = 7;
const DT_INT32 = 3;

type Attributes = Readonly<Record<string, Uint8Array>>;

export interface NodeParts {
  readonly name?: string;
  readonly inputs?: readonly string[];
  /** AttrValue messages. */
  readonly attributes?: Attributes;
}

/** A NodeDef; its name is that of its op unless one is given. */
export function node(op: string, { name = op, inputs = [], attributes = {} }: NodeParts = {}): Uint8Array {
  return message(
    field(1, name),
    field(2, op),
    ...inputs.map((input) => field(3, input)),
    ...Object.entries(attributes).map(([key, value]) => field(5, field(1, key), field(2, value))),
  );
}

export const text = (value: string): Uint8Array => field(2, value);
export const texts = (...values: string[]): Uint8Array => field(1, ...values.map((value) => field(2, value)));
export const call = (name: string): Uint8Array => field(10, field(1, name));

/** A Const node of texts. */
export function constant(name: string, ...values: string[]): Uint8Array {
  return tensorNode(name, message(integer(1, DT_STRING), ...values.map((value) => field(8, value))));
}

/** A Const node whose texts lie in `tensor_content`, which hides them from readers of `string_val`. */
export function packedConstant(name: string, ...values: string[]): Uint8Array {
  const lengths = Uint8Array.from(values.map((value) => value.length));
  return tensorNode(name, message(integer(1, DT_STRING), field(4, lengths, ...values)));
}

export function number(name: string, value: number): Uint8Array {
  return tensorNode(name, message(integer(1, DT_INT32), integer(7, value)));
}

function tensorNode(name: string, tensor: Uint8Array): Uint8Array {
  return node("Const", { name, attributes: { dtype: integer(6, DT_STRING), value: field(8, tensor) } });
}

export interface FunctionParts {
  readonly parameters?: readonly string[];
  /** Result name -> where it comes from. */
  readonly results?: Readonly<Record<string, string>>;
  readonly nodes: readonly Uint8Array[];
}

/** A FunctionDef. */
export function fn(name: string, { parameters = [], results = {}, nodes }: FunctionParts): Uint8Array {
  const signature = [
    field(1, name),
    ...parameters.map((parameter) => field(2, field(1, parameter))),
    ...Object.keys(results).map((result) => field(3, field(1, result))),
  ];
  return message(
    field(1, ...signature),
    ...nodes.map((inner) => field(3, inner)),
    ...Object.entries(results).map(([result, from]) => field(4, field(1, result), field(2, from))),
  );
}

export interface GraphParts {
  readonly nodes?: readonly Uint8Array[];
  readonly functions?: readonly Uint8Array[];
}

/** A GraphDef. */
export function graph({ nodes = [node("NoOp")], functions = [] }: GraphParts): Uint8Array {
  const library = functions.length > 0 ? [field(2, ...functions.map((inner) => field(1, inner)))] : [];
  return message(...nodes.map((inner) => field(1, inner)), ...library, field(4, integer(1, 1882)));
}

export interface MetaGraphParts extends GraphParts {
  readonly tags?: string;
  /** File name -> tensor. */
  readonly assets?: Readonly<Record<string, string>>;
  /** Collection -> nodes. */
  readonly collections?: Readonly<Record<string, string>>;
  readonly saverTensor?: string;
  /** Further fields of MetaGraphDef. */
  readonly more?: readonly Uint8Array[];
}

/** A MetaGraphDef. */
export function metaGraph({
  tags = "serve",
  assets = {},
  collections = {},
  saverTensor,
  more = [],
  ...parts
}: MetaGraphParts): Uint8Array {
  return message(
    field(1, field(4, tags), field(5, "2.21.0")),
    field(2, graph(parts)),
    ...(saverTensor === undefined ? [] : [field(3, field(1, saverTensor))]),
    ...Object.entries(collections).map(([key, value]) => field(4, field(1, key), field(2, field(1, field(1, value))))),
    ...Object.entries(assets).map(([file, tensor]) => field(6, field(1, field(1, tensor)), field(2, file))),
    ...more,
  );
}

/** A SavedModel of one or more MetaGraphs. */
export function savedModel(...metaGraphs: readonly MetaGraphParts[]): Uint8Array {
  return message(integer(1, 1), ...metaGraphs.map((parts) => field(2, metaGraph(parts))));
}
