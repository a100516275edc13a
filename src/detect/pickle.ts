import { opcodeName } from "../formats/pickle/opcodes.js";
import { trial } from "../formats/pickle/trial.js";
import { BufferSource } from "../io/byte-source.js";
import type { Probe } from "./probe.js";

/** Opcodes of protocols 0 and 1 that a stream without PROTO can begin with. */
const FIRST_OPCODES = new Set([..."()].}]lcidNFGIJKLMSTUVXQP\x88\x89\x8c\x8d\x8e\x8f\x95C"].map((c) => c.charCodeAt(0)));
/** A text that parses as a few opcodes by chance does not go on like this. */
const TELLING_OPCODES = 24;

/**
 * Protocols 2 to 5 begin with PROTO; protocols 0 and 1 have no magic, so the machine itself is run over the first bytes. Names such as
 * `model.txt` do not matter.
 */
export function looksLikePickle({ head, size }: Probe): boolean {
  const [first, second, third] = head;
  if (first === undefined) return false;
  if (first === 0x80) return second !== undefined && second <= 0x0f && (third === undefined || opcodeName(third) !== undefined);
  if (!FIRST_OPCODES.has(first)) return false;
  const { opcodes, anomalies, reason, plausibleImports, imports, calls } = trial(new BufferSource(head), 0);
  if (plausibleImports > 0 && plausibleImports === imports && (calls > 0 || anomalies === 0)) return reason === "stop" || calls > 0 || opcodes >= 4;
  if (anomalies > 0) return false;
  if (reason === "stop") return opcodes >= 3;
  return reason === "truncated" && size > head.length && opcodes >= TELLING_OPCODES;
}
