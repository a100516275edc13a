import { isJsonArray, isJsonObject, type JsonArray, type JsonValue } from "../../formats/json/value.js";

/** Where Keras 2 keeps functions in a layer's config: beside each, `<key>_type` tells how it is stored. */
export const FUNCTION_KEYS = ["function", "output_shape", "mask"] as const;

/** `[code, defaults, closure]` of Keras 2, which tf.keras wraps as `{class_name: "__tuple__", items: [...]}`, or the code alone. */
export function codeTextOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === "string") return value;
  const [first] = listOf(value) ?? [];
  return typeof first === "string" ? first : undefined;
}

export function listOf(value: JsonValue | undefined): JsonArray | undefined {
  const items = isJsonObject(value) && value.get("class_name") === "__tuple__" ? value.get("items") : value;
  return isJsonArray(items) ? items : undefined;
}

const BASE64_CHARACTERS = /[^A-Za-z0-9+/=]/g;
const NOT_ASCII = /[^\0-\x7f]/;

/**
 * The marshalled bytes as `keras.src.utils.python_utils.func_load` gets them: lenient base64, or, where Python's decoder fails, the
 * text's own characters (which is how Keras 1 stored code).
 */
export function decodeCode(text: string): Uint8Array {
  if (NOT_ASCII.test(text)) return rawUnicodeEscape(text);
  const clean = text.replace(BASE64_CHARACTERS, "");
  const end = clean.indexOf("=");
  const digits = end < 0 ? clean.length : end;
  const padding = clean.length - digits;
  const isComplete = digits % 4 === 0 || (digits % 4 > 1 && (digits % 4) + padding >= 4);
  return isComplete ? Buffer.from(clean, "base64") : rawUnicodeEscape(text);
}

/** One byte for each character below U+0100, `\uXXXX` for the others. */
function rawUnicodeEscape(text: string): Uint8Array {
  const escaped = text.replace(/[\u0100-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return Buffer.from(escaped, "latin1");
}

/** TYPE_CODE, with or without the bit that says the object is referred to again. */
const CODE_BYTES: ReadonlySet<number> = new Set([0x63, 0xe3]);

export function isMarshalledCode(bytes: Uint8Array): boolean {
  return CODE_BYTES.has(bytes[0] ?? 0) && bytes.length > MIN_CODE_BYTES;
}

/** The fields of an empty function already take more. */
const MIN_CODE_BYTES = 24;
