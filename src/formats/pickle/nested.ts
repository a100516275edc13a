/** Tells, from its first bytes, whether a constant could itself be a pickle, an archive or an encoding of one. */
export function looksNested(bytes: Uint8Array, at: number, length: number, isText = false): boolean {
  if (length < 4) return false;
  const a = bytes[at] ?? 0;
  const b = bytes[at + 1] ?? 0;
  switch (a) {
    case 0x80: // PROTO
      return b <= 5 && length > 4;
    case 0xc2: // PROTO as a text that latin-1 turns back into bytes
      return b === 0x80 && (bytes[at + 2] ?? 0xff) <= 5;
    case 0x78: // zlib: CMF and FLG are a multiple of 31, no preset dictionary
      return (a * 256 + b) % 31 === 0 && (b & 0x20) === 0 && length > 8;
    case 0x1f: // gzip
      return b === 0x8b;
    case 0x42: // BZh
      return (
        (b === 0x5a && bytes[at + 2] === 0x68 && isDigit(bytes[at + 3])) || opensBarePickle(bytes, at, length, isText)
      );
    case 0xfd: // xz
      return b === 0x37 && bytes[at + 2] === 0x7a;
    case 0x50: // PK, a zip
      return b === 0x4b && (bytes[at + 2] ?? 0xff) <= 8;
    case 0x67: // base64 of 80 02 .. 80 05: "gAI" .. "gAX", "gAWV" where a frame follows
      return b === 0x41 && (bytes[at + 2] ?? 0) >= 0x49 && (bytes[at + 2] ?? 0) <= 0x58 && length > 16;
    case 0x38: // hex of 80 02 .. 80 05
      return b === 0x30 && bytes[at + 2] === 0x30 && isDigit(bytes[at + 3]) && length > 16;
    case 0x7f: // ELF
      return !isText && b === 0x45 && bytes[at + 2] === 0x4c && bytes[at + 3] === 0x46;
    case 0x4d: // MZ: a PE file has its header's offset at 60
      return (!isText && b === 0x5a && length > 256) || opensBarePickle(bytes, at, length, isText);
    case 0x89: // HDF5
      return (
        (b === 0x48 && bytes[at + 2] === 0x44 && bytes[at + 3] === 0x46) || opensBarePickle(bytes, at, length, isText)
      );
    case 0x93: // .npy
      return b === 0x4e && bytes[at + 2] === 0x55;
    case 0x63: // protocol 0 GLOBAL: "cos\nsystem\n"
      return !isText && length > 8 && startsGlobal(bytes, at + 1, at + Math.min(length, LONGEST_NAME)); // as a text it talks about pickles, it is none
    default:
      return opensBarePickle(bytes, at, length, isText);
  }
}

/** Opcodes that may begin a pickle without PROTO: they push a constant, a container or a mark. */
const OPENERS: ReadonlySet<number> = new Set([
  0x28, 0x46, 0x47, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x53, 0x54, 0x55, 0x56, 0x58, 0x5d, 0x69, 0x7d, 0x29, 0x42,
  0x43, 0x82, 0x83, 0x84, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x95, 0x96, 0x97,
]);
/** `(`, `)`, `0`, `1`, `2`, `N`, `]` and `}`: MARK, EMPTY_TUPLE, POP, POP_MARK, DUP, NONE, EMPTY_LIST, EMPTY_DICT. */
const AHEAD_OF_GLOBAL: ReadonlySet<number> = new Set([0x28, 0x29, 0x30, 0x31, 0x32, 0x4e, 0x5d, 0x7d]);
/** Bytes in which such a pickle names something. Longer beginnings are looked into where a loader is given the constant. */
const BARE_REACH = 512;
/** Bytes in which the line of a module ends. */
const LONGEST_NAME = 60;

/** A pickle without PROTO: an opcode that may come first, and an import soon. Numbers begin so by chance, and have none. */
function opensBarePickle(bytes: Uint8Array, at: number, length: number, isText: boolean): boolean {
  if (isText || length <= 8 || !OPENERS.has(bytes[at] ?? 0)) return false;
  const end = Math.min(bytes.length, at + Math.min(length, BARE_REACH));
  for (let i = at; i < end; i++) {
    const byte = bytes[i];
    if ((byte === 0x63 || byte === 0x69) && !isProse(bytes[i - 1] ?? 0)) {
      if (startsGlobal(bytes, i + 1, Math.min(end, i + LONGEST_NAME))) return true;
    }
    // STACK_GLOBAL right behind a short text, or behind the opcode that memoizes one.
    if (byte === 0x93 && isNameByte(bytes[bytes[i - 1] === 0x94 ? i - 2 : i - 1] ?? 0)) return true;
  }
  return false;
}

/** What stands before a word or in one, where a pickle has an opcode without an argument or the end of one. */
function isProse(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f && !AHEAD_OF_GLOBAL.has(byte);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** A dotted identifier, a newline, an identifier's first letter. */
function startsGlobal(bytes: Uint8Array, from: number, end: number): boolean {
  for (let i = from; i < Math.min(bytes.length, end); i++) {
    const byte = bytes[i] ?? 0;
    if (byte === 0x0a) return i > from && isNameByte(bytes[i + 1] ?? 0);
    if (!isNameByte(byte) && byte !== 0x2e) return false;
  }
  return false;
}

function isNameByte(byte: number): boolean {
  return (
    (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x5f
  );
}

/** Shorter texts hold neither an address nor a key. */
const MIN_TELLING = 12;

/**
 * Tells from its first bytes whether a text could be an address or a credential: `http://`, `ftp://`, `sk-`, `AKIA`, `ghp_`, `hf_`,
 * `xoxb-`, `eyJ`, `AIza`, `glpat-`, `-----BEGIN`. The machine looks at every text, so this is two comparisons in nearly all cases.
 */
export function looksTelling(bytes: Uint8Array, at: number, length: number): boolean {
  if (length < MIN_TELLING) return false;
  const b = bytes[at + 1];
  const c = bytes[at + 2];
  switch (bytes[at]) {
    case 0x68: // http, hf_
      return (b === 0x74 && c === 0x74 && bytes[at + 3] === 0x70) || (b === 0x66 && c === 0x5f);
    case 0x66: // ftp
      return b === 0x74 && c === 0x70;
    case 0x73: // sk-, sk_, s3:
      return (b === 0x6b && (c === 0x2d || c === 0x5f)) || (b === 0x33 && c === 0x3a);
    case 0x41: // AKIA, ASIA, AIza
      return (b === 0x4b || b === 0x53 || b === 0x49) && (c === 0x49 || c === 0x7a);
    case 0x67: // gho_, ghp_, ghs_, github_pat_, glpat-
      return b === 0x68 || (b === 0x69 && c === 0x74) || (b === 0x6c && c === 0x70);
    case 0x78: // xoxb-
      return b === 0x6f && c === 0x78;
    case 0x65: // eyJ
      return b === 0x79 && c === 0x4a;
    case 0x2d: // -----BEGIN
      return b === 0x2d && c === 0x2d;
    case 0x77: // ws:, wss:
      return b === 0x73 && (c === 0x3a || c === 0x73);
    default:
      return false;
  }
}
