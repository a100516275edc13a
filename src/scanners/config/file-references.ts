import { isJsonArray, isJsonObject, type JsonObject } from "../../formats/json/value.js";
import { describeReach, reachOf } from "../file-reference.js";
import { at, type ConfigContext, type ConfigDocument, objectAt } from "./document.js";

/** Tells a path that a loader opens beside the file and that leads elsewhere. */
export function judgeFilePath(path: string, place: string, offset: number | undefined, context: ConfigContext): void {
  const reach = reachOf(path);
  if (reach === "relative" || path === "") return;
  const isRemote = reach === "url" && !/^file:/i.test(path);
  const shown = JSON.stringify(path.length > MAX_SHOWN ? `${path.slice(0, MAX_SHOWN)}…` : path);
  context.report({
    rule: isRemote ? "config/remote-path" : "config/path-escape",
    message: `${place} is ${describeReach(reach)}: ${shown}`,
    subject: path.slice(0, 300),
    ...at(offset),
    evidence: { path: path.slice(0, 300), place },
  });
}

const MAX_SHOWN = 160;

/** `pytorch_model.bin.index.json`, `model.safetensors.index.json`: which file holds which tensor. */
export function judgeWeightIndex(root: JsonObject, document: ConfigDocument, context: ConfigContext): void {
  const map = objectAt(root, "weight_map");
  if (map === undefined) return;
  const seen = new Set<string>();
  for (const [tensor, file] of map) {
    context.budget.spendSteps();
    if (typeof file !== "string" || seen.has(file)) continue;
    seen.add(file);
    judgeFilePath(file, "weight_map", document.offsetOf(map, tensor), context);
  }
}

/** ONNX as JSON (protobuf's own form of it, which onnx.load takes): where a tensor's data lies. */
export function judgeExternalData(
  object: JsonObject,
  place: string,
  offset: number | undefined,
  context: ConfigContext,
): void {
  const entries = object.get("externalData") ?? object.get("external_data");
  if (!isJsonArray(entries)) return;
  for (const entry of entries) {
    if (!isJsonObject(entry) || entry.get("key") !== "location") continue;
    const path = entry.get("value");
    if (typeof path === "string") judgeFilePath(path, `${place}externalData`, offset, context);
  }
}

const TEXT_LOCATION = /\bexternal_data\s{0,20}\{\s{0,40}key:\s{0,8}"location"\s{1,40}value:\s{0,8}"([^"\n]{1,1000})"/g;

/** The same in protobuf's text form. */
export function judgeExternalText(text: string, context: ConfigContext): void {
  for (const [, path = ""] of text.matchAll(TEXT_LOCATION)) judgeFilePath(path, "external_data", undefined, context);
}
