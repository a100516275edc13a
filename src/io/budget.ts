import { LimitError } from "../errors.js";

/** `[limits]` of the policy, as far as one artifact and everything inside it is concerned. */
export interface BudgetLimits {
  /** Containers inside containers. */
  readonly max_depth: number;
  /** Members of all containers along the path, together. */
  readonly max_members: number;
  /** Bytes that decompression may produce, together. */
  readonly max_inflated_bytes: number;
  /** Produced bytes per compressed byte, once more than `ratio_floor_bytes` were produced. */
  readonly max_ratio: number;
  readonly ratio_floor_bytes: number;
  /** Units of parsing work: opcodes, nodes, fields. */
  readonly max_steps: number;
}

/** Steps between two looks at the clock: far below a millisecond of work, far above the cost of the look. */
const STEPS_PER_CLOCK = 4096;

/**
 * What one top-level artifact may cost, shared by everything found inside it. All spending happens here: exhaustion is a
 * LimitError, which the engine turns into a finding and the state `partial`.
 */
export class Budget {
  private members = 0;
  private inflated = 0;
  private steps = 0;
  private untilClock = STEPS_PER_CLOCK;
  private artifactBytes = Number.POSITIVE_INFINITY;
  private spent: LimitError | undefined;

  constructor(
    readonly limits: BudgetLimits,
    /** Milliseconds on `now()`'s scale after which the artifact ends as `partial`. */
    private readonly deadline: number = Number.POSITIVE_INFINITY,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Bytes that may still be produced by decompression. */
  get inflatable(): number {
    return Math.max(0, this.limits.max_inflated_bytes - this.inflated);
  }

  /** What ran out for everything that is still to come; a single stream over its ratio does not count. */
  get exhausted(): LimitError | undefined {
    return this.spent;
  }

  /** From here on all streams together are held to `max_ratio` against the artifact's own size: bombs that multiply by nesting or overlapping. */
  measureAgainst(artifactBytes: number): void {
    this.artifactBytes = Math.max(1, artifactBytes);
  }

  get remainingMs(): number {
    return this.deadline - this.now();
  }

  spendSteps(count = 1): void {
    this.steps += count;
    if (this.steps > this.limits.max_steps) {
      throw this.exhaust("max_steps", `more than ${this.limits.max_steps} steps of work`);
    }
    this.untilClock -= count;
    if (this.untilClock <= 0) {
      this.untilClock = STEPS_PER_CLOCK;
      this.checkTime();
    }
  }

  spendMember(count = 1): void {
    this.members += count;
    if (this.members > this.limits.max_members) {
      throw this.exhaust("max_members", `more than ${this.limits.max_members} members`);
    }
    this.spendSteps(count);
  }

  /** `produced` more bytes came out of a stream that so far turned `consumedTotal` bytes into `producedTotal`. */
  spendInflated(produced: number, producedTotal: number, consumedTotal: number): void {
    this.inflated += produced;
    const { max_inflated_bytes, max_ratio, ratio_floor_bytes } = this.limits;
    if (this.inflated > max_inflated_bytes) {
      throw this.exhaust("max_inflated_bytes", `decompressed more than ${max_inflated_bytes} bytes`);
    }
    if (this.inflated > ratio_floor_bytes && this.inflated > this.artifactBytes * max_ratio) {
      const ratio = Math.round(this.inflated / this.artifactBytes);
      throw this.exhaust(
        "max_ratio",
        `${this.artifactBytes} bytes decompress to ${this.inflated} or more in all (ratio ${ratio}, limit ${max_ratio})`,
      );
    }
    if (producedTotal > ratio_floor_bytes && producedTotal > Math.max(1, consumedTotal) * max_ratio) {
      const ratio = Math.round(producedTotal / Math.max(1, consumedTotal));
      throw new LimitError(
        "max_ratio",
        `${consumedTotal} bytes decompress to ${producedTotal} or more (ratio ${ratio}, limit ${max_ratio})`,
      );
    }
    this.checkTime();
  }

  checkDepth(depth: number): void {
    if (depth > this.limits.max_depth)
      throw new LimitError("max_depth", `nested deeper than ${this.limits.max_depth} containers`);
  }

  checkTime(): void {
    if (this.now() > this.deadline) throw this.exhaust("timeout", "the deadline passed");
  }

  private exhaust(limit: string, message: string): LimitError {
    this.spent ??= new LimitError(limit, message);
    return this.spent;
  }
}
