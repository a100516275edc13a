// TOML 1.0 (https://toml.io/en/v1.0.0), read by smol-toml, as a JSON document.

import { parse, TomlError, type TomlTable, type TomlValue } from "smol-toml";
import type { JsonObject, JsonValue } from "../json/value.js";

/** Tables in tables that a person would write; dotted keys nest without any bound. */
const MAX_DEPTH = 100;

/** Characters. Each table takes some hundred bytes of memory, and two characters can be one. */
const MAX_TEXT = 512 << 10;

/** Undefined for what is no TOML, and for what is longer or nested deeper than settings are. Dates are texts. */
export function readToml(text: string): JsonObject | undefined {
  if (text.length > MAX_TEXT) return undefined;
  try {
    const table = parse(text, { maxDepth: MAX_DEPTH, integersAsBigInt: "asNeeded" });
    return isShallow(table) ? objectOf(table) : undefined;
  } catch (error) {
    if (error instanceof TomlError) return undefined;
    throw error;
  }
}

/** Level by level, for dotted keys alone can be a million levels. */
function isShallow(table: TomlTable): boolean {
  let level: TomlValue[] = [table];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++)
    level = level.flatMap((value) => (isTable(value) || Array.isArray(value) ? Object.values(value) : []));
  return level.length === 0;
}

function objectOf(table: TomlTable): JsonObject {
  return new Map(Object.entries(table).map(([key, value]) => [key, jsonOf(value)]));
}

function jsonOf(value: TomlValue): JsonValue {
  if (Array.isArray(value)) return value.map(jsonOf);
  if (value instanceof Date) return value.toISOString();
  return isTable(value) ? objectOf(value) : value;
}

function isTable(value: TomlValue): value is TomlTable {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Date);
}
