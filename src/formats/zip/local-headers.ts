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
  const fixed = await window.read(at, LOCAL_BYTES);
  if (fixed.length < LOCAL_BYTES || !hasSignature(fixed, LOCAL_SIGNATURE)) return undefined;
  const length = localLength(fixed);
  const record = await window.read(at, length);
  return record.length < length ? undefined : parseLocalHeader(record, at);
}
