import {
  hasSignature,
  LOCAL_BYTES,
  LOCAL_SIGNATURE,
  type LocalHeader,
  localLength,
  parseLocalHeader,
} from "./records.js";
import type { Window } from "./window.js";

/** The local header at `at`, undefined where there is none or where it is cut off. */
export async function readLocalHeader(window: Window, at: number): Promise<LocalHeader | undefined> {
  const fixed = window.indexOf(at, LOCAL_BYTES) ?? (await window.load(at, LOCAL_BYTES));
  if (fixed === undefined || !hasSignature(window.bytes, LOCAL_SIGNATURE, fixed)) return undefined;
  const length = localLength(window.bytes, fixed);
  const index = window.indexOf(at, length) ?? (await window.load(at, length));
  return index === undefined ? undefined : parseLocalHeader(window.bytes, { index, at });
}
