// TOML in other words: the same strings in other quotes and by escapes, values in other forms, lines with comments and other ends.

import { isJsonArray, isJsonObject, type JsonValue } from "../../../src/formats/json/value.js";
import { readToml } from "../../../src/formats/text/toml.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import type { Change, Structure } from "./structure.js";

const NAMES = /\.toml$/;
/** A value in basic quotes that ends its line, so that what stands behind it is no part of a longer one. */
const TEXT_VALUE = /^(\s*(?:[\w-]+|"[^"\n]*")\s*=\s*)"((?:[^"\\\n]|\\.)*)"[ \t]*$/gm;
const TEXT = /"((?:[^"\\\n]|\\.)*)"(?=\s*(?:,|\]|\}|$))/gm;

/** Changes the text of a file that is TOML, and gives it up where it is none any more. */
function rewriting(write: (text: string, dice: Dice) => string): Change {
  return (bytes, dice) => {
    const text = Buffer.from(bytes).toString("utf8");
    if (!Buffer.from(text).equals(bytes) || readToml(text) === undefined) return undefined;
    const written = write(text, dice);
    return readToml(written) === undefined ? undefined : new Uint8Array(Buffer.from(written));
  };
}

function eachText(write: (body: string, dice: Dice) => string): Change {
  return rewriting((text, dice) => text.replaceAll(TEXT, (_, body: string) => write(body, dice)));
}

/** Letters and signs by their numbers. */
function escaped(body: string, dice: Dice): string {
  const letters = body.replaceAll(/\\.|[\w./:]/g, (one) => {
    if (one.length > 1 || dice.below(3) === 0) return one;
    const hex = one.charCodeAt(0).toString(16);
    return dice.below(2) === 0 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
  });
  return `"${letters}"`;
}

/** Every table of the document in one line, values before tables as they stood. */
function inlined(text: string): string {
  const pairs = [...(readToml(text) ?? [])].map(([key, value]) => `${JSON.stringify(key)} = ${inline(value)}\n`);
  return pairs.join("");
}

function inline(value: JsonValue): string {
  if (isJsonArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (!isJsonObject(value)) return typeof value === "string" ? JSON.stringify(value) : String(value);
  return `{ ${[...value].map(([key, one]) => `${JSON.stringify(key)} = ${inline(one)}`).join(", ")} }`;
}

export const settingsStructure: Structure = {
  name: "settings",
  names: NAMES,
  harmless: {
    quoted: eachText((body) => (/^[^\\']*$/.test(body) ? `'${body}'` : `"${body}"`)),
    commented: rewriting((text) => text.replaceAll(/^(\s*[\w-]+ = "[^"\n]*")$/gm, '$1 # "x" = [')),
    spaced: rewriting((text, dice) => text.replaceAll(/ = /g, () => dice.pick(["=", "\t=\t", "  =   "]))),
    ended: rewriting((text) => text.replaceAll("\n", "\r\n")),
    indented: rewriting((text, dice) => text.replaceAll(/^(?=[\w-]+ = )/gm, () => dice.pick(["  ", "\t", ""]))),
    keysQuoted: rewriting((text) => text.replaceAll(/^([\w-]+)(?= = )/gm, '"$1"')),
  },
  odd: {
    escaped: eachText(escaped),
    escapedKeys: rewriting((text, dice) =>
      text.replaceAll(/^([\w-]+)(?= = )/gm, (_, key: string) => escaped(key, dice)),
    ),
    long: rewriting((text) => text.replaceAll(TEXT_VALUE, '$1"""\n$2"""')),
    folded: rewriting((text) => text.replaceAll(TEXT_VALUE, '$1"""\\\n     $2\\\n   """')),
    inlined: rewriting(inlined),
  },
};
