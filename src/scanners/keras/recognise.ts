import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../formats/json/value.js";
import type { Budget } from "../../io/budget.js";
import { BUILTIN_CLASSES } from "./builtin-classes.js";
import { isKerasModule } from "./keras-api.js";
import { kerasNodes, stringAt } from "./node.js";

/**
 * Whether a JSON document is the description of a Keras model: an architecture (`model.to_json()`, the config of a .keras archive), a single
 * layer, or a TensorFlow.js model.
 */
export function looksLikeKerasConfig(value: JsonValue | undefined): boolean {
  if (!isJsonObject(value)) return false;
  return isDescription(value) || isDescription(value.get("model_config")) || isTensorFlowJs(value);
}

export function isTensorFlowJs(value: JsonValue | undefined): value is JsonObject {
  return isJsonObject(value) && isJsonObject(value.get("modelTopology"));
}

/**
 * Whether any description of a Keras object stands anywhere in a document. Keras takes lists and plain objects around its descriptions, so
 * the first level alone does not tell.
 */
export function holdsKerasObject(value: JsonValue | undefined, budget: Budget): boolean {
  if (value === undefined) return false;
  if (looksLikeKerasConfig(value)) return true;
  for (const { object } of kerasNodes(value, budget)) if (isDescription(object)) return true;
  return false;
}

/** Other programs use `class_name` and `config` as well, so something of Keras must stand beside them. */
function isDescription(value: JsonValue | undefined): boolean {
  if (!isJsonObject(value)) return false;
  const className = stringAt(value, "class_name");
  if (className === undefined || !value.has("config")) return false;
  const module = stringAt(value, "module");
  return (
    value.has("registered_name") ||
    value.has("keras_version") ||
    (module !== undefined && isKerasModule(module)) ||
    className.startsWith("__") ||
    BUILTIN_CLASSES.has(className) ||
    hasLayers(value.get("config"))
  );
}

function hasLayers(config: JsonValue | undefined): boolean {
  const layers = isJsonObject(config) ? config.get("layers") : config;
  return isJsonArray(layers) && stringAt(layers[0], "class_name") !== undefined;
}
