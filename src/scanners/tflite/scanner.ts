import { Pages } from "../../formats/flatbuffers/pages.js";
import { checkModel, type TfliteFault } from "../../formats/tflite/checks.js";
import { readTflite, type TfliteModel } from "../../formats/tflite/model.js";
import type { ByteSource } from "../../io/byte-source.js";
import { toSync } from "../../io/spool.js";
import type { RuleId } from "../../rules/index.js";
import { isPathLike } from "../metadata-text.js";
import type { ScanContext, Scanner } from "../scanner.js";
import { judgeBuffers, judgeDescriptions } from "./buffers.js";
import { OperatorJudge } from "./operators.js";

const RULE_OF: Readonly<Record<TfliteFault["kind"], RuleId>> = {
  "bad-index": "tflite/bad-index",
  "buffer-outside": "tflite/buffer-outside",
  "tensor-size": "tflite/tensor-size",
  sparsity: "tflite/sparsity",
};

/** Findings of one kind are told up to here, the rest counted. */
const MAX_OF_KIND = 5;

/** TensorFlow Lite: operators that leave the interpreter, and the numbers that it trusts. */
export class TfliteScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const pages = new Pages(await toSync(source));
    try {
      const model = readTflite(pages, context.budget);
      describe(model, context);
      await new OperatorJudge(model, pages, context).judge();
      judgeDescriptions(model, pages, context);
      judgeExternalFiles(model, context);
      await judgeBuffers(model, source, context);
      reportFaults(model, source.size, context);
    } finally {
      context.examined(pages.loaded);
    }
  }
}

function describe({ version, description, subgraphs, codes }: TfliteModel, context: ScanContext): void {
  context.describe("format_version", version);
  if (description !== "") context.describe("producer", description.slice(0, 300));
  context.describe("subgraphs", subgraphs.length);
  context.describe(
    "operators",
    subgraphs.reduce((all, { operators }) => all + operators.length, 0),
  );
  context.describe("operator_kinds", codes.length);
}

function judgeExternalFiles({ externalFiles }: TfliteModel, context: ScanContext): void {
  for (const name of externalFiles) {
    if (!isPathLike(name) && !/^[a-z][a-z0-9+.-]{1,20}:\/\//i.test(name)) continue;
    const shown = name.slice(0, 200);
    context.report({ rule: "tflite/external-file", message: `weights are in ${shown}`, subject: shown });
  }
}

function reportFaults(model: TfliteModel, fileSize: number, context: ScanContext): void {
  const counts = new Map<TfliteFault["kind"], number>();
  for (const { kind, message, offset, references } of checkModel(model, fileSize)) {
    context.budget.spendSteps();
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    if (count > MAX_OF_KIND) continue;
    context.report({
      rule: RULE_OF[kind],
      message: message.slice(0, 300),
      ...(offset === undefined ? {} : { offset }),
      ...(references === undefined ? {} : { references }),
    });
  }
  if (counts.size === 0)
    context.passed("tflite-structure", "indices exist, buffers lie inside the file, shapes fit their data");
}
