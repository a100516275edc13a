import type { StreamEnd } from "../../formats/pickle/event.js";
import { PickleMachine } from "../../formats/pickle/machine.js";
import { trial } from "../../formats/pickle/trial.js";
import { isBytes, type Value } from "../../formats/pickle/value.js";
import { BufferSource, type ByteSource, type SyncByteSource, slice } from "../../io/byte-source.js";
import { toSync } from "../../io/spool.js";
import { severityRank } from "../../rules/severity.js";
import { judgeEmbeddedProgram } from "../executable.js";
import type { Observation, ScanContext, Scanner, Tree } from "../scanner.js";
import { isArrayWrapper, rawArrayOf } from "./arrays.js";
import { findPickle } from "./carve.js";
import { type JudgeOptions, PickleJudge } from "./judge.js";
import { keysOf, StorageTable } from "./storages.js";
import { TraceExcerpts } from "./trace-excerpts.js";
import { isWeightsOnly } from "./weights-only.js";

/** Streams run in one artifact, hidden ones included. */
const MAX_STREAMS = 1000;
/** Nested constants decoded into memory; larger ones are slices of the file or left alone. */
const MAX_NESTED_BYTES = 64 << 20;
/** Pickles inside joblib's object arrays inside each other. */
const MAX_INNER = 16;
/** Names listed among a file's facts. */
const MAX_LISTED = 50;
/** Newlines, blanks and zeros between streams: loaders that read several skip none of them, people and tools leave them. */
const PADDING = new Set([0x00, 0x09, 0x0a, 0x0d, 0x20]);

/** The bytes that legacy torch files begin with: PROTO 2, LONG1 of 0x1950a86a20f9469cfc6c, STOP. */
export const TORCH_MAGIC = Uint8Array.of(
  0x80,
  0x02,
  0x8a,
  0x0a,
  0x6c,
  0xfc,
  0x9c,
  0x46,
  0xf9,
  0x20,
  0x6a,
  0xa8,
  0x50,
  0x19,
  0x2e,
);
/** Magic number, protocol version, system information, the object, the storages' keys. */
const TORCH_PICKLES = 5;

/** A judge that also follows raw arrays and remembers storages, as joblib's and torch's loaders do. */
class StreamJudge extends PickleJudge {
  readonly storageTable = new StorageTable();
  result: Value | undefined;

  constructor(
    options: JudgeOptions,
    private readonly readArray: (state: Value, judge: StreamJudge, offset: number) => void,
  ) {
    super(options);
  }

  override built(offset: number, target: Value, state: Value): void {
    super.built(offset, target, state);
    if (isArrayWrapper(this.inspect, target)) this.readArray(state, this, offset + 1);
  }

  override persistentId(offset: number, id: Value): void {
    super.persistentId(offset, id);
    this.storageTable.add(this.inspect, id);
  }

  stopped(_offset: number, result: Value): void {
    this.result = result;
  }

  skipTo(offset: number): void {
    this.machine?.jump(offset);
  }
}

/** Python pickles: plain, stacked, legacy torch, joblib with raw arrays, and pickles that hide behind other bytes. */
export class PickleScanner implements Scanner {
  private streams = 0;
  private inner = 0;
  /** A record of a torch archive: its persistent ids name the storages beside it. */
  private besideStorages = false;

  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const bytes = await toSync(source);
    const start = this.firstStream(bytes, context);
    if (start === undefined) return;
    const torch = startsWith(bytes, TORCH_MAGIC, start);
    // Asked of containers, and of a record that was unpacked: a file alone does not depend on its neighbours.
    const isRecord = context.depth > 0 || context.name === "data.pkl";
    this.besideStorages = isRecord && isTorchTree(await context.tree());
    await this.scanStreams(bytes, start, torch, context);
    if (bytes !== source) bytes.close?.();
  }

  /** Where the first pickle begins; undefined when there is none. */
  private firstStream(source: SyncByteSource, context: ScanContext): number | undefined {
    if (source.size === 0) {
      context.skip("the file is empty");
      return undefined;
    }
    if (/^\x80[\x00-\x0f]/.test(latin1(source.readSync(0, 2)))) return 0;
    const { opcodes, reason, anomalies, plausibleImports } = trial(source, 0);
    if (plausibleImports > 0 || (opcodes > 0 && reason !== "unknown-opcode" && anomalies <= 1)) return 0;
    context.skip("the content is no pickle");
    return undefined;
  }

  private reportHidden(offset: number, context: ScanContext): void {
    context.report({
      rule: "pickle/hidden-stream",
      message: `a pickle begins at byte ${offset}, behind other data`,
      subject: "hidden",
      offset,
    });
  }

  private async scanStreams(
    source: SyncByteSource,
    start: number,
    torch: boolean,
    context: ScanContext,
  ): Promise<void> {
    const storages = new StorageTable();
    let at = start;
    for (let number = 0; at < source.size; number++) {
      if (++this.streams > MAX_STREAMS) {
        context.incomplete(`more than ${MAX_STREAMS} pickles`);
        return;
      }
      const { end, judge } = await this.runStream(source, at, torch, context, storages);
      if (number > 0 && !(torch && number < TORCH_PICKLES) && judge.importCount > 0) {
        context.report({
          rule: "pickle/further-stream",
          message: `a pickle follows at byte ${at}`,
          subject: "further",
          offset: at,
        });
      }
      const next = this.next(
        source,
        at,
        end,
        context,
        torch && number === TORCH_PICKLES - 1 ? { judge, storages } : undefined,
      );
      if (next === undefined) return;
      at = next;
    }
  }

  private async runStream(
    source: SyncByteSource,
    start: number,
    torch: boolean,
    context: ScanContext,
    storages: StorageTable,
  ): Promise<{ end: StreamEnd; judge: StreamJudge }> {
    const known = torch || this.besideStorages;
    const judge = new StreamJudge({ policy: context.policy, storages: known }, (state, of, offset) =>
      this.readArray(source, state, of, offset, context),
    );
    if (torch) judge.persistentId = shareStorages(judge, storages);
    const machine = new PickleMachine(source, judge, context.budget);
    let end: StreamEnd;
    let told: readonly Observation[] = [];
    let trace = new TraceExcerpts();
    try {
      end = machine.run(start);
      trace = new TraceExcerpts(source, start, end.offset);
    } finally {
      told = judge.finish();
      for (const observation of told) context.report(trace.addTo(observation));
      for (const reason of judge.lost) context.incomplete(reason);
      context.examined(machine.bytesRead);
    }
    if (end.reason !== "stop") this.reportUnfinished(end, start, judge, context);
    if (known) describeWeightsOnly(judge, context);
    await this.scanNested(source, judge, context);
    await this.scanStraddles(source, told, context);
    return { end, judge };
  }

  private reportUnfinished(end: StreamEnd, start: number, judge: StreamJudge, context: ScanContext): void {
    context.report({
      rule: "pickle/unfinished",
      message: end.detail,
      subject: end.reason,
      offset: end.offset,
      evidence: { started: start, imports: judge.importCount },
    });
    context.incomplete(end.detail);
  }

  /** Where the next stream begins after one that ended, undefined when nothing follows that is a pickle. */
  private next(
    source: SyncByteSource,
    start: number,
    end: StreamEnd,
    context: ScanContext,
    legacy: { judge: StreamJudge; storages: StorageTable } | undefined,
  ): number | undefined {
    let at = end.offset;
    if (legacy !== undefined && end.reason === "stop") {
      const listed = legacy.judge.result && keysOf(legacy.judge.inspect, legacy.judge.result);
      const behind = legacy.storages.skip(source, listed ?? legacy.storages.sortedKeys(), at);
      if (behind === undefined) context.incomplete("the storages behind the pickles could not be told apart");
      else at = behind;
    }
    if (end.reason === "unknown-opcode" || end.reason === "anomalies") at = Math.max(end.offset, start) + 1;
    if (at >= source.size) return undefined;
    const behindPadding = skipPadding(source, at);
    if (behindPadding >= source.size) return undefined;
    const follows = end.reason === "stop" && isStream(source, behindPadding);
    if (follows) return behindPadding;
    const hidden = findPickle(source, at, source.size, context.budget);
    if (hidden !== undefined) {
      this.reportHidden(hidden, context);
      return hidden;
    }
    if (end.reason === "stop" && legacy === undefined) this.reportTrailing(source, behindPadding, context);
    return undefined;
  }

  private reportTrailing(source: SyncByteSource, at: number, context: ScanContext): void {
    context.report({
      rule: "analysis/trailing-data",
      message: `${source.size - at} bytes follow the pickle`,
      subject: "trailing",
      offset: at,
    });
  }

  /** joblib's raw array data, or the pickle of an object array, right behind a BUILD. */
  private readArray(
    source: SyncByteSource,
    state: Value,
    judge: StreamJudge,
    offset: number,
    context: ScanContext,
  ): void {
    const array = rawArrayOf(judge.inspect, state);
    if (array.kind === "data") {
      const padding = array.aligned ? 1 + (source.readSync(offset, 1)[0] ?? 0) : 0;
      const end = offset + padding + array.bytes;
      if (end > source.size)
        context.report({
          rule: "pickle/unfinished",
          message: `an array of ${array.bytes} bytes at ${offset}, ${source.size - offset} are left`,
          subject: "array",
          offset,
        });
      judge.skipTo(Math.min(end, source.size));
    } else if (array.kind === "pickle") {
      judge.skipTo(this.runInner(source, offset, context));
    } else {
      context.incomplete(`the array at ${offset} has a type or shape that could not be read`);
    }
  }

  private runInner(source: SyncByteSource, start: number, context: ScanContext): number {
    if (++this.inner > MAX_INNER) context.budget.checkDepth(Number.POSITIVE_INFINITY);
    const judge = new StreamJudge({ policy: context.policy }, (state, of, offset) =>
      this.readArray(source, state, of, offset, context),
    );
    const machine = new PickleMachine(source, judge, context.budget);
    try {
      const end = machine.run(start);
      if (end.reason !== "stop") this.reportUnfinished(end, start, judge, context);
      return end.offset;
    } finally {
      this.inner--;
      for (const observation of judge.finish()) context.report(observation);
      for (const reason of judge.lost) context.incomplete(reason);
      context.examined(machine.bytesRead);
    }
  }

  // --- what hides in constants -------------------------------------------------------------------------------------------------

  private async scanNested(source: SyncByteSource, judge: StreamJudge, context: ScanContext): Promise<void> {
    for (const { offset, value } of judge.nestedValues) {
      const found = nestedSource(source, judge, value);
      if (found === undefined) {
        if ((judge.inspect.range(value)?.length ?? 0) > MAX_NESTED_BYTES)
          context.incomplete(`the constant at byte ${offset} is too long to be decoded`);
        continue;
      }
      const at = `the constant at byte ${offset}`;
      const outcome = await context.descend({
        name: `bytes at ${offset}`,
        source: found.source,
        ...(found.offset === undefined ? {} : { offset: found.offset }),
      });
      const program = judgeEmbeddedProgram(outcome.formats, at, offset);
      if (program) context.report(program);
      if (outcome.worst !== undefined && severityRank(outcome.worst) >= severityRank("medium")) {
        context.report({
          rule: "pickle/nested-pickle",
          message: `${at} holds ${outcome.formats.join(" and ") || "data"} that is not clean`,
          subject: "nested",
          offset,
        });
      }
    }
  }

  /** Loaders that continue at the end of a frame run what others take for data (CPython issue 154848). */
  private async scanStraddles(
    source: SyncByteSource,
    told: readonly Observation[],
    context: ScanContext,
  ): Promise<void> {
    for (const { rule, subject, offset } of told) {
      if (rule !== "pickle/frame-mismatch" || subject !== "frame-straddle" || offset === undefined) continue;
      const { plausibleImports } = trial(source, offset);
      if (plausibleImports === 0) continue;
      await context.descend({
        name: `frame end at ${offset}`,
        source: slice(source, offset),
        formats: ["pickle"],
        offset,
      });
    }
  }
}

/** States whether torch's restricted unpickler would load the stream, and what it would refuse. */
function describeWeightsOnly(judge: StreamJudge, context: ScanContext): void {
  const refused = judge.inspect.globals
    .filter(({ module, name }) => !isWeightsOnly(module, name))
    .map(({ module, name }) => `${module}.${name}`);
  if (judge.importCount > 0) context.describe("loads_with_weights_only", refused.length === 0);
  if (refused.length > 0) context.describe("weights_only_refuses", refused.slice(0, MAX_LISTED));
}

/** torch archives hold a record `version` and storages `data/0`, `data/1` ... below one folder; the tar layout holds `storages`. */
function isTorchTree(tree: Tree | undefined): boolean {
  return (
    tree?.entries.some(({ name }) =>
      /(?:^|\/)(?:\.data\/)?version$|(?:^|\/)data\/\d+$|(?:^|\/)storages$|\.storage$/.test(name),
    ) ?? false
  );
}

function shareStorages(judge: StreamJudge, storages: StorageTable): (offset: number, id: Value) => void {
  const told = judge.persistentId.bind(judge);
  return (offset, id) => {
    told(offset, id);
    storages.add(judge.inspect, id);
  };
}

/** The bytes of a constant that looks like a pickle or an archive, decoded where it is base64, hex or latin-1 in a text. */
function nestedSource(
  source: SyncByteSource,
  judge: StreamJudge,
  value: Value,
): { source: SyncByteSource; offset?: number } | undefined {
  const { inspect } = judge;
  const range = inspect.range(value);
  const head = range === undefined ? inspect.bytes(value, 16) : source.readSync(range.start, 16);
  const first = head?.[0];
  if (isBytes(value.kind) && range !== undefined && first !== 0x67 && first !== 0x38) {
    return { source: slice(source, range.start, range.length), offset: range.start };
  }
  const length = range?.length ?? 0;
  if (length > MAX_NESTED_BYTES) return undefined;
  const bytes = inspect.bytes(value, MAX_NESTED_BYTES);
  const text = bytes === undefined ? inspect.text(value, MAX_NESTED_BYTES) : latin1(bytes);
  const decoded = text === undefined ? undefined : decodeText(text);
  return decoded === undefined ? undefined : { source: new BufferSource(decoded) };
}

function decodeText(text: string): Uint8Array | undefined {
  if (/^gA[I-V]/.test(text)) return Buffer.from(text, "base64");
  if (/^800[0-5](?:[0-9a-f]{2}){4}/i.test(text)) return Buffer.from(text, "hex");
  return Buffer.from(text, "latin1");
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function startsWith(source: SyncByteSource, magic: Uint8Array, offset: number): boolean {
  return Buffer.compare(source.readSync(offset, magic.length), magic) === 0;
}

function skipPadding(source: SyncByteSource, from: number): number {
  for (let at = from; at < source.size; ) {
    const bytes = source.readSync(at, 4096);
    const found = bytes.findIndex((byte) => !PADDING.has(byte));
    if (found >= 0) return at + found;
    at += bytes.length;
    if (at - from > 1 << 20) return at;
  }
  return source.size;
}

/** A further pickle begins right here: it runs without breaking the rules. */
function isStream(source: SyncByteSource, at: number): boolean {
  const { opcodes, anomalies, reason, plausibleImports } = trial(source, at);
  if (plausibleImports > 0) return true;
  return anomalies === 0 && opcodes >= 2 && (reason === "stop" || (reason === "truncated" && opcodes > 8));
}
