import type { SyncByteSource } from "../../io/byte-source.js";
import { findRule } from "../../rules/index.js";
import { isAtLeast } from "../../rules/severity.js";
import type { Observation } from "../scanner.js";
import { traceOne } from "./trace.js";

/** A longer pickle is not run a second time for the sake of its readers: `modelaudit trace` is there for those who ask. */
const MAX_TRACED_BYTES = 256 << 10;
const LINES_BEFORE = 4;
const LINES_AFTER = 2;
const MAX_LINE = 200;

/** What a pickle does around the place of a finding, as evidence: made for the first severe finding, so that clean files pay nothing. */
export class TraceExcerpts {
  private lines: readonly string[] | undefined;

  constructor(
    private readonly source?: SyncByteSource,
    private readonly start = 0,
    private readonly end = 0,
  ) {}

  addTo(observation: Observation): Observation {
    const { rule, severity = findRule(rule)?.severity ?? "medium", offset, evidence } = observation;
    if (offset === undefined || !isAtLeast(severity, "medium")) return observation;
    const trace = this.around(offset);
    return trace.length === 0 ? observation : { ...observation, evidence: { ...evidence, trace } };
  }

  private around(offset: number): string[] {
    if (this.source === undefined || this.end - this.start > MAX_TRACED_BYTES) return [];
    this.lines ??= traceOne(this.source, this.start);
    const own = this.lines.findIndex((line) => Number.parseInt(line, 10) >= offset);
    if (own < 0) return [];
    return this.lines
      .slice(Math.max(0, own - LINES_BEFORE), own + 1 + LINES_AFTER)
      .map((line) => line.slice(0, MAX_LINE));
  }
}
