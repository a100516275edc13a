import type { JsonObject } from "../../formats/json/value.js";
import { judgeLicense } from "../licenses/judge.js";
import { arrayAt, type ConfigContext, type ConfigDocument, objectAt, stringAt } from "./document.js";

/** What transformers, diffusers and PEFT write into a model's configuration, by the name it has among our facts. */
const TEXT_FACTS: readonly (readonly [fact: string, key: string])[] = [
  ["model_type", "model_type"],
  ["class_name", "_class_name"],
  ["name", "_name_or_path"],
  ["base_model", "base_model_name_or_path"],
  ["adapter_type", "peft_type"],
  ["task", "task_type"],
  ["dtype", "torch_dtype"],
  ["dtype", "dtype"],
  ["transformers_version", "transformers_version"],
  ["diffusers_version", "_diffusers_version"],
  ["license", "license"],
];
/** One of these keys makes a document the configuration of a model. */
const MARKS = ["model_type", "architectures", "_class_name", "peft_type"];
const MAX_FACT = 200;
const MAX_ARCHITECTURES = 10;

/** Keeps what a model's configuration says of the model. */
export function describeModel(root: JsonObject, _document: ConfigDocument, context: ConfigContext): void {
  if (!MARKS.some((key) => root.has(key))) return;
  for (const [fact, key] of TEXT_FACTS) {
    const value = stringAt(root, key);
    if (value !== undefined && value !== "") context.describe?.(fact, value.slice(0, MAX_FACT));
  }
  const architectures = (arrayAt(root, "architectures") ?? []).flatMap((name) =>
    typeof name === "string" ? [name.slice(0, MAX_FACT)] : [],
  );
  if (architectures.length > 0) context.describe?.("architectures", architectures.slice(0, MAX_ARCHITECTURES));
  const length = root.get("max_position_embeddings");
  if (typeof length === "number") context.describe?.("context_length", length);
  const quantization = stringAt(objectAt(root, "quantization_config") ?? new Map(), "quant_method");
  if (quantization !== undefined) context.describe?.("quantization", quantization.slice(0, MAX_FACT));
  for (const seen of judgeLicense(stringAt(root, "license") ?? "", `${context.name} license`, context.policy)) {
    context.report(seen);
  }
}
