import type { GraphNode } from "../../formats/tensorflow/graph.js";
import { OP_NAMES } from "../../formats/tensorflow/op-names.js";
import type { Severity } from "../../rules/severity.js";
import type { Observation, ScanContext } from "../scanner.js";
import { judgeOrigin } from "./address.js";
import { nodeName } from "./load-time.js";
import { describeListed, describeUnknown, describeUse, describeVerdict, shown } from "./op-observations.js";
import { ruleFor } from "./op-rules.js";
import { OPERATIONS, type Operand, type Operation } from "./operations.js";
import { computedBy, fromConstant, type Origin } from "./origin.js";
import { type Program, type Scope, tensorInputs } from "./program.js";
import type { Tracer } from "./tracer.js";

export interface GraphPlace {
  readonly program: Program;
  readonly tracer: Tracer;
  /** Nodes that run when the model is loaded. */
  readonly onLoad: ReadonlySet<GraphNode>;
  /** Which graph it is, where there are several. */
  readonly label: string;
  /** A MetaGraph or a graph as text: what a training writes beside its checkpoints. */
  readonly isTraining: boolean;
}

/** Judges every node of a graph and of its functions. */
export class GraphJudge {
  constructor(
    private readonly place: GraphPlace,
    private readonly context: ScanContext,
  ) {}

  judge(): void {
    for (const scope of this.place.program.scopes) {
      for (const node of scope.nodes) {
        this.context.budget.spendSteps();
        for (const observation of this.judgeNode(scope, node)) this.tell(scope, node, observation);
      }
    }
  }

  private *judgeNode(scope: Scope, node: GraphNode): Generator<Observation> {
    const { op } = node;
    // Where the file breaks off inside a node; loaders refuse it.
    if (op === "") return;
    const severity = ruleFor(op, this.context.policy.tensorflow_rules);
    const operation = OPERATIONS.get(op);
    if (operation) yield* this.judgeOperation(scope, node, { operation, severity });
    else if (OP_NAMES.has(op)) {
      if (severity) yield describeListed(op, severity);
    } else if (!this.place.program.function(op)) yield describeUnknown(op, severity);
  }

  private *judgeOperation(
    scope: Scope,
    node: GraphNode,
    { operation, severity }: { readonly operation: Operation; readonly severity: Severity | undefined },
  ): Generator<Observation> {
    const { isTraining } = this.place;
    const { does, operands } = operation;
    const use = { op: node.op, does, severity };
    const origins = operands.flatMap((operand) => this.originsOf(scope, node, operand));
    if (does === "python" || operands.length === 0) {
      yield describeUse(use, origins.map(({ text }) => text).join(", "));
      return;
    }
    for (const origin of origins) {
      const observation = describeVerdict(use, judgeOrigin({ op: node.op, operation, isTraining }, origin));
      if (observation) yield observation;
    }
  }

  private originsOf(scope: Scope, node: GraphNode, operand: Operand): readonly Origin[] {
    if ("attribute" in operand) return (node.attributes.get(operand.attribute)?.texts ?? []).map(fromConstant);
    const input = tensorInputs(node)[operand.input];
    if (input === undefined) return [computedBy("a missing input")];
    const origins = this.place.tracer.sourcesOf(scope, input);
    return origins.length > 0 ? origins : [computedBy(nodeName(input))];
  }

  private tell(scope: Scope, node: GraphNode, observation: Observation): void {
    const runsOnLoad = this.place.onLoad.has(node);
    const inFunction = scope.name === "" ? "" : ` of function ${shown(scope.name)}`;
    const when = runsOnLoad ? "; runs when the model is loaded" : "";
    this.context.report({
      offset: node.offset,
      ...observation,
      message: `${observation.message} (node ${shown(node.name)}${inFunction}${this.place.label}${when})`,
      evidence: {
        op: shown(node.op),
        node: shown(node.name),
        ...(scope.name === "" ? {} : { function: shown(scope.name) }),
        ...(runsOnLoad ? { runsOnLoad } : {}),
        ...observation.evidence,
      },
    });
  }
}
