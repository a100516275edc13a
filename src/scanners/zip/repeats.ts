import { createHash } from "node:crypto";
import type { Budget } from "../../io/budget.js";
import type { ByteSource } from "../../io/byte-source.js";

/** Bombs that work by copies are small; larger archives are simply scanned again. */
const MAX_BYTES = 1 << 20;

/** How often an archive was met inside one artifact. */
export interface Visit {
  /** 1 the first time. */
  readonly times: number;
  /** It is inside itself: its first visit is not over yet. */
  readonly isRecursive: boolean;
  readonly leave: () => void;
}

/** One memory for each job: the budget is what all archives of a job share. */
const memories = new WeakMap<Budget, Map<string, { times: number; open: boolean }>>();

/** Remembers the archives of a job by their content: a copy need not be scanned again, and an archive inside itself never ends. */
export async function visit(source: ByteSource, budget: Budget): Promise<Visit> {
  if (source.size > MAX_BYTES) return { times: 1, isRecursive: false, leave: () => {} };
  const memory = memories.get(budget) ?? new Map<string, { times: number; open: boolean }>();
  memories.set(budget, memory);
  const key = createHash("sha256")
    .update(await source.read(0, source.size))
    .digest("hex");
  const known = memory.get(key) ?? { times: 0, open: false };
  memory.set(key, known);
  known.times++;
  if (known.times > 1) return { times: known.times, isRecursive: known.open, leave: () => {} };
  known.open = true;
  return {
    times: 1,
    isRecursive: false,
    leave: () => {
      known.open = false;
    },
  };
}
