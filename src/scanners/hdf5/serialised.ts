import { looksNested } from "../../formats/pickle/nested.js";
import { trial } from "../../formats/pickle/trial.js";
import { BufferSource } from "../../io/byte-source.js";

const PROTO = 0x80;
const HIGHEST_PROTOCOL = 5;
/** Opcodes that streams of protocol 0 and 1 begin with: what does not is passed over without a trial. */
const FIRST_OPCODES: ReadonlySet<number> = new Set(
  [..."()]}lcidNFGIJKLMSTUVX\x88\x89"].map((char) => char.charCodeAt(0)),
);
/** A number or a text alone is harmless, and too easily found in plain text. */
const MIN_OPCODES = 3;
/** A text that parses as a few opcodes by chance does not go on like this. */
const TELLING_OPCODES = 24;

/** PROTO of any version, which all pickles since Python 2.3 may begin with. */
export function isBinaryPickle(head: Uint8Array): boolean {
  return head[0] === PROTO && (head[1] ?? 0xff) <= HIGHEST_PROTOCOL;
}

/** True when bytes begin like a pickle, or like an archive or an array that may hold one. `length` is that of the whole value. */
export function isSerialised(head: Uint8Array, length: number): boolean {
  return looksNested(head, 0, length) || isTextPickle(head, length);
}

/** PyTables unpickles every text attribute that ends in a full stop, so the pickle machine has the word. */
function isTextPickle(head: Uint8Array, length: number): boolean {
  if (head.length < MIN_OPCODES || !FIRST_OPCODES.has(head[0] ?? 0)) return false;
  const isCut = length > head.length;
  if (!isCut && !mayImport(head)) return false;
  const { opcodes, anomalies, reason, plausibleImports } = trial(new BufferSource(head), 0);
  if (plausibleImports > 0) return true;
  if (anomalies > 0) return false;
  return reason === "stop" ? opcodes >= MIN_OPCODES : isCut && opcodes >= TELLING_OPCODES;
}

const NEWLINE = 0x0a;
const STACK_GLOBAL = 0x93;

/** GLOBAL and INST end their names with newlines; without an import a pickle only builds plain values. */
function mayImport(bytes: Uint8Array): boolean {
  return bytes.includes(NEWLINE) || bytes.includes(STACK_GLOBAL);
}
