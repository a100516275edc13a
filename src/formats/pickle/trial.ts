import { LimitError } from "../../errors.js";
import type { SyncByteSource } from "../../io/byte-source.js";
import type { EndReason, ImportedName, PickleSink } from "./event.js";
import { PickleMachine } from "./machine.js";

const TRIAL_BYTES = 1 << 20;
const MAX_NAMES = 64;

/** What a trial run shows, without judging it. */
export interface Trial {
  readonly opcodes: number;
  readonly imports: number;
  readonly plausibleImports: number;
  /** The first of what was imported. */
  readonly names: readonly ImportedName[];
  readonly calls: number;
  /** Something plausible was called, made or changed before anything went wrong: a loader does it, whatever follows. */
  readonly acts: boolean;
  readonly anomalies: number;
  readonly reason: EndReason;
  readonly end: number;
}

const NAME = /^[\p{ID_Start}_][\p{ID_Continue}.]*$/u;

/** Runs the machine from `offset` over at most `reach` bytes, telling only counts. */
export function trial(source: SyncByteSource, offset: number, end = source.size, reach = TRIAL_BYTES): Trial {
  const names: ImportedName[] = [];
  let imports = 0;
  let plausibleImports = 0;
  let calls = 0;
  let anomalies = 0;
  let acts = false;
  const act = () => {
    if (anomalies === 0 && imports > 0 && imports === plausibleImports) acts = true;
  };
  const sink: PickleSink = {
    imported: (_, imported) => {
      const { module, name } = imported;
      imports++;
      if (names.length < MAX_NAMES) names.push(imported);
      // No loader finds a module with a NUL in its name: the first name of a tar may read like GLOBAL and its padding.
      if (module.includes("\0")) anomalies++;
      if (NAME.test(module) && NAME.test(name)) plausibleImports++;
    },
    called: () => {
      calls++;
      act();
      return true;
    },
    constructed: () => {
      act();
      return true;
    },
    built: act,
    mutated: act,
    anomaly: () => {
      anomalies++;
    },
  };
  const machine = new PickleMachine(source, sink, undefined, Math.min(end, offset + reach));
  try {
    const result = machine.run(offset);
    return {
      opcodes: result.opcodes,
      imports,
      plausibleImports,
      names,
      calls,
      acts,
      anomalies,
      reason: result.reason,
      end: result.offset,
    };
  } catch (error) {
    if (!(error instanceof LimitError)) throw error;
    return { opcodes: 0, imports, plausibleImports, names, calls, acts, anomalies, reason: "limit", end: offset };
  }
}
