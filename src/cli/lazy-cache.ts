import type { JobCache } from "../cache/job-cache.js";
import type { Store } from "../cache/store.js";
import type { Policy } from "../config/policy.js";
import type { FileJob } from "../engine/job.js";
import type { FileReport } from "../engine/result.js";
import type { ReportCache } from "../engine/runner.js";
import { VERSION } from "../version.js";

/** Smaller files are scanned faster than an entry is found. */
const MIN_BYTES = 256 << 10;

/** The cache of earlier results, opened at the first file that is large enough to be worth it. */
export class LazyCache implements ReportCache {
  private opened: Promise<{ store: Store; jobs: JobCache } | undefined> | undefined;
  private grew = false;

  constructor(
    private readonly policy: Policy,
    /** Instead of the platform's place for caches. */
    private readonly folder?: string,
  ) {}

  async find(job: FileJob): Promise<FileReport | undefined> {
    return job.size < MIN_BYTES ? undefined : (await this.open())?.jobs.find(job);
  }

  async keep(job: FileJob, report: FileReport): Promise<void> {
    if (job.size < MIN_BYTES) return;
    if ((await this.open())?.jobs.keep(job, report)) this.grew = true;
  }

  /** After a scan that added something: removes what is too much. */
  async tidy(): Promise<void> {
    if (this.grew) (await this.opened)?.store.cleanup();
  }

  private open(): Promise<{ store: Store; jobs: JobCache } | undefined> {
    this.opened ??= this.load();
    return this.opened;
  }

  private async load(): Promise<{ store: Store; jobs: JobCache } | undefined> {
    const [{ openStore }, { JobCache }] = await Promise.all([
      import("./cache-command.js"),
      import("../cache/job-cache.js"),
    ]);
    const store = openStore(this.folder);
    return store && { store, jobs: new JobCache(store, this.policy, VERSION) };
  }
}
