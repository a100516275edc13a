// skops (https://skops.readthedocs.io, skops/io): schema.json is a tree of nodes; `__loader__` names the class that loads a node,
// `__module__` and `__class__` the type it is checked as.

import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../formats/json/value.js";
import { type ConfigContext, type ConfigDocument, objectAt, stringAt } from "../config/document.js";
import { judgeTarget } from "../config/targets.js";

/** The types that a loader may stand with; a loader that is not listed is not one of skops. `true` is any type, judged by its name. */
const LOADERS = new Map<string, RegExp | true>([
  ["DictNode", true],
  ["DefaultDictNode", /^collections\.defaultdict$/],
  ["_DictWithDeprecatedKeysNode", /^sklearn\./],
  ["ListNode", /^builtins\.list$/],
  ["SetNode", /^builtins\.(?:set|frozenset)$/],
  ["TupleNode", true],
  ["BytesNode", /^builtins\.bytes$/],
  ["BytearrayNode", /^builtins\.bytearray$/],
  ["SliceNode", /^builtins\.slice$/],
  ["JsonNode", /^builtins\.(?:str|int|float|bool|NoneType)$|^numpy\./],
  ["FunctionNode", true],
  ["PartialNode", /^functools\.partial$/],
  ["TypeNode", true],
  ["ObjectNode", true],
  ["ReduceNode", true],
  ["MethodNode", /\.method$/],
  ["OperatorFuncNode", /^_?operator\.\w+$/],
  ["NdArrayNode", /^numpy(?:\.\w+)*$/],
  ["MaskedArrayNode", /^numpy\./],
  ["RandomStateNode", /^numpy\.random\./],
  ["RandomGeneratorNode", /^numpy\.random\./],
  ["SparseMatrixNode", /^scipy\.sparse\./],
  ["TreeNode", /^sklearn\.tree\./],
  ["SGDNode", /^sklearn\.linear_model\./],
  ["LossNode", /^sklearn\./],
  ["DatetimeNode", /^datetime\./],
  ["CachedNode", true],
  ["QuantileForestNode", /^quantile_forest\./],
]);

/** What skops trusts of itself, beyond the policy's trusted packages. */
const TRUSTED =
  /^(?:builtins\.\w+|numpy(?:\.\w+)*|scipy(?:\.\w+)*|sklearn(?:\.\w+)*|collections\.\w+|functools\.partial|datetime\.\w+|_?operator\.\w+)$/;

/** Names by which an attribute leads to the interpreter rather than to data. */
const DUNDER = /^__\w+__$/;

/** True for the root of a skops schema. */
export function isSkopsSchema(root: JsonObject): boolean {
  return (
    stringAt(root, "__class__") !== undefined &&
    stringAt(root, "__module__") !== undefined &&
    (root.has("__loader__") || root.has("content"))
  );
}

/** Judges every node of a schema. */
export function judgeSkopsSchema(root: JsonObject, _document: ConfigDocument, context: ConfigContext): void {
  if (!isSkopsSchema(root)) return;
  const open: JsonValue[] = [root];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    context.budget.spendSteps();
    if (isJsonArray(value)) open.push(...value);
    else if (isJsonObject(value)) {
      judgeNode(value, context);
      open.push(...value.values());
    }
  }
}

function judgeNode(node: JsonObject, context: ConfigContext): void {
  const module = stringAt(node, "__module__");
  const name = stringAt(node, "__class__");
  if (module === undefined || name === undefined) return;
  const loader = stringAt(node, "__loader__");
  const stated = `${module}.${name}`;
  if (loader !== undefined) judgeContract(loader, stated, context);
  judgeType(typeOf(node, loader, stated), loader, context);
  if (loader === "MethodNode") judgeMethod(node, context);
  if (loader === "OperatorFuncNode") judgeOperator(node, name, context);
}

function judgeContract(loader: string, stated: string, context: ConfigContext): void {
  const contract = LOADERS.get(loader);
  if (contract === true || contract?.test(stated)) return;
  context.report({
    rule: "skops/loader-mismatch",
    message:
      contract === undefined
        ? `${loader} is no loader of skops (type ${stated})`
        : `${loader} stands with the type ${stated}`,
    subject: `${loader} ${stated}`,
    evidence: { loader, type: stated },
  });
}

/** What the loader really imports: a function's name and a type's own name stand in the content. */
function typeOf(node: JsonObject, loader: string | undefined, stated: string): string {
  const module = stringAt(node, "__module__") ?? "";
  if (loader === "FunctionNode") return functionName(node.get("content"), module);
  const content = objectAt(node, "content");
  const inner = loader === "TypeNode" && content ? stringAt(content, "__class__") : undefined;
  return inner === undefined || content === undefined ? stated : `${stringAt(content, "__module__") ?? ""}.${inner}`;
}

/** A name, or in older files `{module_path, function}`. */
function functionName(content: JsonValue | undefined, module: string): string {
  if (!isJsonObject(content)) return `${module}.${String(content ?? "")}`;
  return `${stringAt(content, "module_path") ?? module}.${stringAt(content, "function") ?? ""}`;
}

function judgeType(type: string, loader: string | undefined, context: ConfigContext): void {
  const verdict = judgeTarget(type, context.policy);
  const kind = loader ?? "a node without a loader";
  if (verdict.kind === "dangerous" && loader !== "OperatorFuncNode") {
    context.report({
      rule: "skops/unsafe-type",
      severity: verdict.severity,
      message: `${kind} loads ${type}`,
      subject: type,
      evidence: { type, loader: loader ?? "", matched: verdict.matched },
    });
  } else if (verdict.kind !== "trusted" && !TRUSTED.test(type)) {
    context.report({
      rule: "skops/untrusted-type",
      message: `${kind} loads ${type}, which is of no package that is known`,
      subject: type,
      evidence: { type, loader: loader ?? "" },
    });
  }
}

/** MethodNode reads an attribute of an object before anything of it was checked (CVE-2025-54413). */
function judgeMethod(node: JsonObject, context: ConfigContext): void {
  const content = objectAt(node, "content");
  const name = content === undefined ? undefined : stringAt(content, "func");
  if (name === undefined || !DUNDER.test(name)) return;
  context.report({
    rule: "skops/loader-mismatch",
    message: `MethodNode reaches for ${name}`,
    subject: `MethodNode ${name}`,
    references: ["CVE-2025-54413"],
    evidence: { method: name },
  });
}

/** OperatorFuncNode calls the operator with names out of the file (CVE-2025-54412). */
function judgeOperator(node: JsonObject, name: string, context: ConfigContext): void {
  if (name === "itemgetter") return;
  const names = stringsIn(node.get("attrs"));
  context.report({
    rule: "skops/loader-mismatch",
    message: `OperatorFuncNode makes operator.${name}(${names.map((text) => JSON.stringify(text)).join(", ")})`,
    subject: `OperatorFuncNode ${name} ${names.join(" ")}`,
    references: ["CVE-2025-54412"],
    evidence: { operator: name, names },
  });
}

const MAX_NAMES = 8;

/** Strings below a node that are no part of the node's own description; JsonNode keeps them as JSON text. */
function stringsIn(value: JsonValue | undefined): string[] {
  const found: string[] = [];
  const open: JsonValue[] = [value ?? null];
  for (let next = open.pop(); next !== undefined && found.length < MAX_NAMES; next = open.pop()) {
    if (typeof next === "string") found.push(next.slice(0, 100));
    else if (isJsonArray(next)) open.push(...[...next].reverse());
    else if (isJsonObject(next)) open.push(next.get("content") ?? null);
  }
  return found;
}
