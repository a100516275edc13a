import { parseJson } from "../../formats/json/parse.js";
import { isJsonObject, type JsonValue } from "../../formats/json/value.js";
import type { Severity } from "../../rules/severity.js";
import type { KerasContext } from "./context.js";
import { type KerasNode, nameOf, stringAt } from "./node.js";

/** Layers into which Keras 2 turns calls of TensorFlow functions on its tensors. */
const SYMBOL_LAYERS: ReadonlySet<string> = new Set([
  "TFOpLambda",
  "OpLambda",
  "SlicingOpLambda",
  "ClassMethod",
  "InstanceMethod",
  "InstanceProperty",
]);
const NODE_LAYER = "TensorFlowOpLayer";

/** Functions of TensorFlow that are no single op, or whose op has another name: by what their path begins with. */
const SYMBOLS: readonly (readonly [prefix: string, severity: Severity])[] = [
  ["py_function", "critical"],
  ["py_func", "critical"],
  ["numpy_function", "critical"],
  ["load_op_library", "critical"],
  ["load_library", "critical"],
  ["compat.v1.py_func", "critical"],
  ["compat.v1.load", "critical"],
  ["compat.v1.gfile", "high"],
  ["io.gfile", "high"],
  ["io.TFRecordWriter", "high"],
  ["io.write_graph", "high"],
  ["saved_model", "high"],
  ["keras.utils.get_file", "critical"],
  ["keras.models", "high"],
  ["train", "high"],
  ["summary", "high"],
  ["data.TFRecordDataset", "high"],
  ["data.TextLineDataset", "high"],
  ["data.experimental", "high"],
  ["distribute", "high"],
  ["config.experimental_connect", "high"],
];

export function judgeTensorFlowOp(node: KerasNode, context: KerasContext): void {
  const { className, config } = node;
  if (SYMBOL_LAYERS.has(className)) {
    for (const key of ["function", "cls_symbol", "cls_ref", "method_name"]) {
      const symbol = stringAt(config, key);
      if (symbol !== undefined) judgeSymbol(node, symbol, context);
    }
  } else if (className === NODE_LAYER && isJsonObject(config)) {
    const op = opOf(config.get("node_def"));
    if (op !== undefined) report(node, { op, severity: severityOfOp(op, context) }, context);
  }
}

function judgeSymbol(node: KerasNode, symbol: string, context: KerasContext): void {
  const path = symbol.replace(/^(?:tf|tensorflow)\./, "");
  const listed = SYMBOLS.find(([prefix]) => path === prefix || path.startsWith(`${prefix}.`));
  const severity = listed?.[1] ?? severityOfOp(opNamed(path), context);
  report(node, { op: symbol, severity }, context);
}

/** The op behind a function: `io.write_file` is WriteFile, `raw_ops.ReadFile` is ReadFile. */
function opNamed(path: string): string {
  const name = path.slice(path.lastIndexOf(".") + 1);
  if (path.startsWith("raw_ops.")) return name;
  return name
    .split("_")
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
}

/** The TensorFlow table knows the ops that do anything but compute. */
function severityOfOp(op: string, context: KerasContext): Severity | undefined {
  const rules = context.policy.tensorflow_rules;
  return Object.hasOwn(rules, op) ? rules[op] : undefined;
}

interface Judged {
  readonly op: string;
  readonly severity: Severity | undefined;
}

function report(node: KerasNode, { op, severity }: Judged, context: KerasContext): void {
  if (severity === undefined) return;
  context.report(node, {
    rule: "keras/tf-op",
    severity,
    message: `${nameOf(node)} runs ${op.slice(0, 200)}`,
    subject: op.slice(0, 200),
    evidence: { op: op.slice(0, 200) },
  });
}

/** Bytes between the tag of NodeDef.op and the end of its name. */
const OP_IN_WIRE_FORMAT = /\x12([\x01-\x7f])([A-Z][A-Za-z0-9_>]{0,126})/;
const OP_IN_TEXT_FORMAT = /\bop\s{0,8}:\s{0,8}"([^"]{1,128})"/;

/** `node_def` is the message's JSON, its text format or its bytes as text, depending on the version. */
function opOf(value: JsonValue | undefined): string | undefined {
  if (isJsonObject(value)) return stringAt(value, "op");
  if (typeof value !== "string") return undefined;
  if (value.trimStart().startsWith("{")) return stringAt(parseJson(value, { tolerant: true }).value, "op");
  const [, text] = OP_IN_TEXT_FORMAT.exec(value) ?? [];
  if (text !== undefined) return text;
  const [, length, name] = OP_IN_WIRE_FORMAT.exec(value) ?? [];
  return length === undefined ? undefined : name?.slice(0, length.charCodeAt(0));
}
