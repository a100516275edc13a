import type { Policy } from "../../config/policy.js";
import type { CodeSummary } from "../../formats/code/summary.js";
import { readPython } from "../../formats/python/read-python.js";
import type { CodeFinding } from "./finding.js";
import { judgeFile, watcherOf } from "./judge-file.js";

/** Code inside code inside code: three `exec` deep is what obfuscators write. */
const MAX_NESTING = 3;
/** Characters of code inside code. */
const MAX_NESTED = 1 << 20;

export interface JudgedSource {
  readonly summary: CodeSummary;
  readonly findings: readonly CodeFinding[];
}

/** Reads and judges Python source that lies beside a model. `spend` is told of the work and may throw to end it. */
export function judgeSource(text: string, policy: Policy, spend?: (steps: number) => void, nesting = 0): JudgedSource {
  const summary = readPython(text, { isWatched: watcherOf(policy), ...(spend ? { spend } : {}) });
  return { summary, findings: judgeSummary(summary, policy, nesting) };
}

/** Judges what source or bytecode was found to do. */
export function judgeSummary(summary: CodeSummary, policy: Policy, nesting = 0): CodeFinding[] {
  const judgeText = (inner: string) =>
    nesting >= MAX_NESTING || inner.length > MAX_NESTED
      ? []
      : judgeSource(inner, policy, undefined, nesting + 1).findings;
  return judgeFile(summary, { policy, judgeText });
}
