import type { ParseError } from "../../errors.js";
import { readMessage } from "../../formats/protobuf/read-message.js";
import type { Graph, TensorValue } from "../../formats/tensorflow/graph.js";
import { type Asset, assetShape, type MetaGraph } from "../../formats/tensorflow/saved-model.js";
import { packedStringTensors, readPackedStrings } from "../../formats/tensorflow/string-tensor.js";
import { type ByteSource, readExactly } from "../../io/byte-source.js";
import { describeReach, reachOf } from "../file-reference.js";
import type { ScanContext, Scanner } from "../scanner.js";
import { inspectTail } from "../trailing.js";
import { judgeCompiledModule } from "./compiled-module.js";
import { GraphJudge } from "./graph-judge.js";
import { loadTimeNodes, nodeName } from "./load-time.js";
import { Program } from "./program.js";
import { readGraphs } from "./read-graphs.js";
import { type Feeds, Tracer } from "./tracer.js";

/** JSON of one Keras object; a whole model's is a few megabytes. */
const MAX_METADATA_BYTES = 64 << 20;

/** SavedModels, MetaGraphs and GraphDefs, in binary or as text: every node of every graph and every function. */
export class TensorflowScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const { value, error, loaded, tail } = await readGraphs(source, context);
    context.examined(loaded);
    if (value.every(({ graph, metaGraph }) => isEmpty(graph) && !metaGraph) && context.format !== "tf-savedmodel") {
      context.skip("no node and no function of a TensorFlow graph in it");
      return;
    }
    for (const { graph, metaGraph } of value)
      await this.inspect(source, { graph, metaGraph, several: value.length > 1 }, context);
    if (tail !== undefined) await inspectTail(source, { start: tail, after: "the last field of the graph" }, context);
    this.summarise(
      value.map(({ graph }) => graph),
      error,
      context,
    );
    if (error !== undefined) throw error;
  }

  private async inspect(
    source: ByteSource,
    {
      graph,
      metaGraph,
      several,
    }: { readonly graph: Graph; readonly metaGraph: MetaGraph | undefined; readonly several: boolean },
    context: ScanContext,
  ): Promise<void> {
    const program = new Program(graph);
    const texts = await this.readTexts(source, graph, context);
    const assets = metaGraph ? await readAssets(source, metaGraph, context) : [];
    const tracer = new Tracer(program, feedsOf(metaGraph, assets, texts), context.budget);
    const label = several && metaGraph ? `, graph ${metaGraph.tags.join("+").slice(0, 100)}` : "";
    const isTraining =
      context.format === "tf-metagraph" ||
      (context.format === "tf-text" && !context.name.endsWith("saved_model.pbtxt"));
    new GraphJudge({ program, tracer, onLoad: loadTimeNodes(program, metaGraph), label, isTraining }, context).judge();
    for (const { nodes } of program.scopes) {
      for (const node of nodes) if (node.op === "XlaCallModule") await judgeCompiledModule(source, node, context);
    }
    judgeAssets(assets, context);
    if (metaGraph) await this.inspectMetadata(source, metaGraph, context);
  }

  private async readTexts(
    source: ByteSource,
    graph: Graph,
    context: ScanContext,
  ): Promise<Map<TensorValue, readonly string[]>> {
    const texts = new Map<TensorValue, readonly string[]>();
    for (const tensor of packedStringTensors(graph)) {
      context.budget.spendSteps();
      texts.set(tensor, await readPackedStrings(source, tensor));
    }
    return texts;
  }

  private async inspectMetadata(source: ByteSource, metaGraph: MetaGraph, context: ScanContext): Promise<void> {
    if (metaGraph.objectMetadata.length === 0) return;
    const { inspectKerasText } = await import("../keras/inspect.js");
    for (const { identifier, text } of metaGraph.objectMetadata) {
      if (text.length > MAX_METADATA_BYTES) {
        context.incomplete(`metadata of ${identifier} has ${text.length} bytes, limit ${MAX_METADATA_BYTES}`);
        continue;
      }
      const bytes = await readExactly(source, text.offset, text.length);
      if (bytes[0] === OPENING_BRACE)
        await inspectKerasText(bytes, context, { at: identifier, container: "savedmodel" });
    }
  }

  private summarise(graphs: readonly Graph[], error: ParseError | undefined, context: ScanContext): void {
    const functions = graphs.flatMap((graph) => graph.functions);
    const nodes = [...graphs, ...functions].reduce((sum, { nodes: inside }) => sum + inside.length, 0);
    context.describe("graph_nodes", nodes);
    context.describe("graph_functions", functions.length);
    if (error === undefined)
      context.passed("graph", `${nodes} nodes of ${graphs.length} graphs and ${functions.length} functions examined`);
  }
}

function isEmpty({ nodes, functions }: Graph): boolean {
  return nodes.length === 0 && functions.length === 0;
}

const OPENING_BRACE = 0x7b;

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

function judgeAssets(assets: readonly Asset[], context: ScanContext): void {
  for (const { filename, offset } of assets) {
    const reach = reachOf(filename);
    if (reach === "relative") continue;
    context.report({
      rule: "tensorflow/asset-path",
      message: `the asset ${JSON.stringify(filename.slice(0, 300))} is ${describeReach(reach)}`,
      subject: filename.slice(0, 300),
      offset,
    });
  }
}

function feedsOf(
  metaGraph: MetaGraph | undefined,
  assets: readonly Asset[],
  texts: ReadonlyMap<TensorValue, readonly string[]>,
): Feeds {
  const namesOf = (tensors: readonly string[]) => new Set(tensors.filter((name) => name !== "").map(nodeName));
  return {
    assets: namesOf(assets.map(({ tensor }) => tensor)),
    checkpoints: namesOf(metaGraph?.checkpointTensors ?? []),
    captures: metaGraph?.captures ?? new Map(),
    texts: (tensor) => texts.get(tensor) ?? tensor.strings,
  };
}
