import { isJsonObject, type JsonObject } from "../../formats/json/value.js";
import { type ConfigContext, type ConfigDocument, objectAt } from "./document.js";
import { judgeFilePath } from "./file-references.js";

/** `Manifest.json` of a Core ML package: the parts of the package, each a path inside its `Data` folder. */
export function judgeCoremlPackage(root: JsonObject, document: ConfigDocument, context: ConfigContext): void {
  const entries = objectAt(root, "itemInfoEntries");
  if (entries === undefined) return;
  for (const entry of entries.values()) {
    context.budget.spendSteps();
    if (!isJsonObject(entry)) continue;
    const path = entry.get("path");
    if (typeof path === "string") judgeFilePath(path, "itemInfoEntries", document.offsetOf(entry, "path"), context);
  }
}
