import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import type { Policy } from "../config/policy.js";
import { DirectoryTrees } from "../sources/directory-tree.js";
import { type FileJob, type Job, runJob } from "./job.js";
import { isReadInPart } from "./partly-read.js";
import type { Pool } from "./pool.js";
import type { FileReport } from "./result.js";
import { IsolationNeeded } from "./scan-artifact.js";

/** Files up to this size may be scanned in the main thread: their step budget ends them in well under a second. */
const MAX_INLINE_BYTES = 1 << 20;
/**
 * Time the main thread scans before the workers take over, shared by their number. Each needs about 100 ms to start and to get warm, and sending jobs and
 * reports costs as much as scanning a small file: the fewer workers there are, the more work it takes until they are a gain.
 */
const INLINE_MS = 2400;
const LEAST_INLINE_MS = 400;
/** Longer than this nothing runs here but scans: an interrupt and the progress that is shown get their turn. */
const BREATH_MS = 50;

/** What a large file may take there: enough for a directory and the records of a model, and short of what anybody feels. */
const TRIAL_MS = 200;

export interface RunnerOptions {
  readonly policy: Policy;
  readonly signal?: AbortSignal | undefined;
  /** Worker threads; as many as cores by default. */
  readonly workers?: number | undefined;
  readonly cache?: ReportCache | undefined;
  /** Hears now and then which member of which file is being looked at. */
  readonly onMember?: ((path: string, member: readonly string[]) => void) | undefined;
}

/** Reports of earlier scans. Wraps the job: nothing that scans knows of it. */
export interface ReportCache {
  find(job: FileJob): Promise<FileReport | undefined>;
  keep(job: FileJob, report: FileReport): Promise<void>;
}

/**
 * Runs jobs where they belong: a few small files at once in the main thread, because starting a worker takes longer than scanning them; all
 * else in workers, because only a worker can be stopped whatever the file makes it do.
 */
export class Runner {
  private pool: Promise<Pool> | undefined;
  private spentMs = 0;
  private breathedAt = 0;
  private readonly trees = new DirectoryTrees();
  private readonly workers: number;
  private readonly inlineMs: number;

  constructor(private readonly options: RunnerOptions) {
    this.workers = options.workers ?? availableParallelism();
    this.inlineMs = Math.max(LEAST_INLINE_MS, INLINE_MS / this.workers);
    options.signal?.addEventListener("abort", () => void this.close());
  }

  /** True when `run` will scan in this thread, one job after the other. */
  runsInline(job: Job): boolean {
    // A pattern of the user's own may take for ever on a text that somebody made for it: only a worker can be stopped then.
    if (Object.keys(this.options.policy.custom_patterns).length > 0) return false;
    return !isLarge(job) && this.spentMs < this.inlineMs;
  }

  async run(job: Job): Promise<FileReport> {
    const { cache } = this.options;
    if (cache === undefined || job.kind !== "file") return this.execute(job);
    const known = await cache.find(job);
    if (known !== undefined) return known;
    const report = await this.execute(job);
    await cache.keep(job, report);
    return report;
  }

  private async execute(job: Job): Promise<FileReport> {
    const isTrial = this.mayTry(job);
    if (!isTrial && !this.runsInline(job)) return this.runInPool(job);
    return (await this.runHere(job, isTrial ? TRIAL_MS : undefined)) ?? this.runInPool(job);
  }

  /** Large files of which little is read are tried before a worker is started for them. */
  private mayTry(job: Job): boolean {
    if (!isLarge(job) || job.hash || this.pool !== undefined || this.spentMs >= this.inlineMs) return false;
    return Object.keys(this.options.policy.custom_patterns).length === 0 && isReadInPart(job.file);
  }

  /** Undefined when the job needs a worker, or more time than it may take here. */
  private async runHere(job: Job, mostMs: number | undefined): Promise<FileReport | undefined> {
    if (performance.now() - this.breathedAt > BREATH_MS) {
      await setImmediate();
      this.breathedAt = performance.now();
    }
    const started = performance.now();
    const given = { policy: this.options.policy, isolated: false, trees: this.trees };
    try {
      return await runJob(job, { ...given, ...(mostMs !== undefined && { mostMs }) });
    } catch (error) {
      if (!(error instanceof IsolationNeeded)) throw error;
      return undefined;
    } finally {
      this.spentMs += performance.now() - started;
    }
  }

  async close(): Promise<void> {
    await (await this.pool)?.close();
  }

  private async runInPool(job: Job): Promise<FileReport> {
    this.pool ??= this.startPool();
    const { onMember } = this.options;
    return (await this.pool).run(job, onMember && ((member) => onMember(job.path, member)));
  }

  private async startPool(): Promise<Pool> {
    const { Pool } = await import("./pool.js");
    return new Pool(this.workers, this.options.policy);
  }
}

function isLarge(job: Job): job is FileJob {
  return job.kind === "file" && job.size > MAX_INLINE_BYTES;
}
