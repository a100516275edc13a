// OmegaConf's interpolations (https://omegaconf.readthedocs.io, "Variable interpolation"), as far as the document itself answers them.

import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../formats/json/value.js";

/** `${a.b}`, `${.sibling}`, `${oc.env:NAME,default}` */
const INTERPOLATION = /\$\{([^${}]{1,300})\}/g;
/** A text whose interpolations lead to interpolations is followed this far. */
const MAX_ROUNDS = 8;
const MAX_TEXT = 1000;

/** The text with all that it refers to put in; as it stands where the document has no answer. */
export function interpolate(text: string, root: JsonValue, around: JsonObject): string {
  let value = text;
  for (let round = 0; round < MAX_ROUNDS && value.includes("${") && value.length <= MAX_TEXT; round++) {
    const next = value.replace(INTERPOLATION, (whole, reference: string) => answer(reference, root, around) ?? whole);
    if (next === value) break;
    value = next;
  }
  return value;
}

function answer(reference: string, root: JsonValue, around: JsonObject): string | undefined {
  const [, fallback] = /^oc\.env:[^,]{1,200},(.*)$/s.exec(reference) ?? [];
  if (fallback !== undefined) return fallback.trim().replace(/^(["'])(.*)\1$/s, "$2");
  const isRelative = reference.startsWith(".");
  const value = find(isRelative ? around : root, isRelative ? reference.slice(1) : reference);
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

function find(from: JsonValue, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = from;
  for (const part of path.split(/[.[\]]+/).filter((part) => part !== "")) {
    if (isJsonObject(value)) value = value.get(part);
    else if (isJsonArray(value)) value = value[Number(part)];
    else return undefined;
  }
  return value;
}
