import { trial } from "../../formats/pickle/trial.js";
import type { Budget } from "../../io/budget.js";
import type { SyncByteSource } from "../../io/byte-source.js";

/** Bytes searched for hidden pickles at either end of a region; tensor data in between is not read. */
const SEARCHED_BYTES = 16 << 20;
const CHUNK = 1 << 20;
/** Trial runs in one region. */
const MAX_TRIALS = 2000;
/** A chance run of this many opcodes out of random bytes is out of the question. */
const TELLING_OPCODES = 12;

/** PROTO 2 to 5: what every pickler since Python 2.3 writes first. */
const PROTO_HEADS = ["\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"].map((head) => Buffer.from(head, "latin1"));
/** GLOBAL or INST of protocol 0: a module, a newline, a name, a newline. */
const TEXT_GLOBAL = /[ci][A-Za-z_][\w.]{0,60}\n[A-Za-z_][\w.]{0,60}\n[(RSVIN)Xtp0\]}q.]/g;

/** The next offset in `[from, to)` at which a pickle begins that does something, undefined where there is none. */
export function findPickle(source: SyncByteSource, from: number, to: number, budget?: Budget): number | undefined {
  let trials = 0;
  for (const [start, end] of regions(from, to)) {
    for (let at = start; at < end; at += CHUNK) {
      const bytes = source.readSync(at, Math.min(CHUNK + 160, end - at));
      budget?.spendSteps(bytes.length >> 10);
      for (const offset of candidates(bytes, at)) {
        if (++trials > MAX_TRIALS) return undefined;
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
    for (let i = buffer.indexOf(head); i >= 0 && found.length < MAX_TRIALS; i = buffer.indexOf(head, i + 1)) found.push(base + i);
  }
  for (const match of buffer.toString("latin1").matchAll(TEXT_GLOBAL)) found.push(base + match.index);
  return found.sort((a, b) => a - b);
}

function runsAt(source: SyncByteSource, offset: number, end: number): boolean {
  const { opcodes, imports, plausibleImports, anomalies, reason } = trial(source, offset, end);
  if (imports > 0 && plausibleImports === imports && anomalies === 0) return true;
  return anomalies === 0 && opcodes >= TELLING_OPCODES && (reason === "stop" || reason === "truncated");
}
