// The front matter of a Hugging Face model card (https://huggingface.co/docs/hub/model-cards): what a publisher states of a model.

import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../formats/json/value.js";
import { parseYaml } from "../../formats/yaml/parse.js";
import type { Json } from "../scanner.js";

const FRONT_MATTER = /^---\r?\n([\s\S]{1,65536}?)\r?\n---(?:\r?\n|$)/;
const MAX_TEXT = 200;
const MAX_ITEMS = 20;

/** The keys of a card that are facts about the model. */
const FACT_KEYS = [
  "license",
  "license_name",
  "license_link",
  "library_name",
  "pipeline_tag",
  "model_name",
  "base_model",
  "base_model_relation",
  "datasets",
  "language",
  "tags",
];

/** The front matter as it stands. */
export function frontMatter(text: string): string | undefined {
  return FRONT_MATTER.exec(text)?.[1];
}

/** The card of a README; undefined when it has none, or one that is no YAML: people write these by hand. */
export function readModelCard(text: string): JsonObject | undefined {
  const yaml = frontMatter(text);
  const card = yaml === undefined ? undefined : parseYaml(yaml).documents[0]?.value;
  return isJsonObject(card) ? card : undefined;
}

/** The facts of a card: texts, and lists of texts, bounded. */
export function cardFacts(card: JsonObject): (readonly [key: string, value: Json])[] {
  return FACT_KEYS.flatMap((key) => {
    const texts = textsOf(card.get(key));
    const [first] = texts;
    if (first === undefined) return [];
    return [[key, isJsonArray(card.get(key)) ? texts : first] as const];
  });
}

/** The licences that a card names: those of `license_name` where `license` is "other". */
export function cardLicenses(card: JsonObject): string[] {
  const named = textsOf(card.get("license_name"));
  const licenses = textsOf(card.get("license"));
  return licenses.flatMap((license) => (license.toLowerCase() === "other" && named.length > 0 ? named : [license]));
}

function textsOf(value: JsonValue | undefined): string[] {
  const items = isJsonArray(value) ? value.slice(0, MAX_ITEMS) : [value];
  return items.flatMap((item) => (typeof item === "string" && item.trim() !== "" ? [item.slice(0, MAX_TEXT)] : []));
}
