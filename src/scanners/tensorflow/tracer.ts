import type { GraphNode, TensorValue } from "../../formats/tensorflow/graph.js";
import type { Budget } from "../../io/budget.js";
import { FOLDS } from "./folding.js";
import { computedBy, fromAsset, fromCaller, fromConstant, fromStore, type Origin } from "./origin.js";
import { type Call, type Program, parseReference, type Scope, type TensorReference, tensorInputs } from "./program.js";
import { STORE_OPS, STORE_WRITERS } from "./stores.js";

interface Write {
  readonly scope: Scope;
  readonly input: string;
}

/** What the loader puts into a graph before anything runs. */
export interface Feeds {
  /** Nodes that receive the path of an asset. */
  readonly assets: ReadonlySet<string>;
  /** Nodes that receive the path of a checkpoint. */
  readonly checkpoints: ReadonlySet<string>;
  /** What a function's last parameters receive: the node of a constant, an asset, or something else. */
  readonly captures: ReadonlyMap<
    string,
    readonly { readonly kind: "asset" | "constant" | "other"; readonly node: string }[]
  >;
  /** The texts of a constant. */
  readonly texts: (tensor: TensorValue) => readonly string[];
}

/** Ops and functions between an operand and its source; no graph that people made comes near. */
const MAX_TRACE_DEPTH = 400;
/** Steps of all traces of a graph: inside loops they are taken again and again. */
const MAX_TRACES = 1 << 20;
/** Sources of one operand that are told apart. */
const MAX_ORIGINS = 4096;

/** Follows a text operand back to where it comes from: through ops, into functions and out to their callers. */
export class Tracer {
  private readonly known = new Map<Scope, Map<string, readonly Origin[]>>();
  private readonly contents = new Map<string, readonly Origin[]>();
  private writes: ReadonlyMap<string, readonly Write[]> | undefined;
  /** Inputs that are being followed, and how deep they lie. */
  private readonly open = new Map<string, number>();
  /** The outermost open input that was met again. */
  private lowest = Number.POSITIVE_INFINITY;
  private traces = 0;

  constructor(
    private readonly program: Program,
    private readonly feeds: Feeds,
    private readonly budget: Budget,
  ) {}

  /** The sources of an input, each once: what was put into a store stands for the store. */
  sourcesOf(scope: Scope, input: string): readonly Origin[] {
    return this.unpack(this.originsOf(scope, input));
  }

  private unpack(origins: readonly Origin[]): readonly Origin[] {
    if (origins.every(({ store }) => store === undefined)) return origins;
    return distinct(
      origins.flatMap((origin) => (origin.store === undefined ? [origin] : this.contentOf(origin.store, origin))),
    );
  }

  private contentOf(store: string, origin: Origin): readonly Origin[] {
    const known = this.contents.get(store);
    if (known) return known;
    // A store that is filled from itself adds nothing.
    this.contents.set(store, []);
    this.writes ??= this.indexWrites();
    const writes = this.writes.get(store) ?? [];
    const content = writes.flatMap(({ scope, input }) => this.sourcesOf(scope, input));
    const found = content.length > 0 ? distinct(content) : [computedBy(origin.by)];
    this.contents.set(store, found);
    return found;
  }

  private indexWrites(): Map<string, Write[]> {
    const writes = new Map<string, Write[]>();
    for (const scope of this.program.scopes) {
      for (const node of scope.nodes) {
        const value = STORE_WRITERS.get(node.op);
        if (value === undefined) continue;
        const [target, ...rest] = tensorInputs(node);
        if (target === undefined) continue;
        const inputs = rest.slice(value - 1, node.op.startsWith("QueueEnqueue") ? undefined : value);
        for (const { store } of this.originsOf(scope, target)) {
          if (store === undefined) continue;
          const known = writes.get(store) ?? [];
          known.push(...inputs.map((input) => ({ scope, input })));
          writes.set(store, known);
        }
      }
    }
    return writes;
  }

  private originsOf(scope: Scope, input: string): readonly Origin[] {
    const inScope = this.known.get(scope) ?? new Map<string, readonly Origin[]>();
    this.known.set(scope, inScope);
    const known = inScope.get(input);
    if (known) return known;
    const open = `${scope.name} ${input}`;
    const level = this.open.get(open);
    if (level !== undefined) {
      // A loop meets itself here and adds nothing of its own.
      this.lowest = Math.min(this.lowest, level);
      return [];
    }
    if (this.open.size >= MAX_TRACE_DEPTH || ++this.traces > MAX_TRACES)
      return [computedBy("a chain too long to follow")];
    this.budget.spendSteps();
    const depth = this.open.size;
    const lowestBefore = this.lowest;
    this.lowest = Number.POSITIVE_INFINITY;
    this.open.set(open, depth);
    const origins = distinct(this.trace(scope, input));
    this.open.delete(open);
    // What was found inside a loop that is still open may lack what the rest of the loop adds: it is not kept.
    const isWhole = this.lowest >= depth;
    if (isWhole) inScope.set(input, origins);
    this.lowest = isWhole ? lowestBefore : Math.min(lowestBefore, this.lowest);
    return origins;
  }

  private trace(scope: Scope, input: string): readonly Origin[] {
    const reference = parseReference(input);
    if (reference === undefined) return [];
    const parameter = scope.parameters.indexOf(reference.node);
    if (parameter >= 0) return this.parameter(scope, parameter);
    const node = this.program.node(scope, reference.node);
    return node ? this.result(scope, node, reference) : [fromCaller(reference.node)];
  }

  private result(scope: Scope, node: GraphNode, reference: TensorReference): readonly Origin[] {
    if (scope === this.program.main) {
      if (this.feeds.assets.has(node.name)) return [fromAsset(node.name)];
      if (this.feeds.checkpoints.has(node.name)) return this.fedByDefault(scope, node);
    }
    if (node.op === "Const") return this.constant(node);
    if (STORE_OPS.has(node.op)) return [fromStore(`${scope.name} ${node.name}`, `${node.op} ${node.name}`)];
    if (/^Placeholder(?:V2)?$|^_?Arg$|^_DeviceArg$/.test(node.op)) return [fromCaller(node.name)];
    if (node.op === "PlaceholderWithDefault") return this.fedByDefault(scope, node);
    const inside = this.calledResult(scope, node, reference);
    if (inside) return inside;
    const fold = FOLDS.get(node.op);
    return fold ? fold(this.operands(scope, node, reference), node) : this.dataset(scope, node);
  }

  /** Fed by the caller, and where it is not, the default holds. */
  private fedByDefault(scope: Scope, node: GraphNode): readonly Origin[] {
    const fallback =
      node.op === "Const" ? this.constant(node) : tensorInputs(node).flatMap((input) => this.originsOf(scope, input));
    return [fromCaller(node.name), ...fallback.map((origin) => ({ ...origin, isDefault: true as const }))];
  }

  private constant(node: GraphNode): readonly Origin[] {
    const tensor = node.attributes.get("value")?.tensor;
    return tensor?.isString ? this.feeds.texts(tensor).map(fromConstant) : [];
  }

  private operands(scope: Scope, node: GraphNode, { index }: TensorReference) {
    const inputs = tensorInputs(node);
    const of = (i: number) => (inputs[i] === undefined ? [] : this.originsOf(scope, inputs[i]));
    return {
      of,
      values: (i: number) => this.unpack(of(i)),
      integer: (i: number) => this.integer(scope, inputs[i]),
      count: inputs.length,
      index,
      attribute: (name: string) => node.attributes.get(name)?.texts.at(-1),
    };
  }

  private integer(scope: Scope, input: string | undefined): number | undefined {
    const reference = input === undefined ? undefined : parseReference(input);
    const node = reference && this.program.node(scope, reference.node);
    const value = node?.op === "Const" ? node.attributes.get("value")?.tensor?.integers[0] : undefined;
    return value === undefined ? undefined : Number(value);
  }

  /** The results of the functions that a node calls; undefined for a node that calls none. */
  private calledResult(scope: Scope, node: GraphNode, reference: TensorReference): readonly Origin[] | undefined {
    const own = this.program.function(node.op);
    const called = own ? [own] : CALLERS.test(node.op) ? this.functionsOf(node) : [];
    if (called.length === 0) return undefined;
    const results = called.flatMap((callee) => this.output(callee, reference));
    // A loop that does not run hands on what it was given.
    const passed = /While$/.test(node.op) ? tensorInputs(node)[reference.index] : undefined;
    return passed === undefined ? results : [...results, ...this.originsOf(scope, passed)];
  }

  private functionsOf(node: GraphNode): Scope[] {
    const names = [...node.attributes.entries()].flatMap(([key, { functions }]) =>
      key === "cond" ? [] : functions.map(({ name }) => name),
    );
    return names.map((name) => this.program.function(name)).filter((callee) => callee !== undefined);
  }

  private output(callee: Scope, { index, output }: TensorReference): readonly Origin[] {
    const named = output === undefined ? undefined : callee.outputs.get(output);
    const result = named ?? [...callee.outputs.values()][index];
    return result === undefined ? [computedBy(callee.name)] : this.originsOf(callee, result);
  }

  /** The elements of a dataset: its tensors, or what its function makes of those of the dataset before it. */
  private dataset(scope: Scope, node: GraphNode): readonly Origin[] {
    if (!/Dataset(?:V\d)?$/.test(node.op)) return [computedBy(node.op)];
    const functions = this.functionsOf(node);
    if (functions.length > 0)
      return functions.flatMap((callee) => this.output(callee, { node: "", output: undefined, index: 0 }));
    const inputs = tensorInputs(node);
    const sources = /^(?:Tensor|TensorSlice|Zip|Concatenate)Dataset$/.test(node.op) ? inputs : inputs.slice(0, 1);
    return sources.length > 0 ? sources.flatMap((input) => this.originsOf(scope, input)) : [computedBy(node.op)];
  }

  /** A parameter holds what the callers of its function pass, and what the loader binds to it. */
  private parameter(scope: Scope, index: number): readonly Origin[] {
    const calls = this.program.callsOf(scope.name);
    const origins = calls.flatMap((call) => this.argument(call, scope, index));
    const captures = this.feeds.captures.get(scope.name) ?? [];
    const capture = captures[index - (scope.parameters.length - captures.length)];
    if (capture?.kind === "asset") origins.push(fromAsset(scope.parameters[index] ?? ""));
    if (capture?.kind === "constant") origins.push(...this.originsOf(this.program.main, capture.node));
    if (capture?.kind === "other" && calls.length === 0) return [computedBy(`the captured ${scope.parameters[index]}`)];
    return origins.length > 0 || calls.length > 0 ? origins : [fromCaller(scope.parameters[index] ?? "")];
  }

  private argument({ scope, node }: Call, callee: Scope, index: number): readonly Origin[] {
    const inputs = tensorInputs(node);
    if (/Dataset(?:V\d)?$/.test(node.op)) return this.datasetArgument(scope, node, { callee, index });
    const input = inputs[index + leadingInputs(node.op)];
    return input === undefined ? [computedBy(node.op)] : this.originsOf(scope, input);
  }

  /** A dataset's function takes an element, then what it captured: the node's last inputs. */
  private datasetArgument(
    scope: Scope,
    node: GraphNode,
    { callee, index }: { readonly callee: Scope; readonly index: number },
  ): readonly Origin[] {
    const inputs = tensorInputs(node);
    const captured = inputs.length - (callee.parameters.length - index);
    const input = inputs[captured >= 1 ? captured : 0];
    return input === undefined ? [computedBy(node.op)] : this.originsOf(scope, input);
  }
}

/** Ops whose results are those of a function among their attributes. */
const CALLERS =
  /^(?:(?:Stateful)?PartitionedCall|TPUPartitionedCall|RemoteCall|(?:Stateless)?(?:If|Case|While)|For|XlaLaunch)$/;

/** Inputs of a calling op that are not handed to the function: the condition, the branch, the target. */
function leadingInputs(op: string): number {
  if (/^(?:Stateless)?(?:If|Case)$|^RemoteCall$/.test(op)) return 1;
  return op === "For" ? 2 : 0;
}

function distinct(origins: readonly Origin[]): readonly Origin[] {
  if (origins.length < 2) return origins;
  const byKey = new Map(
    origins.map((origin) => [`${origin.rest} ${origin.store ?? ""} ${origin.by} ${origin.text}`, origin]),
  );
  const kept = [...byKey.values()];
  return kept.length > MAX_ORIGINS ? [...kept.slice(0, MAX_ORIGINS), computedBy("more alternatives")] : kept;
}
