import { isJsonArray, isJsonObject } from "../formats/json/value.js";
import { type DecodedText, decodeText } from "../formats/text/decode.js";
import { parseYaml } from "../formats/yaml/parse.js";
import type { ByteSource } from "../io/byte-source.js";
import { judgeName } from "./name-policy.js";
import type { ScanContext, Scanner } from "./scanner.js";
import { judgeCustomPatterns, judgeSecrets } from "./text-content.js";

/** A credential deeper inside a text than this is inside data: vocabularies, logs and tables run to gigabytes. */
const MAX_TEXT = 8 << 20;
const FRONT_MATTER = /^---\r?\n([\s\S]{1,65536}?)\r?\n---(?:\r?\n|$)/;

/** Prose, tables, vocabularies: nothing runs them. Credentials are told, and the names that a model card's front matter states. */
export class TextScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const decoded = decodeText(await source.read(0, MAX_TEXT));
    const where = { place: "the text", offset: decoded.offsetAt(0), isProse: true };
    const observations = [
      ...judgeSecrets(decoded.text, where, context.policy),
      ...judgeCustomPatterns(decoded.text, where, context.policy),
    ];
    for (const observation of observations) context.report(observation);
    judgeModelCard(decoded, context);
    context.examined(source.size);
  }
}

/** Front matter of a Hugging Face model card: names of models, licences, tags. */
function judgeModelCard({ text }: DecodedText, context: ScanContext): void {
  const [, yaml] = FRONT_MATTER.exec(text) ?? [];
  // A card that is no YAML states no names: people write these by hand.
  const card = yaml === undefined ? undefined : parseYaml(yaml).documents[0]?.value;
  if (!isJsonObject(card)) return;
  for (const key of ["license", "library_name", "pipeline_tag"]) {
    const value = card.get(key);
    if (typeof value === "string") context.describe(key, value.slice(0, 200));
  }
  for (const key of ["base_model", "model_name", "name"]) {
    const value = card.get(key);
    for (const name of isJsonArray(value) ? value : [value]) {
      const observation = typeof name === "string" ? judgeName(context.policy, `model card ${key}`, name) : undefined;
      if (observation) context.report(observation);
    }
  }
}
