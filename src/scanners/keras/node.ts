import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../formats/json/value.js";
import type { Budget } from "../../io/budget.js";

/** A description of a Python object inside a config: what the loader imports, builds or calls. */
export interface KerasNode {
  /** Where it stands: `config.layers[1].config.activation`. */
  readonly at: string;
  readonly className: string;
  readonly module: string | undefined;
  readonly registeredName: string | undefined;
  readonly config: JsonValue | undefined;
  readonly object: JsonObject;
}

interface Step {
  readonly parent: Step | undefined;
  readonly key: string | number;
}

interface Open {
  readonly value: JsonValue;
  readonly step: Step | undefined;
}

/** Parts of a path that a message shows. */
const MAX_STEPS_SHOWN = 40;

/**
 * Every description anywhere in a value, in document order: layers in layers, wrappers, compile configs, losses, metrics, call arguments.
 * Where it stands does not matter to Keras, which resolves what it meets.
 */
export function* kerasNodes(root: JsonValue, budget: Budget): Generator<KerasNode> {
  const open: Open[] = [{ value: root, step: undefined }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, step } = next;
    budget.spendSteps();
    const children: Open[] = [];
    if (isJsonObject(value)) {
      const node = nodeOf(value, step);
      if (node) yield node;
      for (const [key, child] of value)
        if (isContainer(child)) children.push({ value: child, step: { parent: step, key } });
    } else if (isJsonArray(value)) {
      for (const [key, child] of value.entries()) {
        if (isContainer(child)) children.push({ value: child, step: { parent: step, key } });
      }
    }
    for (const child of children.reverse()) open.push(child);
  }
}

function isContainer(value: JsonValue): boolean {
  return isJsonObject(value) || isJsonArray(value);
}

function nodeOf(object: JsonObject, step: Step | undefined): KerasNode | undefined {
  const className = stringAt(object, "class_name");
  if (className === undefined) return undefined;
  return {
    at: pathOf(step),
    className,
    module: stringAt(object, "module"),
    registeredName: stringAt(object, "registered_name"),
    config: object.get("config"),
    object,
  };
}

function pathOf(last: Step | undefined): string {
  const parts: string[] = [];
  for (let step = last; step !== undefined && parts.length < MAX_STEPS_SHOWN; step = step.parent) {
    parts.push(typeof step.key === "number" ? `[${step.key}]` : `.${step.key.slice(0, 80)}`);
  }
  return parts.reverse().join("").replace(/^\./, "");
}

/** A text at a key of an object, undefined for everything else. */
export function stringAt(value: JsonValue | undefined, key: string): string | undefined {
  if (!isJsonObject(value)) return undefined;
  const found = value.get(key);
  return typeof found === "string" ? found : undefined;
}

/** The layer's own name for messages, with where it stands. */
export function nameOf({ at, config, object, className }: KerasNode): string {
  const name = stringAt(config, "name") ?? stringAt(object, "name");
  const place = at === "" ? "the model" : at;
  return name === undefined ? place : `${className} ${JSON.stringify(name.slice(0, 100))} (${place})`;
}
