import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../formats/json/value.js";
import { at, type ConfigContext, type ConfigDocument, type ConfigPlace } from "./document.js";

/** A class of a Python file that a configuration has loaded with trust_remote_code. */
export interface CodeReference {
  /** Another repository (`owner/name`), undefined for this one. */
  readonly repository: string | undefined;
  /** Module path inside the repository, dots between the parts: `modeling_x`, `models.modeling_x`. */
  readonly module: string;
  readonly name: string;
}

const REFERENCE = /^(?:([\w.\-/]{1,200})--)?((?:\w{1,100}\.){1,10})(\w{1,200})$/;

/** Reads `module.Class` or `owner/repo--module.Class`, as transformers' get_class_from_dynamic_module does. */
export function parseCodeReference(text: string): CodeReference | undefined {
  const [, repository, modules, name] = REFERENCE.exec(text) ?? [];
  if (modules === undefined || name === undefined) return undefined;
  return { repository, module: modules.slice(0, -1), name };
}

/**
 * All references of an `auto_map`: its values are a reference, or (for tokenizers) a list of references and nulls. Tokenizers of old have such
 * a list in place of the object.
 */
export function codeReferences(autoMap: JsonValue | undefined): CodeReference[] {
  const values = isJsonObject(autoMap) ? [...autoMap.values()] : isJsonArray(autoMap) ? autoMap : [];
  const texts = values.flatMap((value) => (isJsonArray(value) ? value : [value]));
  return texts.flatMap((text) => (typeof text === "string" ? (parseCodeReference(text) ?? []) : []));
}

/** Judges the keys by which Hugging Face configurations have code of a repository run. */
export function judgeRemoteCode(
  object: JsonObject,
  place: ConfigPlace | undefined,
  document: ConfigDocument,
  context: ConfigContext,
): void {
  const prefix = place === undefined ? "" : `${place.path()}.`;
  for (const { key, judge } of KEYS) {
    const value = object.get(key);
    if (value === undefined || value === null) continue;
    judge({ value, path: prefix + key, offset: document.offsetOf(object, key), object }, context);
  }
}

interface KeyValue {
  readonly value: JsonValue;
  readonly path: string;
  readonly offset: number | undefined;
  readonly object: JsonObject;
}

const KEYS: readonly { readonly key: string; readonly judge: (at: KeyValue, context: ConfigContext) => void }[] = [
  { key: "auto_map", judge: judgeAutoMap },
  { key: "trust_remote_code", judge: judgeTrust },
  { key: "custom_pipelines", judge: judgeCustomPipelines },
  { key: "custom_pipeline", judge: judgeCustomPipeline },
  { key: "custom_generate", judge: judgeCustomGenerate },
  { key: "auto_mapping", judge: judgeAutoMapping },
];

function judgeAutoMap({ value, path, offset }: KeyValue, context: ConfigContext): void {
  for (const { repository, module, name } of codeReferences(value)) {
    const reference = `${module}.${name}`;
    if (repository === undefined) {
      context.report({
        rule: "config/remote-code",
        message: `${path} has ${reference} of this repository run with trust_remote_code`,
        subject: module,
        ...at(offset),
        evidence: { reference, file: fileOf(module) },
      });
    } else {
      context.report({
        rule: "config/foreign-code",
        message: `${path} has ${reference} of the repository ${repository} run with trust_remote_code`,
        subject: `${repository}--${module}`,
        ...at(offset),
        evidence: { reference, repository, file: fileOf(module) },
      });
    }
  }
}

/** A module's file inside its repository. */
export function fileOf(module: string): string {
  return `${module.replaceAll(".", "/")}.py`;
}

/** The model whose configuration class took the key from the file (CVE-2026-5241, transformers 5.2.0). */
const TRUSTING_MODELS = new Set(["lightglue"]);
/** Keys that only a model's own configuration has; elsewhere the key is a setting of somebody's training run. */
const MODEL_KEYS = [
  "model_type",
  "architectures",
  "tokenizer_class",
  "processor_class",
  "_class_name",
  "peft_type",
  "auto_map",
];

function judgeTrust({ value, path, offset, object }: KeyValue, context: ConfigContext): void {
  if (value !== true && value !== "true" && value !== "True" && value !== 1) return;
  const isModel = MODEL_KEYS.some((key) => object.has(key));
  const reachesCode = object.has("auto_map") || TRUSTING_MODELS.has(String(object.get("model_type")));
  context.report({
    rule: "config/trust-remote-code",
    severity: reachesCode ? "high" : isModel ? "medium" : "low",
    message: `${path} is true: the file lets its own repository run code`,
    subject: path,
    ...at(offset),
  });
}

function judgeCustomPipelines({ value, path, offset }: KeyValue, context: ConfigContext): void {
  if (!isJsonObject(value)) return;
  for (const [task, entry] of value) {
    const implementation = isJsonObject(entry) ? entry.get("impl") : undefined;
    if (typeof implementation === "string")
      judgeReference(implementation, { path: `${path}.${task}.impl`, offset }, context);
  }
}

function judgeCustomPipeline({ value, path, offset }: KeyValue, context: ConfigContext): void {
  if (typeof value === "string" && value !== "") judgeReference(value, { path, offset }, context);
}

function judgeCustomGenerate({ value, path, offset }: KeyValue, context: ConfigContext): void {
  if (typeof value !== "string" || value === "") return;
  context.report({
    rule: value.includes("/") ? "config/foreign-code" : "config/remote-code",
    message: `${path} has generation code of ${value} run with trust_remote_code`,
    subject: `${path} ${value}`,
    ...at(offset),
    evidence: { reference: value },
  });
}

/** `impl` may name a class of this repository or of another, as auto_map does. */
function judgeReference(text: string, where: Pick<KeyValue, "path" | "offset">, context: ConfigContext): void {
  const { repository, module } = parseCodeReference(text) ?? { repository: undefined, module: text };
  context.report({
    rule: repository === undefined ? "config/remote-code" : "config/foreign-code",
    message: `${where.path} has ${text} run with trust_remote_code`,
    subject: repository === undefined ? module : `${repository}--${module}`,
    ...at(where.offset),
    evidence: { reference: text },
  });
}

/** Packages that PEFT adapters are made for; PEFT imports the one that auto_mapping names. */
const PARENT_LIBRARIES =
  /^(?:transformers|diffusers|timm|torchvision|torch|peft|sentence_transformers|open_clip)(?:\.|$)/;

function judgeAutoMapping({ value, path, offset }: KeyValue, context: ConfigContext): void {
  if (!isJsonObject(value)) return;
  const library = value.get("parent_library");
  if (typeof library !== "string" || library === "" || PARENT_LIBRARIES.test(library)) return;
  context.report({
    rule: "config/remote-code",
    severity: library.startsWith("__main__") ? "low" : "medium",
    message: `${path} has the module ${library} imported to find the base model's class`,
    subject: library,
    ...at(offset),
    evidence: { module: library },
    why: "Loading the adapter imports this module by name; it is not one of the libraries that adapters are made for.",
  });
}
