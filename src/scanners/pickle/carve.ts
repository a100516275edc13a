import { LimitError } from "../../errors.js";
import { OP, opcodeName } from "../../formats/pickle/opcodes.js";
import { trial } from "../../formats/pickle/trial.js";
import type { Budget } from "../../io/budget.js";
import type { SyncByteSource } from "../../io/byte-source.js";

/** Bytes searched for hidden pickles at either end of a region; tensor data in between is not read. */
const SEARCHED_BYTES = 16 << 20;
const CHUNK = 1 << 20;
/** Trial runs in one region: half a second. Noise of 32 MB has a fifth as many places that look like a beginning. */
const MAX_TRIALS = 50_000;
/** A chance run of this many opcodes out of random bytes is out of the question. */
const TELLING_OPCODES = 12;

/** Constants may fill a stream's beginning up to here. */
const FIRST_REACH = 256 << 20;

/** PROTO 2 to 5: what every pickler since Python 2.3 writes first. */
const PROTO_HEADS = ["\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"].map((head) => Buffer.from(head, "latin1"));
/** GLOBAL or INST of protocol 0: a module, a newline, a name, a newline. */
const TEXT_GLOBAL = /[ci][A-Za-z_][\w.]{0,60}\n[A-Za-z_][\w.]{0,60}\n[(RSVIN)Xtp0\]}q.]/g;

/**
 * The next offset in `[from, to)` at which a pickle begins that does something, undefined where there is none. Throws a LimitError when
 * more places look like a beginning than can be tried.
 */
export function findPickle(source: SyncByteSource, from: number, to: number, budget?: Budget): number | undefined {
  // Without PROTO a pickle has no mark but that it runs: that is tried at the beginning alone.
  if (trial(source, from, to, FIRST_REACH).acts) return from;
  let trials = 0;
  for (const [start, end] of regions(from, to)) {
    for (let at = start; at < end; at += CHUNK) {
      const bytes = source.readSync(at, Math.min(CHUNK + 160, end - at));
      budget?.spendSteps(bytes.length >> 10);
      for (const offset of candidates(bytes, at)) {
        if (++trials > MAX_TRIALS)
          throw new LimitError(
            "hidden_pickles",
            `more than ${MAX_TRIALS} places look like the beginning of a pickle`,
            offset,
          );
        if (runsAt(source, offset, to)) return offset;
      }
    }
  }
  return undefined;
}

function regions(from: number, to: number): [number, number][] {
  if (to - from <= 2 * SEARCHED_BYTES) return [[from, to]];
  return [
    [from, from + SEARCHED_BYTES],
    [to - SEARCHED_BYTES, to],
  ];
}

function candidates(bytes: Uint8Array, base: number): number[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: number[] = [];
  for (const head of PROTO_HEADS) {
    for (let i = buffer.indexOf(head); i >= 0 && found.length <= MAX_TRIALS; i = buffer.indexOf(head, i + 1)) {
      if (i + 2 >= buffer.length || opcodeName(buffer[i + 2] ?? 0) !== undefined) found.push(base + i);
    }
  }
  for (const match of buffer.toString("latin1").matchAll(TEXT_GLOBAL)) found.push(base + match.index);
  return found.sort((a, b) => a - b);
}

function runsAt(source: SyncByteSource, offset: number, end: number): boolean {
  const { opcodes, acts, imports, plausibleImports, anomalies, reason } = trial(source, offset, end);
  if (acts) return true;
  if (anomalies > 0) return false;
  const isWhole = reason === "stop";
  // A line of words may read as an import that leads nowhere: vocabularies are full of them.
  const isAnnounced = source.readSync(offset, 1)[0] === OP.PROTO;
  if (imports > 0 && plausibleImports === imports && (isAnnounced || isWhole)) return true;
  return opcodes >= TELLING_OPCODES && (isWhole || reason === "truncated");
}
