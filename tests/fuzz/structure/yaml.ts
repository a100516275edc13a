// YAML in other styles: the same nodes in flow or in blocks, quoted, commented, with their tags in other words.

import { isJsonArray, isJsonObject, type JsonValue } from "../../../src/formats/json/value.js";
import { parseYaml } from "../../../src/formats/yaml/parse.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import { type Change, type Structure, shuffled } from "./structure.js";

const MOST_NODES = 5000;

function textOf(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString("utf8");
  return Buffer.from(text).equals(bytes) && text.length < 256 << 10 ? text : undefined;
}

/** The one document of a file without tags, where copying its aliases does not make it another. */
function read(bytes: Uint8Array): JsonValue | undefined {
  const text = textOf(bytes);
  const { documents, fault } = text === undefined ? { documents: [] } : parseYaml(text);
  const [only] = documents;
  const isPlain = fault === undefined && only !== undefined && documents.length === 1 && only.tags.length === 0;
  if (!isPlain || only.expandedNodes > MOST_NODES) return undefined;
  return isJsonObject(only.value) || isJsonArray(only.value) ? only.value : undefined;
}

/** How parts are written; what is not given is as JSON has it. */
interface Spelling {
  readonly text: (text: string) => string;
  readonly note: () => string;
  readonly order: <T>(entries: readonly T[]) => readonly T[];
}

const PLAIN: Spelling = { text: (text) => JSON.stringify(text), note: () => "", order: (entries) => entries };

function scalar(value: JsonValue, { text }: Spelling): string {
  return typeof value === "string" ? text(value) : String(value);
}

function flow(value: JsonValue, spelling: Spelling): string {
  if (isJsonArray(value)) return `[${value.map((one) => flow(one, spelling)).join(", ")}]`;
  if (!isJsonObject(value)) return scalar(value, spelling);
  const entries = spelling.order([...value]).map(([key, one]) => `${spelling.text(key)}: ${flow(one, spelling)}`);
  return `{${entries.join(", ")}}`;
}

function blocks(value: JsonValue, spelling: Spelling, indent = ""): string {
  const below = (one: JsonValue) =>
    isFilled(one) ? `\n${blocks(one, spelling, `${indent}  `)}` : ` ${flow(one, spelling)}${spelling.note()}\n`;
  if (isJsonArray(value)) return value.map((one) => `${indent}-${below(one)}`).join("");
  if (!isJsonObject(value)) return `${indent}${scalar(value, spelling)}\n`;
  return spelling
    .order([...value])
    .map(([key, one]) => `${indent}${spelling.text(key)}:${below(one)}`)
    .join("");
}

function isFilled(value: JsonValue): boolean {
  return (isJsonArray(value) && value.length > 0) || (isJsonObject(value) && value.size > 0);
}

function single(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text);
}

/** Letters as escapes of two, four or eight digits. */
function escaped(text: string, dice: Dice): string {
  return JSON.stringify(text).replaceAll(/[A-Za-z_.]/g, (letter, at: number, all: string) => {
    if (all[at - 1] === "\\" || dice.below(3) > 0) return letter;
    const hex = letter.charCodeAt(0).toString(16);
    return dice.pick([`\\x${hex.padStart(2, "0")}`, `\\u${hex.padStart(4, "0")}`, `\\U${hex.padStart(8, "0")}`]);
  });
}

/** The first of equal texts named, the others by its name. */
function anchored(): (text: string) => string {
  const known = new Map<string, number>();
  return (text) => {
    const name = known.get(text);
    if (name !== undefined) return `*a${name} `;
    known.set(text, known.size);
    return `&a${known.size - 1} ${JSON.stringify(text)}`;
  };
}

function respelling(write: (value: JsonValue, dice: Dice) => string): Change {
  return (bytes, dice) => {
    const value = read(bytes);
    return value === undefined ? undefined : new Uint8Array(Buffer.from(write(value, dice)));
  };
}

/** Tags by their short names, as most files write them. */
const TAG = /(?<=[\s,[{:-])!(!?)([A-Za-z][\w/]{0,60}:?[\w.]{0,200})(?=[\s,\]}])/g;

function retagging(write: (isShort: boolean, name: string) => string, head = ""): Change {
  return (bytes) => {
    const text = textOf(bytes);
    if (text === undefined || /^(?:%|---)/m.test(text)) return undefined;
    const retagged = text.replaceAll(TAG, (_, second: string, name: string) => write(second !== "", name));
    return retagged === text ? undefined : new Uint8Array(Buffer.from(head + retagged));
  };
}

export const yamlStructure: Structure = {
  name: "yaml",
  names: /\.ya?ml$/,
  harmless: {
    flow: respelling((value) => flow(value, PLAIN)),
    blocks: respelling((value) => blocks(value, PLAIN)),
    quoted: respelling((value) => blocks(value, { ...PLAIN, text: single })),
    commented: respelling((value, dice) =>
      blocks(value, { ...PLAIN, note: () => (dice.below(2) ? " # as before" : "") }),
    ),
    reordered: respelling((value, dice) => blocks(value, { ...PLAIN, order: (entries) => shuffled(entries, dice) })),
    begun: respelling((value) => `%YAML 1.1\n---\n${blocks(value, PLAIN)}...\n`),
  },
  odd: {
    escaped: respelling((value, dice) => flow(value, { ...PLAIN, text: (text) => escaped(text, dice) })),
    anchored: respelling((value) => blocks(value, { ...PLAIN, text: anchored() })),
    verbatim: retagging((isShort, name) => `!<${isShort ? "tag:yaml.org,2002:" : "!"}${name}>`),
    handled: retagging((isShort, name) => (isShort ? `!p!${name}` : `!${name}`), "%TAG !p! tag:yaml.org,2002:\n---\n"),
    percent: retagging((isShort, name) => `${isShort ? "!!" : "!"}${name.replaceAll(".", "%2E")}`),
  },
};
