import type { Facts } from "./facts.js";
import { property } from "./property.js";

/** Facts that CycloneDX's model card has no field for, by the name of the property. */
const PROPERTIES: readonly (readonly [name: string, keys: readonly string[]])[] = [
  ["parameters", ["parameters"]],
  ["base_model", ["base_model"]],
  ["base_model_relation", ["base_model_relation"]],
  ["context_length", ["context_length"]],
  ["quantization", ["quantization", "quantized_by"]],
  ["dtypes", ["dtypes", "dtype"]],
  ["adapter_type", ["adapter_type"]],
  ["language", ["language"]],
  ["tags", ["tags"]],
  ["producer", ["producer"]],
  ["library", ["library_name"]],
  ["format_version", ["format_version"]],
  ["tensors", ["tensors"]],
];

/** The model card (ML-BOM): what the files state, and nothing that they do not. */
export function modelCardOf(facts: Facts): object {
  const parameters = {
    ...field("task", facts.first("pipeline_tag", "task", "objective")),
    ...field("architectureFamily", facts.first("model_type", "architecture")),
    ...field("modelArchitecture", facts.first("architectures", "keras_class", "class_name", "torch_kind", "booster")),
    ...datasetsOf(facts),
  };
  const properties = PROPERTIES.flatMap(([name, keys]) =>
    facts.all(...keys).map((value) => property(`model:${name}`, value)),
  );
  if (Object.keys(parameters).length === 0 && properties.length === 0) return {};
  return {
    modelCard: {
      ...(Object.keys(parameters).length === 0 ? {} : { modelParameters: parameters }),
      ...(properties.length === 0 ? {} : { properties }),
    },
  };
}

function datasetsOf(facts: Facts): object {
  const names = [...new Set(facts.all("datasets", "dataset"))];
  return names.length === 0 ? {} : { datasets: names.map((name) => ({ type: "dataset", name })) };
}

function field(name: string, value: string | undefined): object {
  return value === undefined ? {} : { [name]: value };
}
