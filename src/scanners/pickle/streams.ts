import type { StreamEnd } from "../../formats/pickle/event.js";
import { PickleMachine } from "../../formats/pickle/machine.js";
import { trial } from "../../formats/pickle/trial.js";
import type { Value } from "../../formats/pickle/value.js";
import { type SyncByteSource, slice } from "../../io/byte-source.js";
import type { Observation, ScanContext } from "../scanner.js";
import { rawArrayOf } from "./arrays.js";
import { isStream, skipPadding } from "./boundaries.js";
import { findPickle } from "./carve.js";
import { LEGACY_PICKLES } from "./legacy-torch.js";
import { scanNested } from "./nested-constants.js";
import { keysOf, StorageTable } from "./storages.js";
import { StreamJudge } from "./stream-judge.js";
import { TraceExcerpts } from "./trace-excerpts.js";
import { describeWeightsOnly } from "./weights-only.js";

/** Streams run in one artifact, hidden ones included. */
const MAX_STREAMS = 1000;
/** Pickles inside joblib's object arrays inside each other. */
const MAX_INNER = 16;

export interface PickleFile {
  readonly source: SyncByteSource;
  readonly context: ScanContext;
  readonly isLegacyTorch: boolean;
  /** A record of a torch archive: its persistent ids name the storages beside it. */
  readonly isBesideStorages: boolean;
  /** A record of a TorchScript archive. */
  readonly isBesideScript: boolean;
}

/** The pickles of one file, one behind the other, with what stands between them and inside their constants. */
export class PickleStreams {
  private readonly storages = new StorageTable();
  private innerDepth = 0;
  /** Judges of inner pickles whose constants are still to be looked into. */
  private readonly innerJudges: StreamJudge[] = [];

  constructor(private readonly file: PickleFile) {}

  async scanAll(): Promise<void> {
    const { source, context } = this.file;
    let at: number | undefined = 0;
    for (let number = 0; at !== undefined && at < source.size; number++) {
      if (number >= MAX_STREAMS) {
        context.incomplete(`more than ${MAX_STREAMS} pickles`);
        return;
      }
      at = await this.scanStream(number, at);
    }
  }

  /** Scans the stream at `start` and returns where to go on, undefined when nothing follows that is a pickle. */
  private async scanStream(number: number, start: number): Promise<number | undefined> {
    const { source, context, isLegacyTorch } = this.file;
    const { end, judge } = await this.runStream(start);
    const isExpected = number === 0 || (isLegacyTorch && number < LEGACY_PICKLES);
    if (!isExpected && judge.importCount > 0) {
      const message = `a pickle follows at byte ${start}`;
      context.report({ rule: "pickle/further-stream", message, subject: "further", offset: start });
    }
    if (end.reason === "unknown-opcode" || end.reason === "anomalies")
      return this.findNext(Math.max(end.offset, start) + 1, end);
    if (end.reason !== "stop" || !isLegacyTorch || number !== LEGACY_PICKLES - 1) return this.findNext(end.offset, end);
    const listed = judge.result && keysOf(judge.inspect, judge.result);
    const behind = this.storages.skip(source, listed ?? this.storages.sortedKeys(), end.offset);
    if (behind === undefined) context.incomplete("the storages behind the pickles could not be told apart");
    return this.findNext(behind ?? end.offset, end, true);
  }

  private async runStream(start: number): Promise<{ end: StreamEnd; judge: StreamJudge }> {
    const { source, context, isLegacyTorch, isBesideStorages } = this.file;
    const storages = isLegacyTorch || isBesideStorages;
    const judge = this.judge(storages);
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
      this.account(judge, machine);
    }
    if (end.reason !== "stop") this.reportUnfinished(end, start, judge);
    if (storages) describeWeightsOnly(judge, context);
    for (const each of [judge, ...this.innerJudges.splice(0)]) await scanNested(source, each, context);
    await this.scanFrameEnds(told);
    return { end, judge };
  }

  private judge(storages: boolean): StreamJudge {
    return new StreamJudge({
      policy: this.file.context.policy,
      storages,
      isScript: this.file.isBesideScript,
      storageTable: this.storages,
      readArray: (state, of, offset) => this.readArray(state, of, offset),
    });
  }

  private account(judge: StreamJudge, machine: PickleMachine): void {
    for (const reason of judge.lost) this.file.context.incomplete(reason);
    this.file.context.examined(machine.bytesRead);
  }

  private reportUnfinished({ detail, reason, offset }: StreamEnd, start: number, judge: StreamJudge): void {
    const { context } = this.file;
    const evidence = { started: start, imports: judge.importCount };
    context.report({ rule: "pickle/unfinished", message: detail, subject: reason, offset, evidence });
    context.incomplete(detail);
  }

  /** The next stream at `at` or behind it. */
  private findNext(at: number, end: StreamEnd, isBehindStorages = false): number | undefined {
    const { source, context } = this.file;
    const behindPadding = at < source.size ? skipPadding(source, at) : source.size;
    if (behindPadding >= source.size) return undefined;
    if (end.reason === "stop" && isStream(source, behindPadding)) return behindPadding;
    const hidden = findPickle(source, at, source.size, context);
    if (hidden !== undefined) {
      const message = `a pickle begins at byte ${hidden}, behind other data`;
      context.report({ rule: "pickle/hidden-stream", message, subject: "hidden", offset: hidden });
    } else if (end.reason === "stop" && !isBehindStorages) {
      const message = `${source.size - behindPadding} bytes follow the pickle`;
      context.report({ rule: "analysis/trailing-data", message, subject: "trailing", offset: behindPadding });
    }
    return hidden;
  }

  /** Reads joblib's raw array data, or the pickle of an object array, right behind a BUILD. */
  private readArray(state: Value, judge: StreamJudge, offset: number): number | undefined {
    const { source, context } = this.file;
    const array = rawArrayOf(judge.inspect, state);
    if (array.kind === "pickle") return this.runInner(offset);
    if (array.kind === "unknown") {
      context.incomplete(`the array at ${offset} has a type or shape that could not be read`);
      return undefined;
    }
    const padding = array.aligned ? 1 + (source.readSync(offset, 1)[0] ?? 0) : 0;
    const end = offset + padding + array.bytes;
    if (end > source.size) {
      const message = `an array of ${array.bytes} bytes at ${offset}, ${source.size - offset} are left`;
      context.report({ rule: "pickle/unfinished", message, subject: "array", offset });
    }
    return Math.min(end, source.size);
  }

  /** The pickle of an object array: joblib's loader runs it in the middle of the outer one. Returns where it ends. */
  private runInner(start: number): number {
    const { source, context } = this.file;
    if (++this.innerDepth > MAX_INNER) context.budget.checkDepth(Number.POSITIVE_INFINITY);
    const judge = this.judge(false);
    const machine = new PickleMachine(source, judge, context.budget);
    try {
      const end = machine.run(start);
      if (end.reason !== "stop") this.reportUnfinished(end, start, judge);
      return end.offset;
    } finally {
      this.innerDepth--;
      for (const observation of judge.finish()) context.report(observation);
      if (judge.nestedValues.length > 0) this.innerJudges.push(judge);
      this.account(judge, machine);
    }
  }

  /**
   * Loaders that continue at the end of a frame run what others take for data (CPython issue 154848), and a file that is loaded from again
   * after STOP goes on behind the frame, which was read as a whole.
   */
  private async scanFrameEnds(told: readonly Observation[]): Promise<void> {
    const { source, context } = this.file;
    for (const { rule, subject, offset } of told) {
      const runsOn = subject === "frame-straddle" || subject === "frame-overhang";
      if (rule !== "pickle/frame-mismatch" || !runsOn || offset === undefined) continue;
      if (trial(source, offset).plausibleImports === 0) continue;
      const name = `frame end at ${offset}`;
      await context.descend({ name, source: slice(source, offset), formats: ["pickle"], offset });
    }
  }
}
