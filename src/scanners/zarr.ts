import { isJsonObject, type JsonObject } from "../formats/json/value.js";
import { arrayAt, at, type ConfigContext, type ConfigDocument, objectAt, stringAt } from "./config/document.js";

/** numcodecs' codec, by its name in version 2 of Zarr and in version 3. */
const PICKLE_CODECS = new Set(["pickle", "numcodecs.pickle"]);

/** Judges the metadata of a Zarr array (`.zarray`, `zarr.json`) or of many (`.zmetadata`); other documents are left alone. */
export function judgeZarr(root: JsonObject, document: ConfigDocument, context: ConfigContext): void {
  const consolidated = objectAt(root, "metadata");
  const arrays = root.has("zarr_consolidated_format") && consolidated ? [...consolidated.values()] : [root];
  for (const array of arrays) {
    context.budget.spendSteps();
    if (isJsonObject(array) && array.has("zarr_format")) judgeArray(array, document, context);
  }
}

/** The bytes pass through `filters` and `compressor` in version 2, through `codecs` in version 3. */
function judgeArray(array: JsonObject, document: ConfigDocument, context: ConfigContext): void {
  const codecs = [...(arrayAt(array, "filters") ?? []), array.get("compressor"), ...(arrayAt(array, "codecs") ?? [])];
  for (const codec of codecs) {
    if (!isJsonObject(codec)) continue;
    const name = stringAt(codec, "id") ?? stringAt(codec, "name");
    if (name === undefined || !PICKLE_CODECS.has(name)) continue;
    context.report({
      rule: "zarr/pickle-codec",
      message: `elements pass through the codec ${name}`,
      subject: name,
      ...at(document.offsetOf(codec, codec.has("id") ? "id" : "name")),
    });
  }
}
