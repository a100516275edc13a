import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxText } from "../../formats/onnx/model.js";

/** Something of a model to be judged, and where it stands: ` of function f`, empty for the graph itself. */
export type Part =
  | { readonly kind: "node"; readonly node: OnnxNode; readonly place: string }
  | { readonly kind: "tensor"; readonly tensor: OnnxTensor; readonly place: string }
  | { readonly kind: "text"; readonly text: OnnxText; readonly place: string; readonly isDescription: boolean };

/**
 * Every node, tensor and text of a model: in the graph, in graphs inside attributes however deep, in functions and their defaults, and in
 * the training graphs. A list instead of recursion, for a hostile model nests as deep as it likes.
 */
export function* partsOf(model: OnnxModel): Generator<Part> {
  yield* describe(model.texts, "");
  const waiting: { readonly graph: OnnxGraph; readonly place: string }[] = model.graphs.map((graph) => ({
    graph,
    place: "",
  }));
  const enter = (attributes: readonly OnnxAttribute[], place: string) => {
    for (const { graphs } of attributes) for (const graph of graphs) waiting.push({ graph, place });
  };
  for (const { name, nodes, defaults, texts } of model.functions) {
    const place = ` of function ${name.slice(0, 100)}`;
    yield* describe(texts, place);
    yield* attributeTensors(defaults, place);
    yield* nodesOf(nodes, place);
    enter([...defaults, ...nodes.flatMap(({ attributes }) => attributes)], place);
  }
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { graph, place } = next;
    yield* describe(graph.texts, place === "" ? " of the graph" : place);
    for (const tensor of graph.tensors) yield* tensorParts(tensor, place);
    yield* nodesOf(graph.nodes, place);
    for (const { attributes } of graph.nodes) enter(attributes, place === "" ? " of a subgraph" : place);
  }
}

function* nodesOf(nodes: readonly OnnxNode[], place: string): Generator<Part> {
  for (const node of nodes) {
    yield { kind: "node", node, place };
    // Exporters note stack traces here: source lines are nothing odd in them.
    for (const text of node.texts)
      yield { kind: "text", text, place: ` of node ${node.name.slice(0, 100)}`, isDescription: false };
    yield* attributeTensors(node.attributes, place);
  }
}

function* attributeTensors(attributes: readonly OnnxAttribute[], place: string): Generator<Part> {
  for (const { tensors } of attributes) for (const tensor of tensors) yield* tensorParts(tensor, place);
}

function* tensorParts(tensor: OnnxTensor, place: string): Generator<Part> {
  yield { kind: "tensor", tensor, place };
  for (const text of tensor.texts)
    yield { kind: "text", text, place: ` of tensor ${tensor.name.slice(0, 100)}`, isDescription: true };
}

function* describe(texts: readonly OnnxText[], place: string): Generator<Part> {
  for (const text of texts) yield { kind: "text", text, place, isDescription: true };
}
