// JSON, and safetensors, whose header is JSON: the same values in another spelling.

import type { Dice } from "../../builders/pickle-grammar.js";
import { safetensorsText } from "../../builders/safetensors.js";
import { type Change, lieAbout, type Structure, shuffled } from "./structure.js";

type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

const LARGEST = 256 << 10;

/** The value, where writing it again would not change it: no numbers that lose digits, no key given twice. */
function parse(text: string): Value | undefined {
  if (!/^\s*[{[]/.test(text) || text.length > LARGEST) return undefined;
  try {
    const value: Value = JSON.parse(text); // any JSON is a Value
    return JSON.stringify(value).length === withoutSpace(text).length ? value : undefined;
  } catch {
    return undefined; // not JSON
  }
}

function withoutSpace(text: string): string {
  return text.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, "$1");
}

/** Writes a value with the given spelling of its parts. */
interface Spelling {
  readonly space?: string;
  readonly order?: (entries: [string, Value][]) => [string, Value][];
  readonly text?: (text: string) => string;
}

function spell(value: Value, spelling: Spelling): string {
  const { space = "", order = (entries) => entries, text = (one) => JSON.stringify(one) } = spelling;
  if (typeof value === "string") return text(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${space}${value.map((one) => spell(one, spelling)).join(`,${space}`)}${space}]`;
  const entries = order(Object.entries(value)).map(([key, one]) => `${text(key)}:${space}${spell(one, spelling)}`);
  return `{${space}${entries.join(`,${space}`)}${space}}`;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Some characters as `\u` escapes, which every reader turns back. */
function escaped(text: string, dice: Dice): string {
  return JSON.stringify(text).replaceAll(/[A-Za-z_./]/g, (letter, at: number, all: string) =>
    all[at - 1] === "\\" || dice.below(3) > 0 ? letter : `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

type Rewrite = (text: string, dice: Dice) => string | undefined;

function respelling(spelling: (dice: Dice) => Spelling): Rewrite {
  return (text, dice) => {
    const value = parse(text);
    return value === undefined ? undefined : spell(value, spelling(dice));
  };
}

const pretty = respelling((dice) => ({ space: dice.pick([" ", "\n  ", "\t", "\r\n"]) }));
const reordered = respelling((dice) => ({ order: (entries) => shuffled(entries, dice) }));
const escapedTexts = respelling((dice) => ({ text: (one) => escaped(one, dice) }));
const padded: Rewrite = (text, dice) => (parse(text) ? `${text}${" ".repeat(8 * dice.below(20))}` : undefined);

function ofJson(rewrite: Rewrite): Change {
  return (bytes, dice) => {
    const text = rewrite(Buffer.from(bytes).toString("utf8"), dice);
    return text === undefined ? undefined : new Uint8Array(Buffer.from(text));
  };
}

export const jsonStructure: Structure = {
  name: "json",
  harmless: {
    pretty: ofJson(pretty),
    reordered: ofJson(reordered),
    escaped: ofJson(escapedTexts),
    padded: ofJson(padded),
  },
};

function ofHeader(rewrite: Rewrite): Change {
  return (bytes, dice) => {
    if (bytes.length < 10) return undefined;
    const length = Number(Buffer.from(bytes).readBigUInt64LE(0));
    if (!(length <= bytes.length - 8)) return undefined;
    const text = rewrite(Buffer.from(bytes.subarray(8, 8 + length)).toString("utf8"), dice);
    return text === undefined ? undefined : safetensorsText(text, bytes.subarray(8 + length));
  };
}

const withMetadata = ofHeader((text) => {
  const value = parse(text);
  if (value === undefined || value === null || typeof value !== "object" || isList(value)) return undefined;
  const metadata = value.__metadata__ ?? {};
  return typeof metadata === "object" && metadata !== null
    ? JSON.stringify({ ...value, __metadata__: { ...metadata, format: "pt" } })
    : undefined;
});

/** A tensor of no elements needs no bytes. */
const withTensor = ofHeader((text) => {
  const value = parse(text);
  if (value === undefined || value === null || typeof value !== "object" || isList(value)) return undefined;
  return JSON.stringify({ ...value, empty: { dtype: "F32", shape: [0], data_offsets: [0, 0] } });
});

/** One number of the header. */
const lyingNumber = ofHeader((text, dice) => {
  const numbers = [...text.matchAll(/\d+/g)];
  if (numbers.length === 0) return undefined;
  const { index, 0: digits } = dice.pick(numbers);
  return `${text.slice(0, index)}${lieAbout(BigInt(digits.slice(0, 18)), dice)}${text.slice(index + digits.length)}`;
});

/** One character of the header, whose length stays right. */
const lyingText = ofHeader((text, dice) => {
  const at = dice.below(text.length);
  return `${text.slice(0, at)}${dice.pick([...'{}[]",:\\0-e\u0000\u00e9'])}${text.slice(at + dice.below(2))}`;
});

export const safetensorsStructure: Structure = {
  name: "safetensors",
  harmless: {
    pretty: ofHeader(pretty),
    reordered: ofHeader(reordered),
    escaped: ofHeader(escapedTexts),
    padded: ofHeader(padded),
    withMetadata,
    withTensor,
  },
  lies: { number: lyingNumber, text: lyingText },
};
