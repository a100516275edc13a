import { LimitError } from "../../errors.js";
import type { SyncByteSource } from "../../io/byte-source.js";
import type { EndReason, PickleSink } from "./event.js";
import { PickleMachine } from "./machine.js";

const TRIAL_BYTES = 1 << 20;

/** What a trial run shows, without judging it. */
export interface Trial {
  readonly opcodes: number;
  readonly imports: number;
  readonly plausibleImports: number;
  readonly calls: number;
  readonly anomalies: number;
  readonly reason: EndReason;
  readonly end: number;
}

const NAME = /^[\p{ID_Start}_][\p{ID_Continue}.]*$/u;

/** Runs the machine from `offset` over at most 1 MiB, telling only counts. */
export function trial(source: SyncByteSource, offset: number, end = source.size): Trial {
  let imports = 0;
  let plausibleImports = 0;
  let calls = 0;
  let anomalies = 0;
  const sink: PickleSink = {
    imported: (_, { module, name }) => {
      imports++;
      if (NAME.test(module) && NAME.test(name)) plausibleImports++;
    },
    called: () => {
      calls++;
      return true;
    },
    anomaly: () => {
      anomalies++;
    },
  };
  const machine = new PickleMachine(source, sink, undefined, Math.min(end, offset + TRIAL_BYTES));
  try {
    const result = machine.run(offset);
    return {
      opcodes: result.opcodes,
      imports,
      plausibleImports,
      calls,
      anomalies,
      reason: result.reason,
      end: result.offset,
    };
  } catch (error) {
    if (!(error instanceof LimitError)) throw error;
    return { opcodes: 0, imports, plausibleImports, calls, anomalies, reason: "limit", end: offset };
  }
}
