import { isJsonObject } from "../../formats/json/value.js";
import { isAtLeast, type Severity } from "../../rules/severity.js";
import { judgeTarget } from "../config/targets.js";
import type { Classification } from "../pickle/classify.js";
import type { AdvisoryId } from "./advisories.js";
import { BUILTIN_CLASSES, REGISTERED_BUILTINS } from "./builtin-classes.js";
import type { KerasContext } from "./context.js";
import { isKerasModule, isModelling } from "./keras-api.js";
import { type KerasNode, nameOf, stringAt } from "./node.js";
import { OPERATION_CLASSES } from "./operation-classes.js";

/** What a node makes the loader import: module and name, and whether it is called as a function. */
interface Reference {
  readonly module: string;
  readonly name: string;
  readonly isFunction: boolean;
}

/** Names that Keras handles itself and that import nothing. */
const SPECIAL = /^__[a-z_]{1,40}__$/;

export function judgeReference(node: KerasNode, context: KerasContext): void {
  judgeRegisteredName(node, context);
  const reference = referenceOf(node);
  if (reference === undefined) return;
  const { module, name } = reference;
  if (module === "") judgeUnqualified(node, reference, context);
  else if (isKerasModule(module)) judgeKerasMember(node, reference, context);
  else if (module === "builtins") judgeBuiltin(node, reference, context);
  else judgeForeign(node, reference, context, context.callables.classify(module, name));
}

function referenceOf(node: KerasNode): Reference | undefined {
  const { className, module = "", config, object } = node;
  if (className === "function") {
    return typeof config === "string" ? { module, name: config, isFunction: true } : undefined;
  }
  if (className === "__typespec__") {
    const name = stringAt(object, "spec_name");
    return name === undefined ? undefined : { module, name, isFunction: false };
  }
  return SPECIAL.test(className) ? undefined : { module, name: className, isFunction: false };
}

/** Without a module only what Keras knows, or what the user registered, can be meant. */
function judgeUnqualified(node: KerasNode, { name, isFunction }: Reference, context: KerasContext): void {
  if (isFunction ? !name.includes(">") : isBuiltin(name) || isOperation(node, name)) return;
  // Twin of the registered name, which is told on its own.
  if (node.registeredName?.includes(">")) return;
  // The .h5 format writes the registered name as the class.
  if (!isFunction && KERAS_OWNERS.has(splitRegistered(name)[0]) && name.includes(">")) return;
  if (!isFunction && !isJsonObject(node.config)) return;
  customObject(node, name, context);
}

function isBuiltin(name: string): boolean {
  return BUILTIN_CLASSES.has(name) || REGISTERED_BUILTINS.has(name);
}

/** A layer, which may be the user's, says whether it is trainable; an operation has arguments alone. */
function isOperation({ config }: KerasNode, name: string): boolean {
  return OPERATION_CLASSES.has(name) && isJsonObject(config) && !config.has("trainable");
}

function customObject(node: KerasNode, name: string, context: KerasContext): void {
  context.report(node, {
    rule: "keras/custom-object",
    message: `${nameOf(node)} needs ${name}, which is not part of Keras`,
    subject: name,
  });
}

function judgeKerasMember(node: KerasNode, { module, name, isFunction }: Reference, context: KerasContext): void {
  const listed = listedSeverity(module, name, context);
  if (listed !== undefined) {
    const advisories = advisoriesOf(name);
    context.report(
      node,
      {
        rule: "keras/internal-gadget",
        severity: listed,
        message: `${nameOf(node)} names ${module}.${name}`,
        subject: `${module}.${name}`,
      },
      ...advisories,
    );
  } else if (!isModelling(module, name)) {
    context.report(
      node,
      {
        rule: "keras/internal-gadget",
        severity: isFunction ? "medium" : "low",
        message: `${nameOf(node)} names ${module}.${name}, which describes no part of a model`,
        subject: `${module}.${name}`,
      },
      "GHSA-pwq7-2gvj-vg9v",
    );
  } else if (name.includes(".")) {
    const walked = context.callables.classify(module, name);
    const reached = judgeTarget(`${module}.${name}`, context.policy);
    if (walked.kind === "walk") judgeForeign(node, { module, name, isFunction }, context, walked);
    else if (reached.kind === "dangerous") judgeForeign(node, { module, name, isFunction }, context, reached);
  }
}

/** `[keras_rules]` names public functions; inside `keras.src` the same function stands in another module, so its own name counts. */
function listedSeverity(module: string, name: string, context: KerasContext): Severity | undefined {
  const rules = context.policy.keras_rules;
  const exact = Object.hasOwn(rules, `${module}.${name}`) ? rules[`${module}.${name}`] : undefined;
  if (exact !== undefined) return exact;
  for (const [listed, severity] of Object.entries(rules)) {
    if (listed.includes(".") && listed.endsWith(`.${name}`)) return severity;
  }
  return undefined;
}

const GADGET_ADVISORIES: ReadonlyMap<string, readonly AdvisoryId[]> = new Map<string, readonly AdvisoryId[]>([
  ["get_file", ["CVE-2025-8747", "CVE-2025-12060"]],
  ["enable_unsafe_deserialization", ["CVE-2025-9906"]],
  ["load_model", ["CVE-2025-9906"]],
  ["set_global_attribute", ["CVE-2025-9906"]],
]);

function advisoriesOf(name: string): readonly AdvisoryId[] {
  return GADGET_ADVISORIES.get(name) ?? ["GHSA-pwq7-2gvj-vg9v"];
}

/**
 * Keras writes `builtins` for functions it resolves by name, `relu` or the user's own; before 3.9 it also imported them from Python's
 * builtins.
 */
function judgeBuiltin(node: KerasNode, reference: Reference, context: KerasContext): void {
  const { name, isFunction } = reference;
  const classification = context.callables.classify("builtins", name);
  if (classification.kind === "dangerous" || classification.kind === "walk") {
    judgeForeign(node, reference, context, classification);
  } else if (isFunction ? name.includes(">") : !BUILTIN_CLASSES.has(name)) customObject(node, name, context);
}

function judgeForeign(
  node: KerasNode,
  { module, name, isFunction }: Reference,
  context: KerasContext,
  classification: Classification,
): void {
  const path = `${module}.${name}`;
  const severity = severityOf(classification, isFunction);
  if (severity === undefined) return;
  const isUnsafe = isAtLeast(severity, "high");
  context.report(
    node,
    {
      rule: isUnsafe
        ? "keras/unsafe-reference"
        : severity === "medium"
          ? "keras/unknown-reference"
          : "keras/custom-object",
      severity,
      message: isUnsafe ? `${nameOf(node)} names ${path}` : `${nameOf(node)} needs ${path}, which is not part of Keras`,
      subject: path,
      evidence: { module, name },
    },
    ...(severity === "low" ? [] : ["CVE-2025-1550" as const]),
  );
}

/** Importing a module is harm enough where the standard library is meant: no layer lives there. */
function severityOf(classification: Classification, isFunction: boolean): Severity | undefined {
  switch (classification.kind) {
    case "dangerous":
      return isAtLeast(classification.severity, "high") ? "critical" : "high";
    case "walk":
      return "critical";
    case "disguised":
      return "high";
    case "harmless":
      return isFunction ? "low" : undefined;
    case "unknown":
      if (classification.origin === "stdlib") return "high";
      if (classification.origin === "main") return "low";
      return classification.origin === "trusted" && !isFunction ? "low" : "medium";
  }
}

/** `package>Name`: what is registered under it replaces class and module. */
function judgeRegisteredName(node: KerasNode, context: KerasContext): void {
  const { registeredName, className, module } = node;
  if (registeredName === undefined) return;
  const [owner = "", name] = splitRegistered(registeredName);
  if (name === undefined) return;
  const classification = context.callables.classify(owner, name);
  if (
    classification.kind === "dangerous" ||
    (classification.kind === "unknown" && classification.origin === "stdlib")
  ) {
    context.report(
      node,
      {
        rule: "keras/registered-name",
        message: `${nameOf(node)} is registered as ${registeredName}, shown as ${className}`,
        subject: registeredName,
        evidence: { registered_name: registeredName, class_name: className },
      },
      "CVE-2025-1550",
    );
    return;
  }
  if (module !== undefined && !isKerasModule(module) && module !== "builtins") return;
  const isDisguise = module !== undefined && BUILTIN_CLASSES.has(className) && className !== name;
  if (KERAS_OWNERS.has(owner) || (className === name && REGISTERED_BUILTINS.has(registeredName))) return;
  context.report(node, {
    rule: isDisguise ? "keras/registered-name" : "keras/custom-object",
    severity: isDisguise ? "medium" : "low",
    message: isDisguise
      ? `${nameOf(node)} shows ${className} and loads what is registered as ${registeredName}`
      : `${nameOf(node)} needs ${registeredName}, which is not part of Keras`,
    subject: registeredName,
  });
}

/** Packages under which Keras and its sisters register their own classes. */
const KERAS_OWNERS: ReadonlySet<string> = new Set([
  "keras",
  "keras_hub",
  "keras_nlp",
  "keras_cv",
  "keras_core",
  "tf_keras",
]);

function splitRegistered(registered: string): readonly [string, string | undefined] {
  const cut = registered.indexOf(">");
  return cut < 0 ? [registered, undefined] : [registered.slice(0, cut), registered.slice(cut + 1)];
}
