// TensorFlow 2.21: tensorflow/core/protobuf/{saved_model,meta_graph,saver,saved_object_graph}.proto
import type { Extent } from "../protobuf/message.js";
import { type Shape, shape } from "../protobuf/shape.js";
import { type Graph, graphShape, mapEntry, toMap } from "./graph.js";

/** A file under `assets/`: the loader feeds its path to the tensor. */
export interface Asset {
  readonly filename: string;
  /** `node:0` */
  readonly tensor: string;
  readonly offset: number;
}

/** Values that the loader passes to a function behind the caller's own arguments. */
export interface Capture {
  readonly kind: "asset" | "constant" | "other";
  /** The node of a constant. */
  readonly node: string;
}

export interface MetaGraph {
  readonly tags: readonly string[];
  readonly tensorflowVersion: string;
  readonly graphs: readonly Graph[];
  /** Names of nodes per collection, where it holds names. */
  readonly collections: ReadonlyMap<string, readonly string[]>;
  /** Outputs of the signatures: `__saved_model_init_op` among them. */
  readonly signatures: ReadonlyMap<string, readonly string[]>;
  readonly assets: readonly Asset[];
  /** Where older builders keep the assets instead: AssetFileDef messages in the collection `saved_model_assets`. */
  readonly assetRecords: readonly Extent[];
  /** The tensor into which the saver feeds the path of a checkpoint. */
  readonly checkpointTensors: readonly string[];
  /** What each function captured. */
  readonly captures: ReadonlyMap<string, readonly Capture[]>;
  /** JSON that Keras keeps in its objects. */
  readonly objectMetadata: readonly ObjectMetadata[];
}

export interface ObjectMetadata {
  /** `_tf_keras_layer` and the like. */
  readonly identifier: string;
  readonly text: Extent;
}

export interface SavedModel {
  readonly metaGraphs: readonly MetaGraph[];
  readonly schemaVersion: bigint | undefined;
}

const tensorInfoShape: Shape<string> = shape("TensorInfo", { name: [1, "text"] }, (m) => m.text("name") ?? "");

export const assetShape: Shape<Asset> = shape(
  "AssetFileDef",
  { tensor_info: [1, () => tensorInfoShape, "once"], filename: [2, "text"] },
  (m) => ({
    filename: m.text("filename") ?? "",
    tensor: m.child("tensor_info", tensorInfoShape) ?? "",
    offset: m.offset,
  }),
);

const metaInfoShape: Shape<{ readonly tags: readonly string[]; readonly version: string }> = shape(
  "MetaInfoDef",
  { tags: [4, "text"], tensorflow_version: [5, "text"] },
  (m) => ({ tags: m.texts("tags"), version: m.text("tensorflow_version") ?? "" }),
);

const saverShape: Shape<string> = shape(
  "SaverDef",
  { filename_tensor_name: [1, "text"] },
  (m) => m.text("filename_tensor_name") ?? "",
);

const nodeListShape: Shape<readonly string[]> = shape("NodeList", { value: [1, "text"] }, (m) => m.texts("value"));

const anyShape: Shape<readonly Extent[]> = shape("Any", { value: [2, "extent"] }, (m) => m.extents("value"));

const anyListShape: Shape<readonly Extent[]> = shape("AnyList", { value: [1, () => anyShape] }, (m) =>
  m.children("value", anyShape).flat(),
);

interface Collection {
  readonly nodes: readonly string[];
  readonly records: readonly Extent[];
}

const collectionShape: Shape<Collection> = shape(
  "CollectionDef",
  { node_list: [1, () => nodeListShape, "once"], any_list: [5, () => anyListShape, "once"] },
  (m) => ({
    nodes: m.children("node_list", nodeListShape).flat(),
    records: m.children("any_list", anyListShape).flat(),
  }),
);
const collectionEntry = mapEntry(() => collectionShape);

const outputEntry = mapEntry(() => tensorInfoShape);
const signatureShape: Shape<readonly string[]> = shape("SignatureDef", { outputs: [2, () => outputEntry] }, (m) => [
  ...toMap(m.children("outputs", outputEntry)).values(),
]);
const signatureEntry = mapEntry(() => signatureShape);

const savedAssetShape: Shape<number> = shape(
  "SavedAsset",
  { asset_file_def_index: [1, "varint"] },
  (m) => m.number("asset_file_def_index") ?? 0,
);

const savedConstantShape: Shape<string> = shape(
  "SavedConstant",
  { operation: [1, "text"] },
  (m) => m.text("operation") ?? "",
);

const userObjectShape: Shape<readonly ObjectMetadata[]> = shape(
  "SavedUserObject",
  { identifier: [1, "text"], metadata: [3, "extent"] },
  (m) => m.extents("metadata").map((text) => ({ identifier: m.text("identifier") ?? "", text })),
);

interface SavedObject {
  readonly capture: Capture;
  readonly metadata: readonly ObjectMetadata[];
}

const savedObjectShape: Shape<SavedObject> = shape(
  "SavedObject",
  {
    user_object: [4, () => userObjectShape, "once"],
    asset: [5, () => savedAssetShape, "once"],
    constant: [9, () => savedConstantShape, "once"],
  },
  (m) => {
    const constant = m.child("constant", savedConstantShape);
    const isAsset = m.child("asset", savedAssetShape) !== undefined;
    const kind = constant !== undefined ? "constant" : isAsset ? "asset" : "other";
    return { capture: { kind, node: constant ?? "" }, metadata: m.children("user_object", userObjectShape).flat() };
  },
);

const concreteFunctionShape: Shape<readonly bigint[]> = shape(
  "SavedConcreteFunction",
  { bound_inputs: [2, "varints"] },
  (m) => m.int64s("bound_inputs"),
);
const concreteFunctionEntry = mapEntry(() => concreteFunctionShape);

interface ObjectGraph {
  readonly captures: ReadonlyMap<string, readonly Capture[]>;
  readonly metadata: readonly ObjectMetadata[];
}

const OTHER: Capture = { kind: "other", node: "" };

const objectGraphShape: Shape<ObjectGraph> = shape(
  "SavedObjectGraph",
  { nodes: [1, () => savedObjectShape], concrete_functions: [2, () => concreteFunctionEntry] },
  (m) => {
    const objects = m.children("nodes", savedObjectShape);
    const bound = toMap(m.children("concrete_functions", concreteFunctionEntry));
    const captureOf = (id: bigint) => objects[Number(id)]?.capture ?? OTHER;
    return {
      captures: new Map([...bound].map(([name, ids]) => [name, ids.map(captureOf)])),
      metadata: objects.flatMap(({ metadata }) => metadata).filter(({ text }) => text.length > 0),
    };
  },
);

export const metaGraphShape: Shape<MetaGraph> = shape(
  "MetaGraphDef",
  {
    meta_info_def: [1, () => metaInfoShape, "once"],
    graph_def: [2, () => graphShape, "once"],
    saver_def: [3, () => saverShape, "once"],
    collection_def: [4, () => collectionEntry],
    signature_def: [5, () => signatureEntry],
    asset_file_def: [6, () => assetShape],
    object_graph_def: [7, () => objectGraphShape, "once"],
  },
  (m) => {
    const info = m.children("meta_info_def", metaInfoShape);
    const objectGraphs = m.children("object_graph_def", objectGraphShape);
    const collections = toMap(m.children("collection_def", collectionEntry));
    return {
      tags: info.flatMap(({ tags }) => tags),
      tensorflowVersion: info.at(-1)?.version ?? "",
      graphs: m.children("graph_def", graphShape),
      collections: new Map([...collections].map(([name, { nodes }]) => [name, nodes])),
      signatures: toMap(m.children("signature_def", signatureEntry)),
      assets: m.children("asset_file_def", assetShape),
      assetRecords: collections.get("saved_model_assets")?.records ?? [],
      checkpointTensors: m.children("saver_def", saverShape),
      captures: new Map(objectGraphs.flatMap(({ captures }) => [...captures])),
      objectMetadata: objectGraphs.flatMap(({ metadata }) => metadata),
    };
  },
);

export const savedModelShape: Shape<SavedModel> = shape(
  "SavedModel",
  { saved_model_schema_version: [1, "varint"], meta_graphs: [2, () => metaGraphShape] },
  (m) => ({
    metaGraphs: m.children("meta_graphs", metaGraphShape),
    schemaVersion: m.int64("saved_model_schema_version"),
  }),
);
