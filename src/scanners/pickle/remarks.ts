import type { Observation } from "../scanner.js";

/** Observations of one rule and severity about single opcodes kept for one stream, beside one for each imported name. */
const MOST_OF_A_KIND = 200;

/** What is told of single opcodes. Counted by kind, so that many of one do not crowd out one of another. */
export class Remarks {
  private readonly kept: Observation[] = [];
  private readonly counts = new Map<string, number>();

  add(observation: Observation): void {
    const kind = `${observation.rule}:${observation.severity ?? ""}`;
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    if (count <= MOST_OF_A_KIND) this.kept.push(observation);
  }

  get all(): readonly Observation[] {
    return this.kept;
  }
}
