import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../formats/json/value.js";
import { arrayAt, at, type ConfigContext, type ConfigDocument, objectAt, stringAt } from "./document.js";

/** MXNet ops whose `info` attribute is a pointer that the runtime takes out of the JSON and calls (src/operator/custom/native_op-inl.h). */
const POINTER_OPS = new Set(["_Native", "_NDArray"]);

/** MXNet `*-symbol.json`: a list of nodes, each with an op. */
export function judgeMxnetSymbol(root: JsonObject, document: ConfigDocument, context: ConfigContext): void {
  if (root.has("heads")) judgeNodes(root, document, context);
}

function judgeNodes(graph: JsonObject, document: ConfigDocument, context: ConfigContext): void {
  const nodes = arrayAt(graph, "nodes") ?? [];
  nodes.forEach((node, i) => {
    context.budget.spendSteps();
    if (!isJsonObject(node)) return;
    judgeMxnetNode(node, document.offsetOf(nodes, i), context);
    // Loops and conditions keep their bodies as graphs of their own (src/operator/control_flow.cc).
    for (const body of arrayAt(node, "subgraphs") ?? []) if (isJsonObject(body)) judgeNodes(body, document, context);
  });
}

function judgeMxnetNode(node: JsonObject, offset: number | undefined, context: ConfigContext): void {
  const op = stringAt(node, "op");
  if (op === undefined) return;
  const name = stringAt(node, "name") ?? "";
  const attributes = objectAt(node, "attrs") ?? objectAt(node, "attr") ?? objectAt(node, "param");
  if (POINTER_OPS.has(op)) {
    const pointer = attributes?.get("info");
    context.report({
      rule: "config/native-pointer",
      message: `node ${name} is ${op}, which takes its attribute info (${String(pointer ?? "absent")}) as a pointer`,
      subject: `${op} ${name}`,
      ...at(offset),
      evidence: { op, node: name },
    });
  } else if (op === "Custom") {
    const type = attributes?.get("op_type");
    context.report({
      rule: "config/custom-operator",
      message: `node ${name} is the custom operator ${String(type ?? "without op_type")}, which Python code defines`,
      subject: String(type ?? name),
      ...at(offset),
      evidence: { op, node: name, op_type: String(type ?? "") },
    });
  }
}

/** Operators of PaddlePaddle's programs that run Python, or read and write files by a name in the program. */
const PADDLE_OPS = new Map<string, "config/custom-operator" | "config/path-escape">([
  ["py_func", "config/custom-operator"],
  ["py_layer", "config/custom-operator"],
  ["custom_op", "config/custom-operator"],
  ["save", "config/path-escape"],
  ["load", "config/path-escape"],
  ["save_combine", "config/path-escape"],
  ["load_combine", "config/path-escape"],
  ["listen_and_serv", "config/custom-operator"],
]);

/** PaddlePaddle 3 stores programs as JSON: `base_code.magic` is "pir", an operator's id is in `#` (`1.matmul`: dialect, name). */
export function judgePaddleProgram(root: JsonObject, context: ConfigContext): void {
  if (objectAt(root, "base_code")?.get("magic") !== "pir") return;
  const open: JsonValue[] = [root.get("program") ?? null];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    context.budget.spendSteps();
    if (isJsonArray(value)) open.push(...value);
    else if (isJsonObject(value)) {
      judgePaddleOperator(value, context);
      open.push(...value.values());
    }
  }
}

function judgePaddleOperator(operator: JsonObject, context: ConfigContext): void {
  const id = stringAt(operator, "#") ?? "";
  const name = id.slice(id.lastIndexOf(".") + 1);
  const rule = PADDLE_OPS.get(name);
  if (rule === undefined) return;
  context.report({
    rule,
    message: `the program uses ${name}, ${rule === "config/custom-operator" ? "which runs code from outside it" : "which opens a file by a name in the program"}`,
    subject: name,
    evidence: { op: name },
  });
}
