import { Worker } from "node:worker_threads";
import type { Policy } from "../config/policy.js";
import { deadlineMs, endedReport, type Job, type Kill } from "./job.js";
import type { FileReport, Finding } from "./result.js";

export interface WorkerData {
  readonly policy: Policy;
}

/** What a worker says: a finding as it is made, now and then where it is, and at the end the report. */
export type WorkerMessage =
  | { readonly kind: "finding"; readonly finding: Finding }
  | { readonly kind: "member"; readonly member: readonly string[] }
  | { readonly kind: "report"; readonly report: FileReport }
  | { readonly kind: "crash"; readonly reason: string };

/** A job ends itself at its deadline; this much later it is ended from outside. */
const GRACE_MS = 1500;
/** JavaScript heap of one worker, in MiB. Bytes of files live outside of it. */
const MAX_HEAP_MB = 1024;

/** The built worker: beside this module in the bundle, in dist/ when this is the source itself, as under test. */
const ENTRY = new URL(import.meta.url.endsWith(".ts") ? "../../dist/worker.js" : "./worker.js", import.meta.url);

const INTERRUPT: Kill = { cause: "interrupt", reason: "the scan was interrupted" };

/**
 * Worker threads that run one job each at a time. A job that overruns its deadline or its memory is ended together with its worker: the only
 * timeout that holds against hostile content. What it had found until then is kept.
 */
export class Pool {
  private readonly idle: Worker[] = [];
  private readonly waiting: (() => void)[] = [];
  private readonly runs = new Set<Run>();
  private running = 0;
  private readonly size: number;

  constructor(
    size: number,
    private readonly policy: Policy,
    private readonly entry: URL = ENTRY,
  ) {
    // With none, or with no number of them, every job would wait for ever.
    this.size = size >= 1 ? Math.floor(size) : 1;
  }

  /** `onMember` hears now and then which member is being looked at. */
  async run(job: Job, onMember?: MemberListener): Promise<FileReport> {
    if (this.running >= this.size) await new Promise<void>((free) => this.waiting.push(free));
    this.running++;
    const run = new Run(this.idle.pop() ?? this.start(), { job, onMember }, this.policy);
    this.runs.add(run);
    try {
      const report = await run.report;
      if (run.reusable) this.idle.push(run.worker);
      return report;
    } finally {
      this.runs.delete(run);
      this.running--;
      this.waiting.shift()?.();
    }
  }

  /** Ends all workers; jobs that still run come out as interrupted. */
  async close(): Promise<void> {
    for (const run of this.runs) run.kill(INTERRUPT);
    await Promise.all(this.idle.splice(0).map((worker) => worker.terminate()));
  }

  private start(): Worker {
    const workerData: WorkerData = { policy: this.policy };
    return new Worker(this.entry, { workerData, resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
  }
}

export type MemberListener = (member: readonly string[]) => void;

/** One job in one worker. */
class Run {
  readonly report: Promise<FileReport>;
  reusable = false;
  private readonly found: Finding[] = [];
  private readonly timer: NodeJS.Timeout;
  private cause: Kill = INTERRUPT;
  private settle: (report: FileReport) => void = () => {};

  constructor(
    readonly worker: Worker,
    private readonly task: { readonly job: Job; readonly onMember: MemberListener | undefined },
    private readonly policy: Policy,
  ) {
    const { job } = task;
    const allowed = deadlineMs(job, policy.limits);
    const late: Kill = { cause: "timeout", reason: `not finished after ${allowed / 1000} seconds (--timeout)` };
    this.timer = setTimeout(() => this.kill(late), allowed + GRACE_MS);
    this.report = new Promise((settle) => {
      this.settle = settle;
    });
    worker.on("message", this.hear).on("error", this.fail).on("exit", this.end);
    worker.postMessage(job);
  }

  kill(cause: Kill): void {
    this.cause = cause;
    void this.worker.terminate();
  }

  private readonly hear = (message: WorkerMessage): void => {
    if (message.kind === "finding") this.found.push(message.finding);
    else if (message.kind === "member") this.task.onMember?.(message.member);
    else if (message.kind === "crash") this.kill({ cause: "crash", reason: message.reason });
    else {
      this.reusable = true;
      this.finish(message.report);
    }
  };

  private readonly fail = (error: NodeJS.ErrnoException): void => {
    const outOfMemory = error.code === "ERR_WORKER_OUT_OF_MEMORY";
    this.cause = outOfMemory
      ? { cause: "memory", reason: `needs more than ${MAX_HEAP_MB} MiB of memory` }
      : { cause: "crash", reason: error.message };
  };

  /** What the worker said before it ended was heard before this is called. */
  private readonly end = (): void => this.finish(endedReport(this.task.job, this.found, this.cause, this.policy));

  private finish(report: FileReport): void {
    clearTimeout(this.timer);
    // Not removeAllListeners: the worker's own are among them.
    this.worker.off("message", this.hear).off("error", this.fail).off("exit", this.end);
    this.settle(report);
  }
}
