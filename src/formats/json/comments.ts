// JSON with comments and trailing commas, as editors and TypeScript keep their settings (https://code.visualstudio.com, "JSON with
// Comments"). No loader of models takes it, but it lies in repositories, and it is not broken.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SLASH = 0x2f;
const STAR = 0x2a;
const NEWLINE = 0x0a;
const COMMA = 0x2c;
const SPACE = 0x20;
const CLOSERS: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** The same bytes with blanks in place of comments and trailing commas, so that every offset stays true; undefined when there are none. */
export function withoutComments(bytes: Uint8Array): Uint8Array | undefined {
  const blanked = bytes.slice();
  let changed = false;
  let comma = -1;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === SLASH && (bytes[at + 1] === SLASH || bytes[at + 1] === STAR)) {
      const end = commentEnd(bytes, at);
      blanked.fill(SPACE, at, end);
      at = end - 1;
      changed = true;
    } else if (byte > SPACE) {
      if (comma >= 0 && CLOSERS.has(byte)) {
        blanked[comma] = SPACE;
        changed = true;
      }
      comma = byte === COMMA ? at : -1;
      if (byte === QUOTE) at = stringEnd(bytes, at);
    }
  }
  return changed ? blanked : undefined;
}

/** The index after a comment that begins at `start`. */
function commentEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start + 1] === SLASH) {
    const end = bytes.indexOf(NEWLINE, start);
    return end < 0 ? bytes.length : end;
  }
  for (let at = bytes.indexOf(STAR, start + 2); at >= 0; at = bytes.indexOf(STAR, at + 1)) {
    if (bytes[at + 1] === SLASH) return at + 2;
  }
  return bytes.length;
}

/** The index of the closing quote. */
function stringEnd(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) return at;
  }
  return bytes.length;
}
