import type { RuleId } from "../rules/index.js";
import type { Safety, Severity } from "../rules/severity.js";
import type { Json } from "../scanners/scanner.js";

/** `scanned`: examined as far as its formats allow. `partial`: findings count, but part was not read. `skipped`: not meant to be read. `failed`: could not be read. */
export type ScanState = "scanned" | "partial" | "skipped" | "failed";

/** Where something is: `path` on disk, `member` the names inside it, outermost first. */
export interface Place {
  readonly path: string;
  readonly member: readonly string[];
  readonly offset?: number;
}

export interface Finding extends Place {
  readonly rule: RuleId;
  readonly severity: Severity;
  readonly safety: Safety;
  readonly message: string;
  readonly subject?: string;
  readonly why: string;
  readonly references: readonly string[];
  readonly evidence: { readonly [key: string]: Json };
  /** Id of the scanner that saw it. */
  readonly scanner: string;
  /** How many observations this finding stands for. */
  readonly count: number;
  /** Stable across machines and runs: rule, place inside the scanned root, subject. */
  readonly fingerprint: string;
  /** Why it does not count, when a suppression of the policy matches. */
  readonly suppressed?: string;
}

export interface Check extends Place {
  readonly name: string;
  readonly passed: boolean;
  readonly message: string;
}

/** What was looked at: the file itself or one of its members. */
export interface Part extends Place {
  readonly formats: readonly string[];
  readonly scanners: readonly string[];
  readonly size: number;
  readonly state: ScanState;
  readonly reason?: string;
}

/** All that one job yields: plain JSON, what a worker sends and the cache stores. */
export interface FileReport {
  readonly path: string;
  readonly size: number;
  readonly state: ScanState;
  readonly reason?: string;
  readonly bytesExamined: number;
  readonly formats: readonly string[];
  readonly scanners: readonly string[];
  readonly findings: readonly Finding[];
  readonly checks: readonly Check[];
  /** Facts the file states about itself. */
  readonly metadata: { readonly [key: string]: Json };
  /** The artifact and its members, in the order they were met; bounded. */
  readonly parts: readonly Part[];
  readonly durationMs: number;
  readonly sha256?: string;
  /** The path of the same scan whose report this repeats, because the content is the same. */
  readonly duplicateOf?: string;
  /** The report depends on the files beside this one, not on its content and name alone. */
  readonly usedNeighbours?: boolean;
}

/** Something asked for that could not be looked at at all. */
export interface ScanError {
  readonly path: string;
  readonly message: string;
  readonly hints: readonly string[];
}

export interface ScanResult {
  readonly files: readonly FileReport[];
  /** Findings about folders: layouts and links, keyed to no single file. */
  readonly findings: readonly Finding[];
  readonly errors: readonly ScanError[];
  /** ISO time. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly interrupted: boolean;
  /** Findings at or above this fail the run. */
  readonly failOn: Severity;
  /** Unknown formats and skipped files fail the run too. */
  readonly strict: boolean;
}
