// Every beginning of every malicious file, and every read of every file failing in every way.

import { readFileSync } from "node:fs";
import { BufferSource } from "../../src/io/byte-source.js";
import type { Input } from "./cases.js";
import { FAILURES, type Failure, failingSource, WatchedSource } from "./failing-reads.js";
import { Beginnings, cutsOf } from "./prefixes.js";
import { alarmsOf, type Isolate, scanHonestly } from "./properties.js";

/** One scan, and what must hold of it; undefined where all is well. */
export interface Step {
  readonly name: string;
  readonly origin: string;
  /** Violations of the same kind in the same file are one mistake. */
  readonly kind: string;
  readonly run: (isolate: Isolate) => Promise<string | undefined>;
}

/** Which of the steps are wanted. */
export interface Slice {
  readonly takesCut: (length: number) => boolean;
  readonly takesRead: (read: number, failure: Failure) => boolean;
}

/** The steps of one file, in the same order every time. */
export async function stepsOf(input: Input, { takesCut, takesRead }: Slice): Promise<Step[]> {
  const bytes = new Uint8Array(readFileSync(input.path));
  const watched = new WatchedSource(new BufferSource(bytes));
  const outcome = await scanHonestly(input.name, () => watched);
  if ("violation" in outcome) return [{ ...describe(input, "whole"), run: async () => outcome.violation }];
  const { report } = outcome;
  const isBad = alarmsOf(report).length > 0 || input.bad;
  const beginnings = new Beginnings(bytes, report);
  const cuts = isBad ? cutsOf(bytes.length).filter(takesCut) : [];
  const reads = Array.from({ length: watched.reads }, (_, index) => index + 1);
  const cutting = cuts.map((length) => cut(input, bytes, length, beginnings));
  const failing = FAILURES.flatMap((failure) =>
    reads.filter((at) => takesRead(at, failure)).map((at) => failingRead(input, bytes, { failure, at })),
  );
  return [...cutting, ...failing];
}

function describe({ path, name }: Input, kind: string): Omit<Step, "run"> {
  return { name, origin: path, kind: `${path} ${kind}` };
}

function cut(input: Input, bytes: Uint8Array, length: number, beginnings: Beginnings): Step {
  return {
    ...describe(input, "cut"),
    origin: `the first ${length} bytes of ${input.path}`,
    run: async (isolate) => {
      const outcome = await scanHonestly(input.name, () => new BufferSource(bytes.subarray(0, length)), isolate);
      return "violation" in outcome ? outcome.violation : beginnings.violationOf(length, outcome.report);
    },
  };
}

function failingRead(input: Input, bytes: Uint8Array, { failure, at }: { failure: Failure; at: number }): Step {
  return {
    ...describe(input, failure),
    origin: `${input.path} whose read ${at} fails: ${failure}`,
    run: async (isolate) => {
      let source = failingSource(bytes, failure, at);
      const outcome = await scanHonestly(input.name, () => (source = failingSource(bytes, failure, at)), isolate);
      if ("violation" in outcome) return outcome.violation;
      // Wasm reads the file anew, and not always as often.
      if (!source.hasFailed) return undefined;
      return outcome.report.state === "scanned" ? "a read failed, and nothing is told of it" : undefined;
    },
  };
}
