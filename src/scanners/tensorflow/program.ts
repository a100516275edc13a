import type { FunctionReference, Graph, GraphFunction, GraphNode } from "../../formats/tensorflow/graph.js";

/** A graph or a function: names are looked up inside it. */
export interface Scope {
  /** The function's name; empty for the graph itself. */
  readonly name: string;
  readonly parameters: readonly string[];
  readonly nodes: readonly GraphNode[];
  readonly outputs: ReadonlyMap<string, string>;
}

/** A node that calls a function. */
export interface Call {
  readonly scope: Scope;
  readonly node: GraphNode;
}

/** One graph with its function library: where names lead, and who calls whom. */
export class Program {
  readonly scopes: readonly Scope[];
  readonly main: Scope;
  private readonly byScope = new Map<Scope, Map<string, GraphNode>>();
  private readonly functions = new Map<string, Scope>();
  private readonly calls = new Map<string, Call[]>();

  constructor({ nodes, functions }: Graph) {
    this.main = { name: "", parameters: [], nodes, outputs: new Map() };
    this.scopes = [this.main, ...functions.map(toScope)];
    for (const scope of this.scopes) {
      if (scope !== this.main && !this.functions.has(scope.name)) this.functions.set(scope.name, scope);
    }
    for (const scope of this.scopes) this.index(scope);
  }

  private index(scope: Scope): void {
    const names = new Map<string, GraphNode>();
    this.byScope.set(scope, names);
    for (const node of scope.nodes) {
      names.set(node.name, node);
      for (const name of calledBy(node)) {
        if (!this.functions.has(name)) continue;
        const known = this.calls.get(name);
        if (known) known.push({ scope, node });
        else this.calls.set(name, [{ scope, node }]);
      }
    }
  }

  node(scope: Scope, name: string): GraphNode | undefined {
    return this.byScope.get(scope)?.get(name);
  }

  function(name: string): Scope | undefined {
    return this.functions.get(name);
  }

  callsOf(name: string): readonly Call[] {
    return this.calls.get(name) ?? [];
  }
}

function toScope({ name, parameters, nodes, outputs }: GraphFunction): Scope {
  return { name, parameters, nodes, outputs };
}

/** Functions inside the attributes of functions inside ... : no writer goes further. */
const MAX_REFERENCE_DEPTH = 16;

/** The functions that a node names: its op, where that is one, and every function among its attributes. */
export function calledBy(node: GraphNode): Set<string> {
  const names = new Set([node.op]);
  const visit = ({ name, attributes }: FunctionReference, depth: number) => {
    names.add(name);
    if (depth > MAX_REFERENCE_DEPTH) return;
    for (const { functions } of attributes.values()) for (const inner of functions) visit(inner, depth + 1);
  };
  for (const { functions } of node.attributes.values()) for (const reference of functions) visit(reference, 0);
  return names;
}

/** The tensor that an input names. */
export interface TensorReference {
  readonly node: string;
  /** The name of the output, in functions. */
  readonly output: string | undefined;
  readonly index: number;
}

/** Reads `node`, `node:1` and `node:output:1`; undefined for a control input (`^node`). */
export function parseReference(input: string): TensorReference | undefined {
  if (input.startsWith("^")) return undefined;
  const [node = "", second, third] = input.split(":", 3);
  if (third !== undefined) return { node, output: second, index: toIndex(third) };
  return { node, output: undefined, index: second === undefined ? 0 : toIndex(second) };
}

function toIndex(text: string): number {
  const index = Number(text);
  return Number.isSafeInteger(index) && index >= 0 ? index : 0;
}

/** The inputs that carry tensors, in order; control inputs come last and carry none. */
export function tensorInputs(node: GraphNode): string[] {
  return node.inputs.filter((input) => !input.startsWith("^"));
}
