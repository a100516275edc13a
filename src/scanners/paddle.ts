import { type PaddleOp, programShape } from "../formats/paddle/program.js";
import { readMessage } from "../formats/protobuf/read-message.js";
import type { ByteSource } from "../io/byte-source.js";
import { describeReach, reachOf } from "./file-reference.js";
import type { ScanContext, Scanner } from "./scanner.js";
import { judgeText, mayTell } from "./text-content.js";

/** Attributes that hold a path, of the operators that open it. */
const PATH_ATTRIBUTES = new Set(["file_path", "path", "model_file_path", "file_names", "dirname", "filename"]);
const WRITERS = new Set(["save", "save_combine", "sparse_tensor_save"]);
const MAX_NAME = 200;

/** PaddlePaddle programs: operators that call Python, open files or reach the network, and texts. */
export class PaddleScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const { value, error, loaded } = await readMessage(source, programShape, { budget: context.budget });
    context.examined(loaded);
    context.describe("blocks", value.blocks);
    context.describe("operators", value.ops.length);
    for (const op of value.ops) judgeOp(op, context);
    if (error !== undefined) throw error;
  }
}

function judgeOp(op: PaddleOp, context: ScanContext): void {
  context.budget.spendSteps();
  const rows = context.policy.paddle_rules;
  const severity = Object.hasOwn(rows, op.type) ? rows[op.type] : undefined;
  const told = severity !== undefined && judgePaths(op, context);
  if (severity !== undefined && !told) {
    const type = op.type.slice(0, MAX_NAME);
    context.report({
      rule: "paddle/dangerous-op",
      severity,
      message: `operator ${type}`,
      subject: type,
      offset: op.offset,
    });
  }
  judgeTexts(op, context);
}

/** True when the operator names its file, which is then told in its stead. */
function judgePaths({ type, attributes, offset }: PaddleOp, context: ScanContext): boolean {
  const paths = attributes.filter(({ name }) => PATH_ATTRIBUTES.has(name)).flatMap(({ texts }) => texts);
  let told = false;
  for (const path of paths) {
    if (path === "") continue;
    told = true;
    const reach = reachOf(path);
    const isHarmless = reach === "relative" && !WRITERS.has(type);
    context.report({
      rule: "paddle/file-op",
      ...(isHarmless ? { severity: "medium" as const } : {}),
      message: `operator ${type} ${WRITERS.has(type) ? "writes" : "reads"} ${path.slice(0, MAX_NAME)}, ${describeReach(reach)}`,
      subject: `${type} ${path.slice(0, MAX_NAME)}`,
      offset,
    });
  }
  return told;
}

function judgeTexts({ type, attributes, offset }: PaddleOp, context: ScanContext): void {
  for (const { name, texts } of attributes) {
    for (const text of texts) {
      // Stack traces of the script that built the program stand in every operator.
      if (name === "op_callstack" || !mayTell(text, name, context.policy)) continue;
      const place = { place: `${type} ${name.slice(0, MAX_NAME)}`, key: name, offset, plainData: true };
      for (const found of judgeText(text, place, context.policy)) context.report(found);
    }
  }
}
