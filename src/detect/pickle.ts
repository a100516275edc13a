import { OP, opcodeName } from "../formats/pickle/opcodes.js";
import { trial } from "../formats/pickle/trial.js";
import { BufferSource } from "../io/byte-source.js";
import type { Probe } from "./probe.js";

/** Opcodes of protocols 0 and 1 that a stream without PROTO can begin with. */
const FIRST_OPCODES = new Set(
  [..."()].}]lcidNFGIJKLMSTUVXQPBC\x82\x83\x84\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x95\x96\x97"].map((c) =>
    c.charCodeAt(0),
  ),
);
/** Protocols above 5 are refused by every loader of today; one that comes tomorrow is still a pickle. */
const HIGHEST_PROTOCOL = 9;
/** A text that parses as a few opcodes by chance does not go on like this. */
const TELLING_OPCODES = 24;

/**
 * Protocols 2 to 5 begin with PROTO; protocols 0 and 1 have no magic, so the machine itself is run over the first bytes. Names such as
 * `model.txt` do not matter.
 */
export function looksLikePickle({ head, size }: Probe): boolean {
  const [first, second, third] = head;
  if (first === undefined) return false;
  const announced = first === 0x80 && second !== undefined && second <= HIGHEST_PROTOCOL;
  if (!announced && (!FIRST_OPCODES.has(first) || startsZip(head))) return false;
  if (announced && third !== undefined && opcodeName(third) === undefined) return false;
  if (announced && startsFrame(head)) return true;
  const { opcodes, acts, anomalies, reason, plausibleImports, imports } = trial(new BufferSource(head), 0);
  if (acts) return true;
  if (anomalies > 0) return false;
  if (plausibleImports > 0 && plausibleImports === imports) return reason === "stop" || opcodes >= 4;
  if (announced) return opcodes >= 2 && reason !== "unknown-opcode";
  if (reason === "stop") return opcodes >= 3;
  // Lines of a text that begin with "c" or "i" read as imports that lead nowhere.
  return imports === 0 && reason === "truncated" && size > head.length && opcodes >= TELLING_OPCODES;
}

/** FRAME right behind PROTO, with a length that a file can have: what picklers of protocols 4 and 5 write first. */
function startsFrame(head: Uint8Array): boolean {
  return head[2] === OP.FRAME && head[8] === 0 && head[9] === 0 && head[10] === 0;
}

/** "PK" is also PERSID with a text: a loader of torch's would take the file for a zip, pickle.load would stop at once. */
function startsZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && (head[2] ?? 0xff) < 0x10;
}
