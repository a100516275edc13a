// TensorFlow 2.21: tensorflow/core/framework/{graph,node_def,attr_value,function,tensor,op_def}.proto
import type { Extent } from "../protobuf/message.js";
import { type Shape, shape } from "../protobuf/shape.js";

/** What is kept of a tensor: texts and a few integers. Numbers of weights are never read. */
export interface TensorValue {
  readonly isString: boolean;
  readonly strings: readonly string[];
  /** The first integers, for operands such as the position of a Substr. */
  readonly integers: readonly bigint[];
  /** `tensor_content`: the elements in one piece, which takes precedence over the fields above. */
  readonly content: Extent | undefined;
}

/** A function as an attribute names it, with attributes of its own. */
export interface FunctionReference {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}

/** The parts of an attribute that can name something: texts, tensors, functions. */
export interface AttributeValue {
  readonly texts: readonly string[];
  readonly tensor: TensorValue | undefined;
  readonly functions: readonly FunctionReference[];
}

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** `node`, `node:2`, `node:output:0`, an argument's name, or `^node` for a control input. */
  readonly inputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  /** Of the node's message inside the artifact. */
  readonly offset: number;
  readonly end: number;
}

export interface GraphFunction {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly nodes: readonly GraphNode[];
  /** Where each result comes from, in the order of the signature. */
  readonly outputs: ReadonlyMap<string, string>;
  readonly offset: number;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly functions: readonly GraphFunction[];
}

/** The value of DT_STRING and of its reference type. */
const STRING_TYPES: readonly (number | string | undefined)[] = [7, 107, "DT_STRING", "DT_STRING_REF"];

const tensorShape: Shape<TensorValue> = shape(
  "TensorProto",
  {
    dtype: [1, "varint"],
    tensor_content: [4, "extent"],
    int_val: [7, "varints"],
    string_val: [8, "text"],
    int64_val: [10, "varints"],
  },
  (m) => ({
    isString: STRING_TYPES.includes(m.text("dtype") ?? m.number("dtype")),
    strings: m.texts("string_val"),
    integers: [...m.int64s("int_val"), ...m.int64s("int64_val")],
    content: m.extents("tensor_content").at(-1),
  }),
);

interface Entry<T> {
  readonly key: string;
  readonly value: T | undefined;
}

/** A row of a map field. As parsers do, the last of several rows with one key counts. */
export function mapEntry<T>(value: () => Shape<T>): Shape<Entry<T>> {
  return shape("map entry", { key: [1, "text"], value: [2, value, "once"] }, (m) => ({
    key: m.text("key") ?? "",
    value: m.child("value", value()),
  }));
}

export function toMap<T>(entries: readonly Entry<T>[]): Map<string, T> {
  const map = new Map<string, T>();
  for (const { key, value } of entries) if (value !== undefined) map.set(key, value);
  return map;
}

const functionReferenceShape: Shape<FunctionReference> = shape(
  "NameAttrList",
  { name: [1, "text"], attr: [2, () => attributeEntry] },
  (m) => ({ name: m.text("name") ?? "", attributes: toMap(m.children("attr", attributeEntry)) }),
);

interface AttributeList {
  readonly texts: readonly string[];
  readonly tensors: readonly TensorValue[];
  readonly functions: readonly FunctionReference[];
}

const attributeListShape: Shape<AttributeList> = shape(
  "AttrValue.ListValue",
  { s: [2, "text"], tensor: [8, () => tensorShape], func: [9, () => functionReferenceShape] },
  (m) => ({
    texts: m.texts("s"),
    tensors: m.children("tensor", tensorShape),
    functions: m.children("func", functionReferenceShape),
  }),
);

const attributeShape: Shape<AttributeValue> = shape(
  "AttrValue",
  {
    list: [1, () => attributeListShape, "once"],
    s: [2, "text"],
    tensor: [8, () => tensorShape, "once"],
    func: [10, () => functionReferenceShape, "once"],
  },
  (m) => {
    const { texts = [], tensors = [], functions = [] } = m.child("list", attributeListShape) ?? {};
    return {
      texts: [...m.texts("s"), ...texts, ...tensors.flatMap(({ strings }) => strings)],
      tensor: m.child("tensor", tensorShape) ?? tensors.at(-1),
      functions: [...m.children("func", functionReferenceShape), ...functions],
    };
  },
);

const attributeEntry: Shape<Entry<AttributeValue>> = mapEntry(() => attributeShape);

/** Attributes that hold types, shapes and numbers alone are not kept. */
function namedThings(entries: readonly Entry<AttributeValue>[]): Map<string, AttributeValue> {
  const map = toMap(entries);
  for (const [key, { texts, tensor, functions }] of map) {
    if (texts.length === 0 && tensor === undefined && functions.length === 0) map.delete(key);
  }
  return map;
}

/** One node, as a graph or a Flex operator of TensorFlow Lite holds it. */
export const nodeShape: Shape<GraphNode> = shape(
  "NodeDef",
  { name: [1, "text"], op: [2, "text"], input: [3, "text"], attr: [5, () => attributeEntry] },
  (m) => ({
    name: m.text("name") ?? "",
    op: m.text("op") ?? "",
    inputs: m.texts("input"),
    attributes: namedThings(m.children("attr", attributeEntry)),
    offset: m.offset,
    end: m.end,
  }),
);

const argumentShape: Shape<string> = shape("OpDef.ArgDef", { name: [1, "text"] }, (m) => m.text("name") ?? "");

interface Signature {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly results: readonly string[];
}

const signatureShape: Shape<Signature> = shape(
  "OpDef",
  { name: [1, "text"], input_arg: [2, () => argumentShape], output_arg: [3, () => argumentShape] },
  (m) => ({
    name: m.text("name") ?? "",
    parameters: m.children("input_arg", argumentShape),
    results: m.children("output_arg", argumentShape),
  }),
);

const textEntry: Shape<Entry<string>> = shape("map entry", { key: [1, "text"], value: [2, "text"] }, (m) => ({
  key: m.text("key") ?? "",
  value: m.text("value") ?? "",
}));

const functionShape: Shape<GraphFunction> = shape(
  "FunctionDef",
  { signature: [1, () => signatureShape, "once"], node_def: [3, () => nodeShape], ret: [4, () => textEntry] },
  (m) => {
    const signature = m.child("signature", signatureShape);
    return {
      name: signature?.name ?? "",
      parameters: signature?.parameters ?? [],
      nodes: m.children("node_def", nodeShape),
      outputs: inOrder(signature?.results ?? [], toMap(m.children("ret", textEntry))),
      offset: m.offset,
    };
  },
);

function inOrder(names: readonly string[], values: ReadonlyMap<string, string>): Map<string, string> {
  return new Map(names.map((name) => [name, values.get(name) ?? ""]));
}

const libraryShape: Shape<readonly GraphFunction[]> = shape(
  "FunctionDefLibrary",
  { function: [1, () => functionShape] },
  (m) => m.children("function", functionShape),
);

/** A frozen graph, or the graph of a MetaGraph. A second `library` adds to the first: parsers merge them. */
export const graphShape: Shape<Graph> = shape(
  "GraphDef",
  {
    node: [1, () => nodeShape],
    library: [2, () => libraryShape, "once"],
    version: [3, "varint"],
    versions: [4, "extent"],
    debug_info: [5, "extent"],
  },
  (m) => ({
    nodes: m.children("node", nodeShape),
    functions: m.children("library", libraryShape).flat(),
  }),
);
