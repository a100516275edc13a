import { ParseError } from "../../errors.js";
import type { Pages } from "../../formats/flatbuffers/pages.js";
import { readMessage } from "../../formats/protobuf/read-message.js";
import { type GraphNode, nodeShape } from "../../formats/tensorflow/graph.js";
import { OP_NAMES } from "../../formats/tensorflow/op-names.js";
import { readFlexOptions } from "../../formats/tflite/flex-options.js";
import type { Subgraph, TfliteModel, TfliteOperator } from "../../formats/tflite/model.js";
import { constantStrings } from "../../formats/tflite/strings.js";
import { STRING_TYPE } from "../../formats/tflite/types.js";
import { BufferSource } from "../../io/byte-source.js";
import type { Severity } from "../../rules/severity.js";
import type { ScanContext } from "../scanner.js";
import { judgeOrigin, type Verdict } from "../tensorflow/address.js";
import { ruleFor } from "../tensorflow/op-rules.js";
import { OPERATIONS, type Operand } from "../tensorflow/operations.js";
import { computedBy, fromCaller, fromConstant, type Origin } from "../tensorflow/origin.js";

const FLEX_PREFIX = "Flex";
/** Options hold one node definition; longer ones are not read. */
const MAX_OPTIONS = 1 << 20;
const MAX_SHOWN = 200;

/** One operator that the Flex delegate would run. */
export interface FlexOperator {
  readonly name: string;
  readonly operator: TfliteOperator;
  readonly subgraph: Subgraph;
  /** Of the subgraph. */
  readonly index: number;
}

/** The delegate takes every custom operator whose name begins so. */
export function isFlex(name: string): boolean {
  return name.startsWith(FLEX_PREFIX) && name.length > FLEX_PREFIX.length;
}

/** Judges the TensorFlow ops that a model has the Flex delegate run. */
export class FlexJudge {
  readonly harmless = new Set<string>();

  constructor(
    private readonly model: TfliteModel,
    private readonly pages: Pages,
    private readonly context: ScanContext,
  ) {}

  async judge(flex: FlexOperator): Promise<void> {
    const named = flex.name.slice(FLEX_PREFIX.length);
    const node = await this.nodeOf(flex);
    if (node === undefined) {
      this.judgeName(named, flex.operator.offset);
      return;
    }
    if (node.op !== named) {
      this.reportMismatch(flex, node.op);
      this.judgeName(named, flex.operator.offset);
    }
    this.judgeNode(node, flex);
  }

  /** An op of which nothing but the name is known. */
  judgeName(op: string, offset: number): void {
    const severity = this.severityOf(op);
    if (severity === undefined) this.harmless.add(op);
    else this.report({ op, severity, address: "", offset });
  }

  private judgeNode(node: GraphNode, flex: FlexOperator): void {
    const severity = this.severityOf(node.op);
    const operation = OPERATIONS.get(node.op);
    if (
      severity === undefined ||
      operation === undefined ||
      operation.operands.length === 0 ||
      operation.does === "python"
    ) {
      this.judgeName(node.op, flex.operator.offset);
      return;
    }
    this.harmless.add(node.op);
    const question = { op: node.op, operation, isTraining: false };
    for (const operand of operation.operands) {
      for (const origin of this.originsOf(operand, node, flex)) {
        this.judgeAddress({ node, severity, verdict: judgeOrigin(question, origin) }, flex);
      }
    }
  }

  private judgeAddress({ node, severity, verdict }: Judged, { operator: { offset } }: FlexOperator): void {
    if (verdict.kind === "normal") return;
    const address = verdict.kind === "fixed" ? verdict.address : "";
    const judged =
      verdict.kind === "fixed" ? (verdict.severity ?? severity) : verdict.kind === "caller" ? "low" : "medium";
    this.report({ op: node.op, severity: judged, address, offset });
  }

  /** What is worth telling of an op at all. */
  private severityOf(op: string): Severity | undefined {
    const severity = ruleFor(op, this.context.policy.tensorflow_rules);
    if (severity === "info" || severity === "debug") return undefined;
    return severity ?? (OP_NAMES.has(op) ? undefined : "medium");
  }

  private originsOf(operand: Operand, node: GraphNode, { operator, subgraph, index }: FlexOperator): readonly Origin[] {
    if ("attribute" in operand) return (node.attributes.get(operand.attribute)?.texts ?? []).map(fromConstant);
    const position = operand.input;
    const tensorIndex = position < (operator.inputs?.length ?? 0) ? (operator.inputs?.i32(position) ?? -1) : -1;
    const tensor = subgraph.tensors[tensorIndex];
    if (tensor === undefined) return [computedBy("a missing operand")];
    const buffer = this.model.buffers[tensor.buffer];
    const isConstant =
      buffer !== undefined && buffer.size > 0n && buffer.start + buffer.size <= BigInt(this.pages.size);
    if (isConstant && tensor.type === STRING_TYPE) return constantStrings(this.pages, buffer).map(fromConstant);
    return [this.isSupplied(tensorIndex, subgraph, index) ? fromCaller(tensor.name) : computedBy(tensor.name)];
  }

  /** An input of the first subgraph, or of one that a program calls by name; others are called by operators. */
  private isSupplied(tensor: number, { inputs }: Subgraph, index: number): boolean {
    if (index > 0 && !this.model.signatures.includes(index)) return false;
    for (let i = 0; i < (inputs?.length ?? 0); i++) if (inputs?.i32(i) === tensor) return true;
    return false;
  }

  /** What the delegate would run; undefined when the options are no node definition. */
  private async nodeOf({ name, operator: { options, offset } }: FlexOperator): Promise<GraphNode | undefined> {
    if (options.size === 0n) return undefined;
    if (options.size > BigInt(MAX_OPTIONS) || options.start + options.size > BigInt(this.pages.size)) {
      this.context.incomplete(`options of ${options.size} bytes of ${name} at ${offset} were not read`);
      return undefined;
    }
    try {
      const bytes = readFlexOptions(this.pages.bytes(Number(options.start), Number(options.size)));
      const { value, error } = await readMessage(new BufferSource(bytes), nodeShape, { budget: this.context.budget });
      if (error) throw error;
      return value;
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      const subject = `options of ${name.slice(0, MAX_SHOWN)}`;
      this.context.report({ rule: "analysis/malformed", message: `${subject}: ${error.message}`, subject, offset });
      return undefined;
    }
  }

  private report({ op, severity, address, offset }: Told): void {
    const shown = address.slice(0, MAX_SHOWN);
    this.context.report({
      rule: "tflite/flex-op",
      severity,
      message: `Flex${op.slice(0, MAX_SHOWN)}(${address === "" ? "" : JSON.stringify(shown)}) runs the TensorFlow op ${op.slice(0, MAX_SHOWN)}`,
      subject: `${op.slice(0, MAX_SHOWN)} ${shown}`,
      ...(offset > 0 ? { offset } : {}),
      evidence: { op: op.slice(0, MAX_SHOWN), address: shown },
    });
    this.harmless.delete(op);
  }

  private reportMismatch({ name, operator: { offset } }: FlexOperator, op: string): void {
    const message = `operator ${name.slice(0, MAX_SHOWN)} runs ${op.slice(0, MAX_SHOWN)}`;
    this.context.report({ rule: "tflite/flex-mismatch", message, subject: message, offset });
  }
}

interface Judged {
  readonly node: GraphNode;
  readonly severity: Severity;
  readonly verdict: Verdict;
}

interface Told {
  readonly op: string;
  readonly severity: Severity;
  /** The path or address that stands in the model; empty when it does not. */
  readonly address: string;
  readonly offset: number;
}
