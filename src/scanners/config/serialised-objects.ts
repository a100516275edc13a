// Objects that libraries write into JSON and YAML by the name of their class: jsonpickle (`py/...`), LangChain (`lc`), logging's dictConfig
// (`()`), and the many home-made factories that import what stands under `type`, `class` or `function`.

import { isJsonArray, isJsonObject, type JsonObject } from "../../formats/json/value.js";
import { at, type ConfigContext, type ConfigDocument, type ConfigPlace, stringAt } from "./document.js";
import { reportTarget } from "./hydra.js";
import { judgeRequirement } from "./requirements.js";
import { judgeTarget } from "./targets.js";

interface Where {
  readonly prefix: string;
  readonly document: ConfigDocument;
  readonly context: ConfigContext;
}

/** Judges an object of a configuration by the keys that a library turns into imports and calls. */
export function judgeSerialisedObject(
  object: JsonObject,
  place: ConfigPlace | undefined,
  document: ConfigDocument,
  context: ConfigContext,
): void {
  const where = { prefix: place === undefined ? "" : `${place.path()}.`, document, context };
  for (const key of object.keys()) {
    if (key.startsWith("py/")) judgeJsonpickle(object, key, where);
    else if (key === "()" || FACTORY_KEYS.has(key) || key.startsWith("@")) judgeFactory(object, key, where);
    else if (SWITCHES.has(key) && object.get(key) === true) tellSwitch(object, key, where);
    else if (SOURCE_KEYS.has(key)) judgeLibraryPath(object, key, where);
    else if (INDEX_KEYS.has(key)) judgeIndex(object, key, where);
  }
  if (object.has("lc")) judgeLangchain(object, where);
  judgeCustomImports(object, where);
}

/** OpenMMLab's and MMEngine's `custom_imports`: modules that are imported before anything is built. */
function judgeCustomImports(object: JsonObject, { prefix, document, context }: Where): void {
  const settings = object.get("custom_imports");
  const imports = isJsonObject(settings) ? settings.get("imports") : undefined;
  for (const name of isJsonArray(imports) ? imports : [imports]) {
    if (typeof name !== "string") continue;
    reportTarget(
      { name, path: `${prefix}custom_imports`, offset: document.offsetOf(object, "custom_imports") },
      context,
    );
  }
}

/** Keys under which jsonpickle keeps what it imports (jsonpickle/tags.py). */
const JSONPICKLE_NAMES = new Set(["py/object", "py/type", "py/function", "py/class", "py/mod", "py/method"]);

function judgeJsonpickle(object: JsonObject, key: string, where: Where): void {
  const value = stringAt(object, key);
  const { document, context, prefix } = where;
  if (value === undefined) return;
  const offset = document.offsetOf(object, key);
  if (key === "py/repr") {
    // unpickler._restore_repr: what follows the slash is evaluated.
    context.report({
      rule: "config/unsafe-target",
      message: `${prefix}${key} has jsonpickle evaluate ${value.slice(0, 120)}`,
      subject: `${prefix}${key}`,
      ...at(offset),
      evidence: { target: value.slice(0, 120), place: `${prefix}${key}` },
    });
  } else if (JSONPICKLE_NAMES.has(key)) reportTarget({ name: value, path: prefix + key, offset }, context);
}

/** Keys of factories. They name ordinary things as well, so only what is of the system counts. */
const FACTORY_KEYS = new Set([
  "target",
  "type",
  "class",
  "cls",
  "class_name",
  "function",
  "func",
  "fn",
  "callable",
  "factory",
  "entry_point",
]);
const SYSTEM =
  /^(?:os|posix|nt|subprocess|builtins|sys|pty|runpy|shutil|socket|ctypes|importlib|commands|timeit|_posixsubprocess)[.:]/;

/** Where reports of scans, this one's among them, quote what they found: nobody builds anything out of that. */
const QUOTED =
  /^(?:(?:issues|checks)\[\d{1,9}\]\.details|runs\[\d{1,9}\]\.results\[\d{1,9}\]\.properties\.evidence)\.$/;

function judgeFactory(object: JsonObject, key: string, { prefix, document, context }: Where): void {
  const name = stringAt(object, key);
  if (name === undefined || !/[.:]/.test(name) || QUOTED.test(prefix)) return;
  if (key !== "()" && !SYSTEM.test(name)) return;
  const verdict = judgeTarget(name, context.policy);
  if (verdict.kind !== "dangerous" || verdict.severity !== "critical") return;
  reportTarget({ name, path: prefix + key, offset: document.offsetOf(object, key) }, context);
}

/** LangChain's own packages, out of which its loader takes classes (langchain_core/load/load.py). */
const LANGCHAIN = /^(?:langchain|langgraph)(?:_\w{1,60})?$/;

function judgeLangchain(object: JsonObject, { prefix, document, context }: Where): void {
  const id = object.get("id");
  if (object.get("type") !== "constructor" || !isJsonArray(id)) return;
  const name = id.filter((part) => typeof part === "string").join(".");
  if (LANGCHAIN.test(name.split(".")[0] ?? "")) return;
  reportTarget({ name, path: `${prefix}id`, offset: document.offsetOf(object, "id") }, context);
}

/** Settings by which a file would switch off what protects its reader. */
const SWITCHES = new Set([
  "allow_dangerous_code",
  "allow_dangerous_deserialization",
  "allow_dangerous_requests",
  "allow_dangerous_tools",
  "enable_unsafe_deserialization",
]);

function tellSwitch(object: JsonObject, key: string, { prefix, document, context }: Where): void {
  context.report({
    rule: "config/trust-remote-code",
    message: `${prefix}${key} is true: the file switches off what protects its reader`,
    subject: prefix + key,
    ...at(document.offsetOf(object, key)),
  });
}

/** Where BentoML, Truss and others have packages from. */
const INDEX_KEYS = new Set(["index_url", "extra_index_url", "find_links", "trusted_host"]);

function judgeIndex(object: JsonObject, key: string, { prefix, document, context }: Where): void {
  const value = object.get(key);
  for (const address of isJsonArray(value) ? value : [value]) {
    if (typeof address === "string") judgeRequirement(address, prefix + key, document.offsetOf(object, key), context);
  }
}

/** ONNX Runtime's and others' settings that name a library of operators. */
const SOURCE_KEYS = new Set([
  "custom_ops_library",
  "custom_op_library",
  "register_custom_ops_library",
  "plugin_library",
]);

function judgeLibraryPath(object: JsonObject, key: string, { prefix, document, context }: Where): void {
  const path = stringAt(object, key);
  if (path === undefined || path === "") return;
  context.report({
    rule: "config/custom-operator",
    message: `${prefix}${key} has the native library ${path.slice(0, 160)} loaded`,
    subject: path.slice(0, 300),
    ...at(document.offsetOf(object, key)),
    evidence: { path: path.slice(0, 300), place: prefix + key },
  });
}
