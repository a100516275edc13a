import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../formats/json/value.js";
import { at, type ConfigContext, type ConfigDocument, type ConfigPlace, stringAt } from "./document.js";
import { interpolate } from "./interpolation.js";
import { judgeTarget } from "./targets.js";

/** A key whose value names a callable that a loader imports and calls, and what must stand beside it for that. */
interface TargetKey {
  readonly key: string;
  readonly applies: (object: JsonObject) => boolean;
}

const always = () => true;
/** A dotted name of a package, a module and a class. */
const CLASS_NAME = /^[a-z_]\w*(?:\.[a-z_]\w*){1,20}\.[A-Z]\w*$/;
const DOTTED = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$/;

/**
 * Hydra and OmegaConf (`_target_`), torchtune (`_component_`), Lightning's command line (`class_path` with `init_args`), latent diffusion
 * and NeMo (`target`), sentence-transformers' modules.json (`type` beside `idx` and `path`) and its Dense layer (`activation_function`).
 */
const TARGET_KEYS: readonly TargetKey[] = [
  { key: "_target_", applies: always },
  { key: "_component_", applies: always },
  // hydra.utils.get_method and its like import what their argument names.
  { key: "path", applies: (object) => /^hydra\.utils\.get_/.test(stringAt(object, "_target_") ?? "") },
  { key: "class_path", applies: (object) => object.has("init_args") || object.size === 1 },
  { key: "target", applies: (object) => object.has("params") || CLASS_NAME.test(stringAt(object, "target") ?? "") },
  { key: "type", applies: (object) => object.has("idx") && object.has("path") },
  { key: "activation_function", applies: (object) => DOTTED.test(stringAt(object, "activation_function") ?? "") },
];

/** Judges what an object of a configuration has imported and called. */
export function judgeTargets(
  object: JsonObject,
  place: ConfigPlace | undefined,
  document: ConfigDocument,
  context: ConfigContext,
): void {
  for (const { key, applies } of TARGET_KEYS) {
    const written = stringAt(object, key);
    if (written === undefined || !applies(object)) continue;
    const name = interpolate(written, document.value, object);
    const path = [place?.path(), key].filter((part) => part !== undefined && part !== "").join(".");
    reportTarget({ name, path, offset: document.offsetOf(object, key), call: argumentsOf(object, key) }, context);
  }
}

export interface NamedTarget {
  readonly name: string;
  /** Where it stands: `model.optimizer._target_`. */
  readonly path: string;
  readonly offset: number | undefined;
  /** Its arguments as a person would write them. */
  readonly call?: string;
}

/** Tells what a name that will be imported and called is worth; a trusted one is silent. */
export function reportTarget({ name, path, offset, call = "" }: NamedTarget, context: ConfigContext): void {
  const verdict = judgeTarget(name, context.policy);
  if (verdict.kind === "trusted") return;
  const subject = `${name}@${path}`;
  if (verdict.kind === "dangerous") {
    context.report({
      rule: "config/unsafe-target",
      severity: verdict.severity,
      message: `${path} has ${name}(${call}) called when the configuration is built`,
      subject,
      ...at(offset),
      evidence: { target: name, matched: verdict.matched, place: path },
    });
    return;
  }
  context.report({
    rule: "config/unknown-target",
    message: `${path} ${unknownWords(verdict.kind, name)}`,
    subject,
    ...at(offset),
    evidence: { target: cut(name), place: path },
  });
}

function unknownWords(kind: "computed" | "unknown" | "ordinary", name: string): string {
  if (kind === "computed") return `is no plain name: ${cut(name)}`;
  return kind === "ordinary" ? `has ${name} called` : `has ${name} called, of a package that is not known`;
}

const MAX_SHOWN = 120;
const MAX_ARGUMENTS = 4;

function cut(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** The siblings of the name, which become arguments. */
function argumentsOf(object: JsonObject, targetKey: string): string {
  const shown: string[] = [];
  for (const [key, value] of object) {
    if (key === targetKey || shown.length >= MAX_ARGUMENTS) continue;
    if (key === "_args_" && isJsonArray(value)) shown.push(...value.slice(0, MAX_ARGUMENTS).map(brief));
    else if (!/^_\w{1,20}_$/.test(key)) shown.push(`${cut(key)}=${brief(value)}`);
  }
  return cut(shown.join(", "));
}

/** A value in a few characters. */
export function brief(value: JsonValue): string {
  if (typeof value === "string") return JSON.stringify(cut(value));
  if (isJsonArray(value))
    return `[${value
      .slice(0, MAX_ARGUMENTS)
      .map((item) => (typeof item === "object" ? "…" : brief(item)))
      .join(", ")}]`;
  return isJsonObject(value) ? "{…}" : String(value);
}
