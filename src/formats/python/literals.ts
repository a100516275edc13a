import { unescapePython } from "../code/decode.js";
import type { Constant } from "../code/value.js";
import { fieldEnd } from "./string-ends.js";
import type { Token } from "./tokens.js";

/** Digits of a number that is kept as it is. */
const MAX_DIGITS = 60;

/** The value of a number literal, of Python 2 as well (`0777`, `10L`); complex numbers say nothing. */
export function numberOf(text: string): Constant {
  const digits = text.replaceAll("_", "");
  if (digits.length > MAX_DIGITS || /[jJ]$/.test(digits)) return Number.NaN;
  const isOldOctal = /^0[0-7]+[lL]?$/.test(digits);
  const plain = digits.replace(/[lL]$/, "");
  const value = isOldOctal ? Number.parseInt(plain, 8) : Number(plain);
  if (Number.isSafeInteger(value) || !/^(\d+|0[xXbBoO][0-9a-fA-F]+)$/.test(plain)) return value;
  return BigInt(plain);
}

export function isFormatted({ prefix = "" }: Token): boolean {
  return prefix.includes("f") || prefix.includes("t");
}

/** The value of a string or bytes literal. */
export function literalOf({ prefix = "", text }: Token): string | Uint8Array {
  const isBytes = prefix.includes("b");
  const plain = prefix.includes("r") ? text : unescapePython(text, isBytes);
  return isBytes ? Buffer.from(plain, "latin1") : plain;
}

/** Adjacent literals as one. */
export function concatenate(values: readonly Constant[]): Constant {
  if (values.length === 1) return values[0] ?? "";
  if (values.every((value) => value instanceof Uint8Array)) return Buffer.concat(values);
  const texts = values.map((value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value),
  );
  return texts.join("");
}

/** A part of an f-string: text that stands there, or the source of a replacement field. */
export type Piece = { readonly text: string } | { readonly field: string };

export function piecesOf({ prefix = "", text }: Token): Piece[] {
  const pieces: Piece[] = [];
  const isRaw = prefix.includes("r");
  let from = 0;
  for (let at = 0; at <= text.length; at++) {
    const char = text.charAt(at);
    if (char === "{" && text.charAt(at + 1) === "{") at++;
    else if (char === "{" || at === text.length) {
      const plain = text.slice(from, at).replaceAll("{{", "{").replaceAll("}}", "}");
      if (plain !== "") pieces.push({ text: isRaw ? plain : unescapePython(plain) });
      if (at === text.length) break;
      const end = fieldEnd(text, at + 1);
      pieces.push({ field: text.slice(at + 1, end) });
      at = end;
      from = end + 1;
    }
  }
  return pieces;
}

/** The replacement fields in what follows a field's expression: its conversion and format specification. */
export function fieldsIn(text: string): string[] {
  const fields: string[] = [];
  for (let at = text.indexOf("{"); at >= 0; ) {
    const end = fieldEnd(text, at + 1);
    fields.push(text.slice(at + 1, end));
    at = text.indexOf("{", end);
  }
  return fields;
}
