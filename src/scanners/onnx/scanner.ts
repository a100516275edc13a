import { modelShape, type OnnxModel, type OnnxTensor } from "../../formats/onnx/model.js";
import { announcedSize } from "../../formats/onnx/tensor-size.js";
import { PARSER_DEPTH, readMessage } from "../../formats/protobuf/read-message.js";
import type { ByteSource } from "../../io/byte-source.js";
import { inspectTensorStarts, type TensorStart } from "../embedded.js";
import { judgeName } from "../name-policy.js";
import type { ScanContext, Scanner } from "../scanner.js";
import { inspectTail } from "../trailing.js";
import { ExternalData } from "./external-data.js";
import { Operators } from "./operators.js";
import { partsOf } from "./parts.js";
import { Texts } from "./texts.js";

/** ONNX models: every node, tensor and text, wherever it hides. Weights are stepped over. */
export class OnnxScanner implements Scanner {
  private readonly inline: TensorStart[] = [];
  private nodes = 0;
  private tensors = 0;

  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const {
      value: model,
      error,
      loaded,
      depth,
      tail,
    } = await readMessage(source, modelShape, { budget: context.budget });
    context.examined(loaded);
    describe(model, context);
    await this.judgeParts(model, context);
    if (depth > PARSER_DEPTH) reportDepth(depth, context);
    await inspectTensorStarts(source, this.inline, { context, base: 0 });
    if (tail !== undefined) await inspectTail(source, { start: tail, after: "the last field of the model" }, context);
    if (error !== undefined) throw error;
    context.passed("onnx", `${this.nodes} nodes and ${this.tensors} tensors examined`);
  }

  private async judgeParts(model: OnnxModel, context: ScanContext): Promise<void> {
    const operators = new Operators(model, context);
    const externalData = new ExternalData(context);
    const texts = new Texts(context);
    for (const part of partsOf(model)) {
      context.budget.spendSteps();
      if (part.kind === "node") {
        this.nodes++;
        operators.judge(part.node, part.place);
      } else if (part.kind === "tensor") {
        this.tensors++;
        this.judgeTensor(part.tensor, part.place, context);
        await externalData.judge(part.tensor, part.place);
      } else texts.judge(part.text, part.place, part.isDescription);
    }
  }

  private judgeTensor(tensor: OnnxTensor, place: string, context: ScanContext): void {
    const { name, raw, offset } = tensor;
    if (raw && raw.length > 0) this.inline.push({ name, start: raw.offset, size: raw.length });
    const problem = sizeProblem(tensor);
    if (problem === undefined) return;
    context.report({
      rule: "onnx/tensor-size",
      message: `tensor ${name.slice(0, 200)}${place} ${problem}`,
      subject: name.slice(0, 200),
      offset,
      evidence: { dims: tensor.dims.slice(0, 16).map(String) },
    });
  }
}

/** Typed fields hold an element in an eighth of a byte at the least. */
const ELEMENTS_PER_TYPED_BYTE = 8n;

function sizeProblem(tensor: OnnxTensor): string | undefined {
  const { raw, typedBytes, dims } = tensor;
  const size = announcedSize(tensor);
  if (size.kind === "negative") return `has the dimension ${size.dim}`;
  if (size.kind === "overflow") return `announces ${dims.slice(0, 8).join(" x ")} elements or more`;
  if (raw && size.bytes !== undefined && BigInt(raw.length) !== size.bytes) {
    return `announces ${size.bytes} bytes and holds ${raw.length}`;
  }
  if (!raw && typedBytes > 0 && size.elements > BigInt(typedBytes) * ELEMENTS_PER_TYPED_BYTE) {
    return `announces ${size.elements} elements and holds ${typedBytes} bytes`;
  }
  return undefined;
}

function reportDepth(depth: number, context: ScanContext): void {
  context.report({
    rule: "onnx/deep-nesting",
    message: `messages are nested ${depth} deep; parsers stop at ${PARSER_DEPTH}`,
    subject: "depth",
    evidence: { depth },
  });
}

const MAX_LISTED = 20;

function describe({ irVersion, producer, opsets, graphs, functions }: OnnxModel, context: ScanContext): void {
  if (irVersion !== undefined) context.describe("ir_version", irVersion);
  if (producer !== "") context.describe("producer", producer.slice(0, 200));
  const imports = opsets
    .slice(0, MAX_LISTED)
    .map(({ domain, version }) => `${domain.slice(0, 100) || "ai.onnx"} ${version}`);
  context.describe("opsets", imports);
  const [main] = graphs;
  if (main) context.describe("graph", main.name.slice(0, 200));
  const forbidden = main && judgeName(context.policy, "ONNX graph name", main.name);
  if (forbidden) context.report(forbidden);
  if (functions.length > 0) context.describe("functions", functions.length);
}
