import type { ByteSource } from "../../io/byte-source.js";
import type { ScanContext, Scanner } from "../scanner.js";
import { inspectTail } from "../trailing.js";
import { judgeCompiledModule } from "./compiled-module.js";
import { GraphJudge } from "./graph-judge.js";
import { loadTimeNodes } from "./load-time.js";
import { Program } from "./program.js";
import { type GraphUnit, readGraphs } from "./read-graphs.js";
import { inspectObjectMetadata, readFeeds } from "./surroundings.js";
import { Tracer } from "./tracer.js";

/** SavedModels, MetaGraphs and GraphDefs, in binary or as text: every node of every graph and every function. */
export class TensorflowScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const { value: units, error, loaded, tail } = await readGraphs(source, context);
    context.examined(loaded);
    // Names such as `.pb` and `.meta` are used for much else; a SavedModel is one by its name.
    if (context.format !== "tf-savedmodel" && units.every(isEmpty)) {
      context.skip("no node and no function of a TensorFlow graph in it");
      return;
    }
    for (const unit of units) await judgeGraph(source, unit, { context, isOnly: units.length === 1 });
    for (const unit of units) await judgeContents(source, unit, context);
    if (tail !== undefined) await inspectTail(source, { start: tail, after: "the last field of the graph" }, context);
    const examined = summarise(units, context);
    if (error !== undefined) throw error;
    context.passed("graph", examined);
  }
}

/**
 * A foreign message may yield nodes by chance, such as the columns of a decision forest, but none with a name and an op: TensorFlow refuses
 * a node without a name (graph_constructor.cc, EnsureNoNameCollisions).
 */
function isEmpty({ graph: { nodes, functions } }: GraphUnit): boolean {
  return nodes.every(({ name, op }) => name === "" || op === "") && functions.every(({ name }) => name === "");
}

async function judgeGraph(
  source: ByteSource,
  unit: GraphUnit,
  { context, isOnly }: { readonly context: ScanContext; readonly isOnly: boolean },
): Promise<void> {
  const { graph, metaGraph, kind } = unit;
  const program = new Program(graph);
  const tracer = new Tracer(program, await readFeeds(source, unit, context), context.budget);
  const label = isOnly || !metaGraph ? "" : `, graph ${metaGraph.tags.join("+").slice(0, 100)}`;
  const isTraining = kind === "meta-graph" || (kind === "graph" && context.format === "tf-text");
  const onLoad = loadTimeNodes(program, metaGraph);
  new GraphJudge({ program, tracer, onLoad, label, isTraining }, context).judge();
}

/** Programs and configs inside the graph, each of a format of its own that may be broken. */
async function judgeContents(source: ByteSource, { graph, metaGraph }: GraphUnit, context: ScanContext): Promise<void> {
  for (const { nodes } of [graph, ...graph.functions]) {
    for (const node of nodes) if (node.op === "XlaCallModule") await judgeCompiledModule(source, node, context);
  }
  if (metaGraph) await inspectObjectMetadata(source, metaGraph, context);
}

function summarise(units: readonly GraphUnit[], context: ScanContext): string {
  const functions = units.flatMap(({ graph }) => graph.functions);
  const nodes = [...units.map(({ graph }) => graph), ...functions].reduce((sum, { nodes: own }) => sum + own.length, 0);
  context.describe("graph_nodes", nodes);
  context.describe("graph_functions", functions.length);
  return `${nodes} nodes of ${units.length} graphs and ${functions.length} functions examined`;
}
