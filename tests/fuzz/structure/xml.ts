// XML in other markup: https://www.w3.org/TR/xml/

import type { Dice } from "../../builders/pickle-grammar.js";
import { type Change, type Structure, shuffled } from "./structure.js";

/** A start tag: its name, its attributes, and whether it is empty. */
const TAG =
  /<([A-Za-z][\w:.-]{0,100})((?:\s{1,50}[\w:.-]{1,100}\s{0,9}=\s{0,9}(?:"[^"<]{0,4000}"|'[^'<]{0,4000}')){0,200})\s{0,50}(\/?)>/g;
const ATTRIBUTE = /([\w:.-]{1,100})\s{0,9}=\s{0,9}("[^"]{0,4000}"|'[^']{0,4000}')/g;

interface Tag {
  readonly name: string;
  readonly attributes: readonly (readonly [string, string])[];
  readonly isEmpty: boolean;
}

/** Where markup may stand in text that is none, nothing is touched. */
function rewriting(rewrite: (text: string, dice: Dice) => string): Change {
  return (bytes, dice) => {
    const text = Buffer.from(bytes).toString("utf8");
    if (!Buffer.from(text).equals(bytes) || /<!\[CDATA\[|<!DOCTYPE/.test(text) || !/^\ufeff?\s*</.test(text))
      return undefined;
    const rewritten = rewrite(text, dice);
    return rewritten === text ? undefined : new Uint8Array(Buffer.from(rewritten));
  };
}

function eachTag(write: (tag: Tag, dice: Dice) => string): Change {
  return rewriting((text, dice) =>
    text.replaceAll(TAG, (_, name: string, attributes: string, slash: string) => {
      const pairs = [...attributes.matchAll(ATTRIBUTE)].map(([, key = "", value = ""]) => [key, value] as const);
      return write({ name, attributes: pairs, isEmpty: slash !== "" }, dice);
    }),
  );
}

function written({ name, attributes, isEmpty }: Tag, space = " "): string {
  const row = attributes.map(([key, value]) => `${space}${key}=${value}`).join("");
  return `<${name}${row}${isEmpty ? "/" : ""}>`;
}

function otherQuotes(value: string): string {
  const inner = value.slice(1, -1);
  if (value.startsWith('"')) return inner.includes("'") ? value : `'${inner}'`;
  return inner.includes('"') ? value : `"${inner}"`;
}

/** Letters and signs by their numbers. References stand as they are. */
function numbered(text: string, dice: Dice): string {
  return text.replaceAll(/&[^;]{0,20};|[\w./]/g, (one) => {
    if (one.length > 1 || dice.below(3) === 0) return one;
    const code = one.charCodeAt(0);
    return dice.pick([`&#${code};`, `&#x${code.toString(16)};`, `&#000${code};`]);
  });
}

function eachText(write: (text: string, dice: Dice) => string): Change {
  return rewriting((all, dice) =>
    all.replaceAll(/(?<=>)([^<>]{1,4000})(?=<)/g, (text: string) => (text.trim() === "" ? text : write(text, dice))),
  );
}

export const markupStructure: Structure = {
  name: "markup",
  names: /\.(?:xml|pmml)$/,
  harmless: {
    reordered: eachTag((tag, dice) => written({ ...tag, attributes: shuffled(tag.attributes, dice) })),
    quoted: eachTag((tag) =>
      written({ ...tag, attributes: tag.attributes.map(([key, value]) => [key, otherQuotes(value)]) }),
    ),
    spaced: eachTag((tag, dice) => written(tag, dice.pick(["  ", "\n    ", "\t"]))),
    closed: eachTag((tag) => (tag.isEmpty ? `${written({ ...tag, isEmpty: false })}</${tag.name}>` : written(tag))),
  },
  odd: {
    numbered: eachTag((tag, dice) =>
      written({
        ...tag,
        attributes: tag.attributes.map(([key, value]) => [
          key,
          key.startsWith("xmlns") ? value : numbered(value, dice),
        ]),
      }),
    ),
    numberedText: eachText(numbered),
    sections: eachText((text) => (text.includes("&") ? text : `<![CDATA[${text}]]>`)),
    wide: (bytes) => {
      const text = Buffer.from(bytes).toString("utf8");
      if (!/^<\?xml[^?]{0,100}\?>/.test(text)) return undefined;
      const wide = `\ufeff${text.replace(/^<\?xml[^?]{0,100}\?>/, '<?xml version="1.0" encoding="UTF-16"?>')}`;
      return new Uint8Array(Buffer.from(wide, "utf16le"));
    },
  },
};
