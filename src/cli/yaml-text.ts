import { printableJson } from "../reporters/escape.js";
import type { Json } from "../scanners/scanner.js";

/** Plain data as YAML 1.2 in block style. Every string is quoted as in JSON, which YAML reads the same way: no text can mean anything else. */
export function yamlText(value: Json): string {
  return `${block(value, "").join("\n")}\n`;
}

function block(value: Json, indent: string): string[] {
  if (isEmpty(value)) return [indent + scalar(value)];
  if (isList(value)) return value.flatMap((item) => entry(`${indent}-`, item, `${indent}  `));
  if (isTable(value)) {
    return Object.entries(value).flatMap(([key, item]) => entry(`${indent}${keyText(key)}:`, item, `${indent}  `));
  }
  return [indent + scalar(value)];
}

function entry(head: string, value: Json, indent: string): string[] {
  const isBlock = (isList(value) || isTable(value)) && !isEmpty(value);
  return isBlock ? [head, ...block(value, indent)] : [`${head} ${scalar(value)}`];
}

function isEmpty(value: Json): boolean {
  return (isList(value) || isTable(value)) && Object.keys(value).length === 0;
}

function scalar(value: Json): string {
  return printableJson(JSON.stringify(value));
}

/** Words that YAML 1.1 reads as something else than text. */
const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

function keyText(key: string): string {
  return /^[A-Za-z_][\w-]{0,99}$/.test(key) && !RESERVED.test(key) ? key : scalar(key);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isTable(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
