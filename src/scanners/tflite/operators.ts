import { ParseError } from "../../errors.js";
import type { Pages } from "../../formats/flatbuffers/pages.js";
import type { FlatVector } from "../../formats/flatbuffers/table.js";
import { type FlexNode, readFlexOptions } from "../../formats/tflite/flex-options.js";
import {
  CUSTOM_OPERATOR,
  type Extent,
  type Subgraph,
  type TfliteModel,
  type TfliteOperator,
} from "../../formats/tflite/model.js";
import { constantStrings } from "../../formats/tflite/strings.js";
import { STRING_TYPE } from "../../formats/tflite/types.js";
import type { Severity } from "../../rules/severity.js";
import type { ScanContext } from "../scanner.js";

const FLEX_PREFIX = "Flex";
/** Options hold one node definition; longer ones are not read. */
const MAX_OPTIONS = 1 << 20;
/** Inputs looked at for texts: the path of a file op is among the first. */
const MAX_INPUTS = 16;
const MAX_LISTED = 20;
/** An op that acts on a path or address: silent as long as whoever runs the model supplies it. */
const FILE_TARGET = "file://";

interface FlexUse {
  readonly op: string;
  readonly offset: number;
  /** Constant texts among its operands. */
  readonly texts: readonly string[];
  /** True when an operand that names a file, or an attribute, is fixed in the model. */
  readonly isFixed: boolean;
}

/** Judges the operators that are not TensorFlow Lite's own. */
export class OperatorJudge {
  private readonly harmlessFlex = new Set<string>();
  private readonly knownCustom = new Set<string>();

  constructor(
    private readonly model: TfliteModel,
    private readonly pages: Pages,
    private readonly context: ScanContext,
  ) {}

  judge(): void {
    const used = new Set<number>();
    for (const subgraph of this.model.subgraphs) {
      for (const operator of subgraph.operators) {
        this.context.budget.spendSteps();
        used.add(operator.code);
        const custom = this.customName(operator.code);
        if (custom !== undefined) this.judgeUse(custom, operator, subgraph);
      }
    }
    // the interpreter resolves every listed operator, used or not
    for (const [index] of this.model.codes.entries()) {
      const custom = used.has(index) ? undefined : this.customName(index);
      if (custom !== undefined) this.judgeName(custom);
    }
    this.reportHarmless();
  }

  private customName(code: number): string | undefined {
    const { builtin, custom } = this.model.codes[code] ?? {};
    return builtin === CUSTOM_OPERATOR ? (custom ?? "") : undefined;
  }

  private judgeUse(name: string, operator: TfliteOperator, subgraph: Subgraph): void {
    if (!isFlex(name)) {
      this.judgeCustom(name, operator.offset);
      return;
    }
    const named = name.slice(FLEX_PREFIX.length);
    const node = this.nodeOf(operator, name);
    const texts = this.operandTexts(operator.inputs, subgraph);
    // without a node definition nobody can say where the operands come from
    const isFixed = texts.length > 0 || node === undefined || latin1(node.node).includes(FILE_TARGET);
    if (node !== undefined && node.op !== named) this.reportMismatch(name, node.op, operator.offset);
    this.judgeOp({ op: node?.op ?? named, offset: operator.offset, texts, isFixed });
    if (node !== undefined && node.op !== named) this.judgeOp({ op: named, offset: operator.offset, texts, isFixed });
  }

  private judgeName(name: string): void {
    if (isFlex(name)) this.judgeOp({ op: name.slice(FLEX_PREFIX.length), offset: 0, texts: [], isFixed: true });
    else this.judgeCustom(name, 0);
  }

  private judgeOp(use: FlexUse): void {
    const severity = severityOf(use, this.context.policy.tensorflow_rules);
    if (severity === undefined) {
      this.harmlessFlex.add(use.op);
      return;
    }
    const operands = use.texts.map((text) => JSON.stringify(text)).join(", ");
    this.context.report({
      rule: "tflite/flex-op",
      severity,
      message: `Flex${use.op}(${operands.slice(0, MAX_SHOWN)}) runs the TensorFlow op ${use.op}`,
      subject: `${use.op} ${operands.slice(0, MAX_SHOWN)}`,
      ...(use.offset > 0 ? { offset: use.offset } : {}),
      evidence: { op: use.op, constants: use.texts.map((text) => text.slice(0, MAX_SHOWN)) },
    });
  }

  private judgeCustom(name: string, offset: number): void {
    if (this.context.policy.tflite_rules.known_custom_ops.some((known) => matches(known, name))) {
      this.knownCustom.add(name);
      return;
    }
    this.context.report({
      rule: "tflite/custom-op",
      message: `custom operator ${JSON.stringify(name.slice(0, MAX_SHOWN))}`,
      subject: name.slice(0, MAX_SHOWN),
      ...(offset > 0 ? { offset } : {}),
    });
  }

  /** What the delegate would run; undefined when the options are no node definition, so that nothing runs. */
  private nodeOf({ options, offset }: TfliteOperator, name: string): FlexNode | undefined {
    if (options.size === 0n) return undefined;
    const size = Number(options.size);
    if (options.size > BigInt(MAX_OPTIONS) || options.start + options.size > BigInt(this.pages.size)) {
      this.context.incomplete(`options of ${options.size} bytes of ${name} at ${offset} were not read`);
      return undefined;
    }
    try {
      return readFlexOptions(this.pages.bytes(Number(options.start), size));
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      this.context.report({
        rule: "analysis/malformed",
        message: `options of ${name.slice(0, MAX_SHOWN)}: ${error.message}`,
        subject: `options of ${name.slice(0, MAX_SHOWN)}`,
        offset,
      });
      return undefined;
    }
  }

  private operandTexts(inputs: FlatVector | undefined, subgraph: Subgraph): string[] {
    const texts: string[] = [];
    for (let i = 0; i < Math.min(inputs?.length ?? 0, MAX_INPUTS); i++) {
      const tensor = subgraph.tensors[inputs?.i32(i) ?? -1];
      const buffer = tensor?.type === STRING_TYPE ? this.model.buffers[tensor.buffer] : undefined;
      if (buffer && this.holds(buffer)) texts.push(...constantStrings(this.pages, buffer));
    }
    return texts;
  }

  private holds({ start, size }: Extent): boolean {
    return size > 0n && start + size <= BigInt(this.pages.size);
  }

  private reportMismatch(name: string, op: string, offset: number): void {
    this.context.report({
      rule: "tflite/flex-mismatch",
      message: `operator ${name.slice(0, MAX_SHOWN)} runs ${op.slice(0, MAX_SHOWN)}`,
      subject: `${name.slice(0, MAX_SHOWN)} ${op.slice(0, MAX_SHOWN)}`,
      offset,
    });
  }

  private reportHarmless(): void {
    const { context } = this;
    if (this.harmlessFlex.size > 0) {
      context.report({
        rule: "tflite/flex-delegate",
        message: `TensorFlow ops ${listed(this.harmlessFlex)}`,
        subject: "flex",
      });
    }
    if (this.knownCustom.size > 0) {
      context.report({
        rule: "tflite/known-custom-op",
        message: `custom operators ${listed(this.knownCustom)}`,
        subject: "custom",
      });
    }
  }
}

const MAX_SHOWN = 200;

function isFlex(name: string): boolean {
  return name.startsWith(FLEX_PREFIX) && name.length > FLEX_PREFIX.length;
}

/**
 * An op that runs code is as bad as the policy says. One that acts on a path is so when the path stands in the model; when the caller
 * supplies it, as the saver of a model that trains on a device has it, the op is only worth knowing.
 */
function severityOf({ op, isFixed }: FlexUse, rules: Readonly<Record<string, Severity>>): Severity | undefined {
  const severity = Object.hasOwn(rules, op) ? rules[op] : undefined;
  if (severity === undefined || severity === "critical" || isFixed) return severity;
  return severity === "high" || severity === "medium" ? "low" : severity;
}

/** `TFText>*` covers all that begin so. */
function matches(known: string, name: string): boolean {
  return known.endsWith("*") ? name.startsWith(known.slice(0, -1)) : known === name;
}

function listed(names: ReadonlySet<string>): string {
  const all = [...names].sort();
  const more = all.length > MAX_LISTED ? ` and ${all.length - MAX_LISTED} more` : "";
  return (
    all
      .slice(0, MAX_LISTED)
      .map((name) => name.slice(0, MAX_SHOWN))
      .join(", ") + more
  );
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
