import type { Reading } from "../../formats/protobuf/read-message.js";
import { readMessage } from "../../formats/protobuf/read-message.js";
import { readTextMessage } from "../../formats/protobuf/read-text.js";
import type { Shape } from "../../formats/protobuf/shape.js";
import { type Graph, graphShape } from "../../formats/tensorflow/graph.js";
import { type MetaGraph, metaGraphShape, savedModelShape } from "../../formats/tensorflow/saved-model.js";
import type { ByteSource } from "../../io/byte-source.js";
import type { ScanContext } from "../scanner.js";

/** A graph, and the MetaGraph around it where there is one. */
export interface GraphUnit {
  readonly graph: Graph;
  readonly metaGraph: MetaGraph | undefined;
  /** The outermost message: only the loader of a SavedModel feeds assets, and only the other two are left over from trainings. */
  readonly kind: "saved-model" | "meta-graph" | "graph";
}

/** Bytes of a text that decide what message it is. */
const HEAD_BYTES = 4096;

/** Reads all graphs of a file, whichever message is the outermost. */
export async function readGraphs(source: ByteSource, context: ScanContext): Promise<Reading<readonly GraphUnit[]>> {
  switch (context.format === "tf-text" ? await messageOfText(source) : context.format) {
    case "tf-savedmodel": {
      const reading = await read(source, savedModelShape, context);
      describeModel(reading.value.metaGraphs, context);
      return { ...reading, value: reading.value.metaGraphs.map((metaGraph) => unitOf(metaGraph, "saved-model")) };
    }
    case "tf-metagraph": {
      const reading = await read(source, metaGraphShape, context);
      describeModel([reading.value], context);
      return { ...reading, value: [unitOf(reading.value, "meta-graph")] };
    }
    default: {
      const reading = await read(source, graphShape, context);
      return { ...reading, value: [{ graph: reading.value, metaGraph: undefined, kind: "graph" }] };
    }
  }
}

function read<T>(source: ByteSource, shape: Shape<T>, { format, budget }: ScanContext): Promise<Reading<T>> {
  return format === "tf-text" ? readTextMessage(source, shape, budget) : readMessage(source, shape, { budget });
}

/** A second `graph_def` adds to the first: parsers merge them. */
function unitOf(metaGraph: MetaGraph, kind: GraphUnit["kind"]): GraphUnit {
  const { graphs } = metaGraph;
  const graph = {
    nodes: graphs.flatMap(({ nodes }) => nodes),
    functions: graphs.flatMap(({ functions }) => functions),
  };
  return { graph, metaGraph, kind };
}

async function messageOfText(source: ByteSource): Promise<"tf-savedmodel" | "tf-metagraph" | "tf-graphdef"> {
  const head = Buffer.from(await source.read(0, HEAD_BYTES)).toString("latin1");
  if (/(?:^|\n)\s{0,40}(?:saved_model_schema_version|meta_graphs)\s{0,8}[:{<[]/.test(head)) return "tf-savedmodel";
  return /(?:^|\n)\s{0,40}(?:meta_info_def|graph_def|saver_def)\s{0,8}[:{<[]/.test(head)
    ? "tf-metagraph"
    : "tf-graphdef";
}

function describeModel(metaGraphs: readonly MetaGraph[], context: ScanContext): void {
  const [first] = metaGraphs;
  if (first?.tensorflowVersion) context.describe("tensorflow_version", first.tensorflowVersion.slice(0, 40));
  context.describe(
    "tags",
    metaGraphs.slice(0, 20).map(({ tags }) => tags.join(",").slice(0, 100)),
  );
}
