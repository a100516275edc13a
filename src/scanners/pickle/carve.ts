import type { Policy } from "../../config/policy.js";
import { LimitError } from "../../errors.js";
import type { ImportedName } from "../../formats/pickle/event.js";
import { resolveName } from "../../formats/pickle/names.js";
import { OP, opcodeName } from "../../formats/pickle/opcodes.js";
import { trial } from "../../formats/pickle/trial.js";
import type { SyncByteSource } from "../../io/byte-source.js";
import type { ScanContext } from "../scanner.js";
import { callableIndex } from "./classify.js";

/** Bytes searched for hidden pickles at either end of a region; tensor data in between is not read. */
const SEARCHED_BYTES = 16 << 20;
const CHUNK = 1 << 20;
/** Trial runs in one region: half a second. Noise of 32 MB has a fifth as many places that look like a beginning. */
const MAX_TRIALS = 50_000;
/** A chance run of this many opcodes out of random bytes is out of the question. */
const TELLING_OPCODES = 12;

/** Constants may fill a stream's beginning up to here. */
const FIRST_REACH = 256 << 20;

/** `(ia\nb\n.`: a mark, INST with its two lines, STOP. */
const SHORTEST = 8;
/** PROTO 2 to 5: what every pickler since Python 2.3 writes first. */
const PROTO_HEADS = ["\x80\x02", "\x80\x03", "\x80\x04", "\x80\x05"].map((head) => Buffer.from(head, "latin1"));
/** What follows the two lines of a GLOBAL or INST of protocol 0. */
const BEHIND_GLOBAL = bytesOf("(RSVIN)Xtp0]}q.");
const NEWLINE = 10;
const NAME_START = bytesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
const NAME_PART = bytesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz0123456789.");
/** Of a module, and of a name. */
const LONGEST_NAME = 61;

/**
 * The next offset in `[from, to)` at which a pickle begins that does something, undefined where there is none. Throws a LimitError when
 * more places look like a beginning than can be tried.
 */
export function findPickle(
  source: SyncByteSource,
  from: number,
  to: number,
  { budget, policy }: Pick<ScanContext, "budget" | "policy">,
): number | undefined {
  if (to - from < SHORTEST) return undefined;
  // Without PROTO a pickle has no mark but that it runs: that is tried at the beginning alone.
  if (trial(source, from, to, FIRST_REACH).acts) return from;
  let trials = 0;
  for (const [start, end] of regions(from, to)) {
    for (let at = start; at < end; at += CHUNK) {
      const bytes = source.readSync(at, Math.min(CHUNK + 160, end - at));
      budget.spendSteps(bytes.length >> 10);
      for (const offsets of candidates(bytes, at)) {
        trials += offsets.length;
        if (trials > MAX_TRIALS)
          throw new LimitError(
            "hidden_pickles",
            `more than ${MAX_TRIALS} places look like the beginning of a pickle`,
            offsets[0],
          );
        const found = firstThatRuns(source, offsets, to, policy);
        if (found !== undefined) return found;
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

/** Places that look like a beginning, in rising order; those of one text are together, as it has one beginning. */
function candidates(bytes: Uint8Array, base: number): number[][] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: number[][] = [];
  for (const head of PROTO_HEADS) {
    for (let i = buffer.indexOf(head); i >= 0 && found.length <= MAX_TRIALS; i = buffer.indexOf(head, i + 1)) {
      if (i + 2 >= buffer.length || opcodeName(buffer[i + 2] ?? 0) !== undefined) found.push([base + i]);
    }
  }
  for (const starts of textGlobals(buffer)) found.push(starts.map((start) => base + start));
  return found.sort(([a = 0], [b = 0]) => a - b);
}

/** Where a GLOBAL or INST of protocol 0 may stand: a module, a newline, a name, a newline, and an opcode. */
function* textGlobals(buffer: Buffer): Generator<number[]> {
  let end = buffer.indexOf(NEWLINE);
  for (let next = end; next >= 0; end = next) {
    next = buffer.indexOf(NEWLINE, end + 1);
    if (next >= 0 && isName(buffer, end + 1, next) && BEHIND_GLOBAL[buffer[next + 1] ?? 0]) {
      const starts = modulesUpTo(buffer, end);
      if (starts.length > 0) yield starts;
    }
  }
}

/** Every opcode that stands before a module ending at `end`, the first one first: which letter begins it cannot be told. */
function modulesUpTo(buffer: Buffer, end: number): number[] {
  const starts: number[] = [];
  for (let at = end - 1; at > 0 && end - at <= LONGEST_NAME && NAME_PART[buffer[at] ?? 0]; at--) {
    const opcode = buffer[at - 1];
    if ((opcode === OP.GLOBAL || opcode === OP.INST) && NAME_START[buffer[at] ?? 0]) starts.unshift(at - 1);
  }
  return starts;
}

function isName(buffer: Buffer, from: number, to: number): boolean {
  if (to - from > LONGEST_NAME || !NAME_START[buffer[from] ?? 0]) return false;
  for (let at = from + 1; at < to; at++) if (!NAME_PART[buffer[at] ?? 0]) return false;
  return true;
}

function bytesOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(characters, "latin1")) table[byte] = 1;
  return table;
}

/** The first offset of which it is certain, else the first at which something runs. */
function firstThatRuns(source: SyncByteSource, offsets: number[], end: number, policy: Policy): number | undefined {
  let first: number | undefined;
  for (const offset of offsets) {
    const seen = runsAt(source, offset, end, policy);
    if (seen === "known") return offset;
    if (seen === "unknown") first ??= offset;
  }
  return first;
}

/** Whether a pickle runs there, with names that are known or not. */
function runsAt(source: SyncByteSource, offset: number, end: number, policy: Policy): "known" | "unknown" | undefined {
  const { opcodes, acts, imports, plausibleImports, names, anomalies, reason } = trial(source, offset, end);
  if (acts && leadsSomewhere(names, policy)) return "known";
  const isWhole = reason === "stop";
  // A line of words may read as an import that leads nowhere: vocabularies are full of them.
  const isPickle = isWhole || source.readSync(offset, 1)[0] === OP.PROTO;
  if (acts && isPickle) return "unknown";
  if (anomalies > 0) return undefined;
  if (imports > 0 && plausibleImports === imports && isPickle) return "unknown";
  return opcodes >= TELLING_OPCODES && (isWhole || reason === "truncated") ? "unknown" : undefined;
}

/** Whether one of the names is in a package that we know. */
function leadsSomewhere(names: readonly ImportedName[], policy: Policy): boolean {
  const index = callableIndex(policy);
  return names.some(({ module, name, protocol }) => {
    const resolved = resolveName(module, name, protocol);
    const verdict = index.classify(resolved.module, resolved.name);
    return verdict.kind !== "disguised" && !(verdict.kind === "unknown" && verdict.origin === "other");
  });
}
