import type { GraphNode } from "../../formats/tensorflow/graph.js";
import type { MetaGraph } from "../../formats/tensorflow/saved-model.js";
import { calledBy, type Program, type Scope } from "./program.js";

/** Collections and signatures whose ops the loader runs before anybody calls the model. */
const INIT_COLLECTIONS = ["saved_model_main_op", "legacy_init_op", "table_initializer"];
const INIT_SIGNATURE = "__saved_model_init_op";
/** How Keras and tf.Module name the functions that initialise tables and other resources on load. */
const INITIALIZER = /^__inference__(?:initializer|initialize|create_resource|creator)_\d{1,12}$/;

/** The nodes that run when the model is loaded: what its init ops need, and all of the functions they call. */
export function loadTimeNodes(program: Program, metaGraph: MetaGraph | undefined): Set<GraphNode> {
  const reached = new Set<GraphNode>();
  const waiting: { readonly scope: Scope; readonly node: GraphNode }[] = [];
  const visit = (scope: Scope, node: GraphNode | undefined) => {
    if (node === undefined || reached.has(node)) return;
    reached.add(node);
    waiting.push({ scope, node });
  };
  const visitFunction = (callee: Scope | undefined) => {
    for (const node of callee?.nodes ?? []) if (callee) visit(callee, node);
  };
  for (const name of initNames(metaGraph)) visit(program.main, program.node(program.main, nodeName(name)));
  for (const scope of program.scopes) if (INITIALIZER.test(scope.name)) visitFunction(scope);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { scope, node } = next;
    for (const input of node.inputs) visit(scope, program.node(scope, nodeName(input)));
    for (const name of calledBy(node)) visitFunction(program.function(name));
  }
  return reached;
}

function initNames(metaGraph: MetaGraph | undefined): string[] {
  if (metaGraph === undefined) return [];
  const collected = INIT_COLLECTIONS.flatMap((name) => metaGraph.collections.get(name) ?? []);
  return [...collected, ...(metaGraph.signatures.get(INIT_SIGNATURE) ?? [])];
}

/** `^node`, `node:0` and `node:output:0` without what surrounds the node's name. */
export function nodeName(input: string): string {
  const start = input.startsWith("^") ? 1 : 0;
  const colon = input.indexOf(":");
  return input.slice(start, colon < 0 ? undefined : colon);
}
