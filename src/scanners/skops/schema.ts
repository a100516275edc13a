// skops (https://skops.readthedocs.io, skops/io): schema.json is a tree of nodes; `__loader__` names the class that loads a node,
// `__module__` and `__class__` the type it is checked as.

import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../formats/json/value.js";
import { type ConfigContext, type ConfigDocument, objectAt, stringAt } from "../config/document.js";
import { judgeTarget } from "../config/targets.js";

/** The types that a loader may stand with; `true` is any type, judged by its name. */
const LOADERS = new Map<string, RegExp | true>([
  ["DictNode", true],
  ["DefaultDictNode", /^collections\.defaultdict$/],
  ["_DictWithDeprecatedKeysNode", /^sklearn\./],
  ["ListNode", /^builtins\.list$/],
  ["SetNode", /^builtins\.set$/],
  ["TupleNode", true],
  ["BytesNode", /^builtins\.bytes$/],
  ["BytearrayNode", /^builtins\.bytearray$/],
  ["SliceNode", /^builtins\.slice$/],
  ["JsonNode", /^builtins\.(?:str|int|float|bool|NoneType)$|^numpy\./],
  ["FunctionNode", true],
  ["PartialNode", /^functools\.partial$/],
  ["TypeNode", true],
  ["ObjectNode", true],
  ["ConstructorFromReduceNode", true],
  ["MethodNode", true],
  ["OperatorFuncNode", /^_?operator\.\w+$/],
  ["NdArrayNode", /^numpy(?:\.\w+)*$/],
  ["MaskedArrayNode", /^numpy\./],
  ["DTypeNode", /^numpy\./],
  ["RandomStateNode", /^numpy\.random\./],
  ["RandomGeneratorNode", /^numpy\.random\./],
  ["SparseMatrixNode", /^scipy\.sparse\./],
  ["TreeNode", /^sklearn\.tree\./],
  ["SGDNode", /^sklearn\.linear_model\./],
  ["LossNode", /^sklearn\./],
  ["CachedNode", true],
  ["QuantileForestNode", /^quantile_forest\./],
]);

/** What skops trusts by itself, beyond the policy's trusted packages. */
const TRUSTED =
  /^(?:builtins\.\w+|numpy(?:\.\w+)*|scipy(?:\.\w+)*|sklearn(?:\.\w+)*|collections\.\w+|functools\.partial|datetime\.\w+|zoneinfo\.\w+|_?operator\.\w+)$/;

/** Attributes that lead to the interpreter or to the system rather than to data. */
const REACHING =
  /^(?:__\w+__|system|popen\d?|Popen|exec\w*|eval|spawn\w*|fork\w*|run|call|check_\w+|getoutput|compile|loads?|open|import_module|getattr|remove|unlink|rmtree)$/;
/** What older versions of skops write as the class of a function or a bound method. */
const CALLABLE_KINDS = new Set(["function", "builtin_function_or_method", "ufunc", "method"]);

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
  if (loader !== undefined) judgeContract(loader, `${module}.${name}`, context);
  for (const type of typesOf(node, module, name)) judgeType(type, loader, context);
  if (loader === "MethodNode") judgeMethod(node, context);
  if (loader === "OperatorFuncNode") judgeOperator(node, name, context);
}

function judgeContract(loader: string, stated: string, context: ConfigContext): void {
  const contract = LOADERS.get(loader);
  if (contract === true || contract?.test(stated)) return;
  context.report({
    rule: "skops/loader-mismatch",
    ...(contract === undefined ? { severity: "low" as const } : {}),
    message:
      contract === undefined
        ? `${loader} is no loader of skops that is known (type ${stated})`
        : `${loader} stands with the type ${stated}`,
    subject: `${loader} ${stated}`,
    evidence: { loader, type: stated },
  });
}

/** Every name that some version of skops imports for a node: newer ones keep a function's name in the class, older ones in the content. */
function typesOf(node: JsonObject, module: string, name: string): string[] {
  const content = node.get("content");
  const types = CALLABLE_KINDS.has(name) ? [] : [`${module}.${name}`];
  const loader = stringAt(node, "__loader__");
  if (loader === "FunctionNode") types.push(...functionNames(content, module));
  const inner = loader === "TypeNode" && isJsonObject(content) ? stringAt(content, "__class__") : undefined;
  if (inner !== undefined && isJsonObject(content)) types.push(`${stringAt(content, "__module__") ?? module}.${inner}`);
  return types;
}

/** A name, or `{module_path, function}`. */
function functionNames(content: JsonValue | undefined, module: string): string[] {
  if (typeof content === "string") return [`${module}.${content}`];
  const name = isJsonObject(content) ? stringAt(content, "function") : undefined;
  return name === undefined || !isJsonObject(content) ? [] : [`${stringAt(content, "module_path") ?? module}.${name}`];
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

/** MethodNode reads an attribute of an object that need not be of the type that was checked (CVE-2025-54413). */
function judgeMethod(node: JsonObject, context: ConfigContext): void {
  const content = objectAt(node, "content");
  const name = content === undefined ? undefined : stringAt(content, "func");
  const owner = content === undefined ? undefined : objectAt(content, "obj");
  if (name === undefined || owner === undefined) return;
  const stated = nameOf(node);
  const actual = nameOf(owner);
  const isMismatch = stated !== actual && !CALLABLE_KINDS.has(stringAt(node, "__class__") ?? "");
  if (!isMismatch && !REACHING.test(name)) return;
  context.report({
    rule: "skops/loader-mismatch",
    message: isMismatch
      ? `MethodNode states ${stated} and takes ${name} of ${actual}`
      : `MethodNode reaches for ${name} of ${actual}`,
    subject: `MethodNode ${stated} ${name}`,
    references: ["CVE-2025-54413"],
    evidence: { method: name, stated, actual },
  });
}

function nameOf(node: JsonObject): string {
  return `${stringAt(node, "__module__") ?? ""}.${stringAt(node, "__class__") ?? ""}`;
}

/** OperatorFuncNode calls the operator with names out of the file (CVE-2025-54412). */
function judgeOperator(node: JsonObject, name: string, context: ConfigContext): void {
  if (name === "itemgetter") return;
  const names = stringsIn(node.get("attrs"));
  const reaches = names.some((text) => text.split(".").some((part) => REACHING.test(part)));
  context.report({
    rule: reaches ? "skops/loader-mismatch" : "skops/untrusted-type",
    message: `OperatorFuncNode makes operator.${name}(${names.map((text) => JSON.stringify(text)).join(", ")})`,
    subject: `OperatorFuncNode ${name} ${names.join(" ")}`,
    ...(reaches ? { references: ["CVE-2025-54412"] } : {}),
    evidence: { operator: name, names },
  });
}

const MAX_NAMES = 8;

/** Strings below a node that are no part of the node's own description; JsonNode keeps them as JSON text. */
function stringsIn(value: JsonValue | undefined): string[] {
  const found: string[] = [];
  const open: JsonValue[] = [value ?? null];
  for (let next = open.pop(); next !== undefined && found.length < MAX_NAMES; next = open.pop()) {
    if (typeof next === "string") found.push(next.slice(0, 100).replace(/^"|"$/g, ""));
    else if (isJsonArray(next)) open.push(...[...next].reverse());
    else if (isJsonObject(next)) open.push(next.get("content") ?? null);
  }
  return found;
}
