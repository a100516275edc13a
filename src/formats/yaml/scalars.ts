import type { JsonScalar } from "../json/value.js";

const NULLS = new Set(["", "~", "null", "Null", "NULL"]);
const TRUES = new Set(["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"]);
const FALSES = new Set(["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"]);
const NUMBER = /^[-+]?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})(?:[eE][-+]?\d{1,4})?$/;
const HEX = /^0x[0-9A-Fa-f]{1,32}$/;

/** A plain scalar without a tag, as PyYAML's resolver (YAML 1.1) reads it. */
export function plainScalar(text: string): JsonScalar {
  if (text.length > 320) return text;
  if (NULLS.has(text)) return null;
  if (TRUES.has(text)) return true;
  if (FALSES.has(text)) return false;
  if (NUMBER.test(text) || HEX.test(text)) return Number(text);
  return text;
}
