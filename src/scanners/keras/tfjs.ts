import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../formats/json/value.js";
import { isAtLeast, type Severity } from "../../rules/severity.js";
import { describeReach, reachOf } from "../file-reference.js";
import type { ScanContext } from "../scanner.js";
import { stringAt } from "./node.js";

/** A TensorFlow.js `model.json`: where its weights come from, and the ops of a graph model. */
export function judgeTensorFlowJs(model: JsonObject, context: ScanContext): void {
  const format = stringAt(model, "format");
  if (format !== undefined) context.describe("tfjs_format", format.slice(0, 100));
  for (const group of listAt(model, "weightsManifest")) {
    for (const path of listAt(group, "paths")) if (typeof path === "string") judgeWeightsPath(path, context);
  }
  const topology = model.get("modelTopology");
  judgeNodes(listAt(topology, "node"), context);
  const library = isJsonObject(topology) ? topology.get("library") : undefined;
  for (const definition of listAt(library, "function")) judgeNodes(listAt(definition, "nodeDef"), context);
}

function judgeWeightsPath(path: string, context: ScanContext): void {
  const reach = reachOf(path);
  if (reach === "relative") return;
  context.report({
    rule: "keras/weights-path",
    message: `weights are taken from ${path.slice(0, 300)}, ${describeReach(reach)}`,
    subject: path.slice(0, 300),
  });
}

/** TensorFlow.js itself has no such ops: they matter to whoever converts the graph back, and to registered custom ops. */
function judgeNodes(nodes: readonly JsonValue[], context: ScanContext): void {
  const rules = context.policy.tensorflow_rules;
  for (const node of nodes) {
    context.budget.spendSteps();
    const op = stringAt(node, "op");
    if (op === undefined || !Object.hasOwn(rules, op)) continue;
    context.report({
      rule: "keras/tf-op",
      severity: atMostMedium(rules[op] ?? "medium"),
      message: `node ${(stringAt(node, "name") ?? "").slice(0, 200)} is the op ${op.slice(0, 200)}`,
      subject: op.slice(0, 200),
    });
  }
}

function atMostMedium(severity: Severity): Severity {
  return isAtLeast(severity, "medium") ? "medium" : severity;
}

function listAt(value: JsonValue | undefined, key: string): readonly JsonValue[] {
  const found = isJsonObject(value) ? value.get(key) : undefined;
  return isJsonArray(found) ? found : [];
}
