import { readMessage } from "../../formats/protobuf/read-message.js";
import type { Graph, TensorValue } from "../../formats/tensorflow/graph.js";
import { type Asset, assetShape, type MetaGraph } from "../../formats/tensorflow/saved-model.js";
import { packedStringTensors, readPackedStrings } from "../../formats/tensorflow/string-tensor.js";
import { type ByteSource, readExactly } from "../../io/byte-source.js";
import { describeReach, reachOf } from "../file-reference.js";
import type { ScanContext } from "../scanner.js";
import { nodeName } from "./load-time.js";
import type { GraphUnit } from "./read-graphs.js";
import type { Feeds } from "./tracer.js";

/** JSON of one Keras object; a whole model's is a few megabytes. */
const MAX_METADATA_BYTES = 64 << 20;
const OPENING_BRACE = 0x7b;

/** What is put into the graph from outside before anything runs. Assets that lie outside the model are told on the way. */
export async function readFeeds(
  source: ByteSource,
  { graph, metaGraph, kind }: GraphUnit,
  context: ScanContext,
): Promise<Feeds> {
  const texts = await readTexts(source, graph, context);
  const assets = metaGraph && kind === "saved-model" ? await readAssets(source, metaGraph, context) : [];
  for (const asset of assets) judgeAsset(asset, context);
  const namesOf = (tensors: readonly string[]) => new Set(tensors.filter((name) => name !== "").map(nodeName));
  return {
    assets: namesOf(assets.map(({ tensor }) => tensor)),
    checkpoints: namesOf(metaGraph?.checkpointTensors ?? []),
    captures: metaGraph?.captures ?? new Map(),
    texts: (tensor) => texts.get(tensor) ?? tensor.strings,
  };
}

async function readTexts(source: ByteSource, graph: Graph, context: ScanContext): Promise<Map<TensorValue, string[]>> {
  const texts = new Map<TensorValue, string[]>();
  for (const tensor of packedStringTensors(graph)) {
    context.budget.spendSteps();
    texts.set(tensor, await readPackedStrings(source, tensor, context.format === "tf-text"));
  }
  return texts;
}

/** Loaders look at the collection of older builders only where the field is empty. */
async function readAssets(
  source: ByteSource,
  metaGraph: MetaGraph,
  { budget }: ScanContext,
): Promise<readonly Asset[]> {
  if (metaGraph.assets.length > 0) return metaGraph.assets;
  const assets: Asset[] = [];
  for (const { offset, length } of metaGraph.assetRecords) {
    const { value, error } = await readMessage(source, assetShape, { budget, start: offset, end: offset + length });
    if (error !== undefined) throw error;
    assets.push(value);
  }
  return assets;
}

function judgeAsset({ filename, offset }: Asset, context: ScanContext): void {
  const reach = reachOf(filename);
  if (reach === "relative") return;
  context.report({
    rule: "tensorflow/asset-path",
    message: `the asset ${JSON.stringify(filename.slice(0, 300))} is ${describeReach(reach)}`,
    subject: filename.slice(0, 300),
    offset,
  });
}

/** Before version 2.5, Keras kept its configs in the object graph instead of in keras_metadata.pb. */
export async function inspectObjectMetadata(
  source: ByteSource,
  { objectMetadata }: MetaGraph,
  context: ScanContext,
): Promise<void> {
  if (objectMetadata.length === 0 || context.format === "tf-text") return;
  const { inspectKerasText } = await import("../keras/inspect.js");
  for (const { identifier, text } of objectMetadata) {
    if (text.length > MAX_METADATA_BYTES) {
      context.incomplete(
        `metadata of ${identifier.slice(0, 100)} has ${text.length} bytes, limit ${MAX_METADATA_BYTES}`,
      );
      continue;
    }
    const bytes = await readExactly(source, text.offset, text.length);
    context.examined(bytes.length);
    if (bytes[0] === OPENING_BRACE) await inspectKerasText(bytes, context, { at: identifier, container: "savedmodel" });
  }
}
