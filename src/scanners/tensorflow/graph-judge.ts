import type { GraphNode } from "../../formats/tensorflow/graph.js";
import { OP_NAMES } from "../../formats/tensorflow/op-names.js";
import type { RuleId } from "../../rules/index.js";
import type { Severity } from "../../rules/severity.js";
import type { Observation, ScanContext } from "../scanner.js";
import { judgeOrigin, type Verdict } from "./address.js";
import { nodeName } from "./load-time.js";
import { ruleFor } from "./op-rules.js";
import { type Capability, OPERATIONS, type Operand, type Operation } from "./operations.js";
import { computedBy, fromConstant, type Origin } from "./origin.js";
import { type Program, type Scope, tensorInputs } from "./program.js";
import type { Tracer } from "./tracer.js";

const RULES: Readonly<Record<Capability, RuleId>> = {
  python: "tensorflow/python-op",
  write: "tensorflow/file-write-op",
  read: "tensorflow/file-read-op",
  list: "tensorflow/file-read-op",
  network: "tensorflow/network-op",
  process: "tensorflow/process-op",
  opaque: "tensorflow/opaque-op",
};

const VERBS: Readonly<Record<Capability, string>> = {
  python: "calls the Python function",
  write: "writes to",
  read: "reads",
  list: "lists the files",
  network: "talks to",
  process: "ends the process",
  opaque: "runs a compiled program",
};

/** What a path or an address that the caller gives is worth: an input pipeline reads, it does not write. */
const CALLER_SEVERITY: Partial<Readonly<Record<Capability, Severity>>> = { write: "low", network: "low" };

const MAX_SHOWN = 200;

export interface GraphPlace {
  readonly program: Program;
  readonly tracer: Tracer;
  /** Nodes that run when the model is loaded. */
  readonly onLoad: ReadonlySet<GraphNode>;
  /** Tags of the MetaGraph, where there are several. */
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
        this.judgeNode(scope, node);
      }
    }
  }

  private judgeNode(scope: Scope, node: GraphNode): void {
    // Where the file breaks off inside a node; loaders refuse it.
    if (node.op === "") return;
    const { tensorflow_rules } = this.context.policy;
    const severity = ruleFor(node.op, tensorflow_rules);
    const operation = OPERATIONS.get(node.op);
    if (operation) this.judgeOperation(scope, node, { operation, severity });
    else if (OP_NAMES.has(node.op)) {
      if (severity)
        this.tell(scope, node, {
          rule: "tensorflow/listed-op",
          message: `${shown(node.op)} is listed`,
          subject: node.op,
          severity,
        });
    } else if (!this.place.program.function(node.op)) this.judgeUnknown(scope, node, severity);
  }

  private judgeUnknown(scope: Scope, node: GraphNode, severity: Severity | undefined): void {
    this.tell(scope, node, {
      rule: "tensorflow/custom-op",
      message: `${shown(node.op)} is no op of TensorFlow; it comes from a native library`,
      subject: node.op,
      ...(severity ? { severity } : {}),
    });
  }

  private judgeOperation(
    scope: Scope,
    node: GraphNode,
    { operation, severity }: { readonly operation: Operation; readonly severity: Severity | undefined },
  ): void {
    const { does, operands } = operation;
    if (does === "python" || operands.length === 0) {
      const address = operands
        .flatMap((operand) => this.originsOf(scope, node, operand))
        .map(({ text }) => text)
        .join(", ");
      this.tell(scope, node, {
        rule: RULES[does],
        message: `${node.op} ${VERBS[does]}${address === "" ? "" : ` ${quoted(address)}`}`,
        subject: `${node.op} ${address}`,
        ...(severity ? { severity } : {}),
      });
      return;
    }
    for (const operand of operands) {
      const origins = this.originsOf(scope, node, operand);
      for (const origin of origins)
        this.judgeAddress(scope, node, {
          operation,
          severity,
          verdict: judgeOrigin({ op: node.op, operation, isTraining: this.place.isTraining }, origin),
        });
    }
  }

  private judgeAddress(
    scope: Scope,
    node: GraphNode,
    { operation, severity, verdict }: { operation: Operation; severity: Severity | undefined; verdict: Verdict },
  ): void {
    const { does } = operation;
    if (verdict.kind === "fixed") {
      const worst = verdict.severity ?? severity;
      this.tell(scope, node, {
        rule: RULES[does],
        message: `${node.op} ${VERBS[does]} ${quoted(verdict.address)}`,
        subject: `${node.op} ${verdict.address}`,
        ...(worst ? { severity: worst } : {}),
        evidence: { address: shown(verdict.address) },
      });
    } else if (verdict.kind === "computed") {
      this.tell(scope, node, {
        rule: "tensorflow/computed-address",
        message: `${node.op} ${VERBS[does]} what ${shown(verdict.by)} yields`,
        subject: `${node.op} ${verdict.by}`,
      });
    } else if (verdict.kind === "caller") {
      const milder = CALLER_SEVERITY[does];
      this.tell(scope, node, {
        rule: "tensorflow/caller-address",
        message: `${node.op} ${VERBS[does]} what its caller names`,
        subject: node.op,
        ...(milder ? { severity: milder } : {}),
      });
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
    const onLoad = this.place.onLoad.has(node);
    const where = `node ${shown(node.name)}${scope.name === "" ? "" : ` of function ${shown(scope.name)}`}${this.place.label}`;
    this.context.report({
      offset: node.offset,
      ...observation,
      message: `${observation.message} (${where}${onLoad ? "; runs when the model is loaded" : ""})`,
      evidence: {
        op: shown(node.op),
        node: shown(node.name),
        ...(scope.name === "" ? {} : { function: shown(scope.name) }),
        ...(onLoad ? { runsOnLoad: true } : {}),
        ...observation.evidence,
      },
    });
  }
}

function shown(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

function quoted(text: string): string {
  return JSON.stringify(shown(text));
}
