import { decodeText } from "./text.js";

/** What extended headers say about the entry that follows them. */
export interface Overrides {
  readonly name?: string;
  readonly link?: string;
  readonly size?: number;
  readonly sparse?: boolean;
}

/** A record of POSIX.1 "pax Extended Header": its own length in decimal, a space, key, `=`, value, line feed. */
const LENGTH = /^(\d{1,10}) /;
const SPACE = 0x20;
const EQUALS = 0x3d;

/** Reads `length key=value` records. Stops at the first that does not fit; `complete` tells whether there was one. */
export function readPax(bytes: Uint8Array): { overrides: Overrides; complete: boolean } {
  const records = new Map<string, string>();
  let at = 0;
  while (at < bytes.length && bytes[at] !== 0) {
    const space = bytes.indexOf(SPACE, at);
    const equals = bytes.indexOf(EQUALS, space);
    const digits = LENGTH.exec(String.fromCharCode(...bytes.subarray(at, Math.min(space + 1, at + 11))))?.[1];
    const end = at + Number(digits);
    if (space < 0 || equals < 0 || !(end > equals) || end > bytes.length)
      return { overrides: toOverrides(records), complete: false };
    records.set(decodeText(bytes.subarray(space + 1, equals)), decodeText(bytes.subarray(equals + 1, end - 1)));
    at = end;
  }
  return { overrides: toOverrides(records), complete: true };
}

function toOverrides(records: ReadonlyMap<string, string>): Overrides {
  const name = records.get("GNU.sparse.name") ?? records.get("path");
  const link = records.get("linkpath");
  const size = records.get("size");
  const sparse = [...records.keys()].some((key) => key.startsWith("GNU.sparse."));
  return {
    ...(name === undefined ? {} : { name }),
    ...(link === undefined ? {} : { link }),
    // A size that is no number must not pass for none.
    ...(size === undefined ? {} : { size: /^\d{1,16}$/.test(size) ? Number(size) : -1 }),
    ...(sparse ? { sparse } : {}),
  };
}
