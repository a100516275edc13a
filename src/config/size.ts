import { UsageError } from "../errors.js";

const UNITS: Readonly<Record<string, number>> = { "": 1, B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 };

/** Reads `500MB`, `1.5 GB` or plain bytes; units are of 1024. */
export function parseSize(text: string): number {
  const [, number = "", unit = ""] = /^\s*(\d{1,15}(?:\.\d{1,6})?)\s*([KMGT]?B?)\s*$/i.exec(text) ?? [];
  const factor = UNITS[unit.toUpperCase().replace(/^([KMGT])$/, "$1B")];
  const bytes = Math.floor(Number(number) * (factor ?? Number.NaN));
  if (number === "" || !Number.isSafeInteger(bytes)) {
    throw new UsageError(`"${text}" is not a size`, ["write a number and a unit: 500MB, 10GB, 1.5TB"]);
  }
  return bytes;
}
