import { isAtLeast, SEVERITIES, SEVERITY_SCORES, type Severity, worst } from "../rules/severity.js";
import type { Finding, ScanResult, ScanState } from "./result.js";

/** The worst severity that counts; `incomplete` when nothing fails the run but not everything was examined. */
export type Verdict = "critical" | "high" | "medium" | "low" | "incomplete" | "clean";

export interface Unexamined {
  readonly path: string;
  readonly state: Exclude<ScanState, "scanned">;
  readonly reason: string;
}

/** What a result amounts to, computed once for the reports and the exit code. */
export interface Summary {
  readonly verdict: Verdict;
  readonly exitCode: 0 | 1 | 2 | 130;
  /** 0 to 10: the score of the worst finding. */
  readonly riskScore: number;
  /** All findings that count, those of the folders included. */
  readonly findings: readonly Finding[];
  readonly suppressed: readonly Finding[];
  readonly counts: Readonly<Record<Severity, number>>;
  readonly states: Readonly<Record<ScanState, number>>;
  readonly unexamined: readonly Unexamined[];
  readonly bytes: number;
  readonly bytesExamined: number;
}

export function summarize(result: ScanResult): Summary {
  const all = [...result.files.flatMap(({ findings }) => findings), ...result.findings];
  const findings = all.filter(({ suppressed }) => suppressed === undefined);
  const worstFound = worst(findings.map(({ severity }) => severity));
  const unexamined = listUnexamined(result);
  const fails = worstFound !== undefined && isAtLeast(worstFound, result.failOn);
  const incomplete = result.errors.length > 0 || unexamined.some(({ state }) => result.strict || state !== "skipped");
  const unique = result.files.filter(({ duplicateOf }) => duplicateOf === undefined);
  return {
    verdict: verdictOf(worstFound, fails, incomplete),
    exitCode: result.interrupted ? 130 : fails ? 1 : incomplete ? 2 : 0,
    riskScore: worstFound === undefined ? 0 : SEVERITY_SCORES[worstFound],
    findings,
    suppressed: all.filter(({ suppressed }) => suppressed !== undefined),
    counts: countBy(SEVERITIES, findings, ({ severity }) => severity),
    states: countBy(["scanned", "partial", "skipped", "failed"], result.files, ({ state }) => state),
    unexamined,
    bytes: unique.reduce((sum, { size }) => sum + size, 0),
    bytesExamined: unique.reduce((sum, { bytesExamined }) => sum + bytesExamined, 0),
  };
}

function verdictOf(worstFound: Severity | undefined, fails: boolean, incomplete: boolean): Verdict {
  const counts = worstFound === "info" || worstFound === "debug" ? undefined : worstFound;
  if (incomplete && !fails) return "incomplete";
  return counts ?? "clean";
}

function listUnexamined({ files }: ScanResult): Unexamined[] {
  return files.flatMap(({ path, state, reason = "not examined" }) =>
    state === "scanned" ? [] : [{ path, state, reason }],
  );
}

function countBy<K extends string, T>(
  keys: readonly K[],
  items: readonly T[],
  keyOf: (item: T) => K,
): Record<K, number> {
  const counts = new Map<K, number>(keys.map((key) => [key, 0]));
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return Object.fromEntries(counts) as Record<K, number>; // every key was set above
}
