// ONNX 1.23: onnx/onnx.proto, https://github.com/onnx/onnx/blob/main/docs/IR.md
import type { Extent } from "../protobuf/message.js";
import { type Shape, shape } from "../protobuf/shape.js";

export interface OnnxEntry {
  readonly key: string;
  readonly value: string;
}

/** A text that travels with the model, and where it stands. */
export interface OnnxText {
  /** `doc_string`, or the key of a metadata entry. */
  readonly key: string;
  readonly text: string;
}

export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly bigint[];
  /** TensorProto.DataType. */
  readonly dataType: number;
  readonly raw: Extent | undefined;
  /** Bytes of the typed fields (`float_data` and its kin), packed or not. */
  readonly typedBytes: number;
  readonly external: readonly OnnxEntry[];
  readonly isExternal: boolean;
  readonly texts: readonly OnnxText[];
  readonly offset: number;
}

/** An attribute that holds something to examine; plain numbers are not kept. */
export interface OnnxAttribute {
  readonly name: string;
  readonly texts: readonly string[];
  readonly integer: bigint | undefined;
  readonly tensors: readonly OnnxTensor[];
  readonly graphs: readonly OnnxGraph[];
}

export interface OnnxNode {
  readonly name: string;
  readonly op: string;
  readonly domain: string;
  readonly attributes: readonly OnnxAttribute[];
  readonly texts: readonly OnnxText[];
  readonly offset: number;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
  readonly texts: readonly OnnxText[];
}

export interface OnnxFunction {
  readonly name: string;
  readonly domain: string;
  readonly nodes: readonly OnnxNode[];
  readonly defaults: readonly OnnxAttribute[];
  readonly texts: readonly OnnxText[];
  readonly offset: number;
}

export interface OnnxModel {
  readonly irVersion: number | undefined;
  readonly producer: string;
  readonly opsets: readonly { readonly domain: string; readonly version: bigint }[];
  /** One, unless the field is repeated, which parsers merge; training graphs besides. */
  readonly graphs: readonly OnnxGraph[];
  readonly functions: readonly OnnxFunction[];
  readonly texts: readonly OnnxText[];
}

const EXTERNAL = 1;

const entryShape: Shape<OnnxEntry> = shape("StringStringEntryProto", { key: [1, "text"], value: [2, "text"] }, (m) => ({
  key: m.text("key") ?? "",
  value: m.text("value") ?? "",
}));

function textsOf(docStrings: readonly string[], metadata: readonly OnnxEntry[]): readonly OnnxText[] {
  const texts = [
    ...docStrings.map((text) => ({ key: "doc_string", text })),
    ...metadata.map(({ key, value }) => ({ key, text: value })),
  ];
  return texts.filter(({ text }) => text !== "");
}

const tensorShape: Shape<OnnxTensor> = shape(
  "TensorProto",
  {
    dims: [1, "varints"],
    data_type: [2, "varint"],
    float_data: [4, "extent"],
    int32_data: [5, "extent"],
    string_data: [6, "extent"],
    int64_data: [7, "extent"],
    name: [8, "text"],
    raw_data: [9, "extent"],
    double_data: [10, "extent"],
    uint64_data: [11, "extent"],
    doc_string: [12, "text"],
    external_data: [13, () => entryShape],
    data_location: [14, "varint"],
    metadata_props: [16, () => entryShape],
  },
  (m) => ({
    name: m.text("name") ?? "",
    dims: m.int64s("dims"),
    dataType: m.number("data_type") ?? 0,
    raw: m.extents("raw_data").at(-1),
    typedBytes: TYPED_FIELDS.reduce((sum, field) => sum + lengthOf(m.extents(field)), 0),
    external: m.children("external_data", entryShape),
    isExternal: m.number("data_location") === EXTERNAL,
    texts: textsOf(m.texts("doc_string"), m.children("metadata_props", entryShape)),
    offset: m.offset,
  }),
);

const TYPED_FIELDS = ["float_data", "int32_data", "string_data", "int64_data", "double_data", "uint64_data"] as const;

/** Of a text, the byte that says how long it is counts too: an empty text is an element. */
function lengthOf(extents: readonly Extent[]): number {
  return extents.reduce((sum, { length, occurrences }) => sum + length + occurrences, 0);
}

const sparseTensorShape: Shape<readonly OnnxTensor[]> = shape(
  "SparseTensorProto",
  { values: [1, () => tensorShape, "once"], indices: [2, () => tensorShape, "once"] },
  (m) => [...m.children("values", tensorShape), ...m.children("indices", tensorShape)],
);

const attributeShape: Shape<OnnxAttribute> = shape(
  "AttributeProto",
  {
    name: [1, "text"],
    i: [3, "varint"],
    s: [4, "text"],
    t: [5, () => tensorShape, "once"],
    g: [6, () => graphShape, "once"],
    strings: [9, "text"],
    tensors: [10, () => tensorShape],
    graphs: [11, () => graphShape],
    sparse_tensor: [22, () => sparseTensorShape, "once"],
    sparse_tensors: [23, () => sparseTensorShape],
  },
  (m) => ({
    name: m.text("name") ?? "",
    texts: [...m.texts("s"), ...m.texts("strings")],
    integer: m.int64("i"),
    tensors: [
      ...m.children("t", tensorShape),
      ...m.children("tensors", tensorShape),
      ...m.children("sparse_tensor", sparseTensorShape).flat(),
      ...m.children("sparse_tensors", sparseTensorShape).flat(),
    ],
    graphs: [...m.children("g", graphShape), ...m.children("graphs", graphShape)],
  }),
);

function worthKeeping({ texts, integer, tensors, graphs }: OnnxAttribute): boolean {
  return texts.length > 0 || integer !== undefined || tensors.length > 0 || graphs.length > 0;
}

const nodeShape: Shape<OnnxNode> = shape(
  "NodeProto",
  {
    name: [3, "text"],
    op_type: [4, "text"],
    attribute: [5, () => attributeShape],
    doc_string: [6, "text"],
    domain: [7, "text"],
    metadata_props: [9, () => entryShape],
  },
  (m) => ({
    name: m.text("name") ?? "",
    op: m.text("op_type") ?? "",
    domain: m.text("domain") ?? "",
    attributes: m.children("attribute", attributeShape).filter(worthKeeping),
    texts: textsOf(m.texts("doc_string"), m.children("metadata_props", entryShape)),
    offset: m.offset,
  }),
);

const valueInfoShape: Shape<readonly OnnxText[]> = shape(
  "ValueInfoProto",
  { doc_string: [3, "text"], metadata_props: [4, () => entryShape] },
  (m) => textsOf(m.texts("doc_string"), m.children("metadata_props", entryShape)),
);

const graphShape: Shape<OnnxGraph> = shape(
  "GraphProto",
  {
    node: [1, () => nodeShape],
    name: [2, "text"],
    initializer: [5, () => tensorShape],
    doc_string: [10, "text"],
    input: [11, () => valueInfoShape],
    output: [12, () => valueInfoShape],
    value_info: [13, () => valueInfoShape],
    sparse_initializer: [15, () => sparseTensorShape],
    metadata_props: [16, () => entryShape],
  },
  (m) => ({
    name: m.text("name") ?? "",
    nodes: m.children("node", nodeShape),
    tensors: [...m.children("initializer", tensorShape), ...m.children("sparse_initializer", sparseTensorShape).flat()],
    texts: [
      ...textsOf(m.texts("doc_string"), m.children("metadata_props", entryShape)),
      ...(["input", "output", "value_info"] as const).flatMap((field) => m.children(field, valueInfoShape).flat()),
    ],
  }),
);

const functionShape: Shape<OnnxFunction> = shape(
  "FunctionProto",
  {
    name: [1, "text"],
    node: [7, () => nodeShape],
    doc_string: [8, "text"],
    domain: [10, "text"],
    attribute_proto: [11, () => attributeShape],
    metadata_props: [14, () => entryShape],
  },
  (m) => ({
    name: m.text("name") ?? "",
    domain: m.text("domain") ?? "",
    nodes: m.children("node", nodeShape),
    defaults: m.children("attribute_proto", attributeShape).filter(worthKeeping),
    texts: textsOf(m.texts("doc_string"), m.children("metadata_props", entryShape)),
    offset: m.offset,
  }),
);

const trainingShape: Shape<readonly OnnxGraph[]> = shape(
  "TrainingInfoProto",
  { initialization: [1, () => graphShape, "once"], algorithm: [2, () => graphShape, "once"] },
  (m) => [...m.children("initialization", graphShape), ...m.children("algorithm", graphShape)],
);

const opsetShape = shape("OperatorSetIdProto", { domain: [1, "text"], version: [2, "varint"] }, (m) => ({
  domain: m.text("domain") ?? "",
  version: m.int64("version") ?? 0n,
}));

export const modelShape: Shape<OnnxModel> = shape(
  "ModelProto",
  {
    ir_version: [1, "varint"],
    producer_name: [2, "text"],
    producer_version: [3, "text"],
    domain: [4, "text"],
    model_version: [5, "varint"],
    doc_string: [6, "text"],
    graph: [7, () => graphShape, "once"],
    opset_import: [8, () => opsetShape],
    metadata_props: [14, () => entryShape],
    training_info: [20, () => trainingShape],
    functions: [25, () => functionShape],
    configuration: [26, "extent"],
  },
  (m) => ({
    irVersion: m.number("ir_version"),
    producer: [m.text("producer_name"), m.text("producer_version")].filter((text) => text).join(" "),
    opsets: m.children("opset_import", opsetShape),
    graphs: [...m.children("graph", graphShape), ...m.children("training_info", trainingShape).flat()],
    functions: m.children("functions", functionShape),
    texts: textsOf(m.texts("doc_string"), m.children("metadata_props", entryShape)),
  }),
);
