import { createHash } from "node:crypto";
import { type BigIntStats, statSync } from "node:fs";
import { basename } from "node:path";
import type { Policy } from "../config/policy.js";
import { fingerprintOf } from "../engine/findings.js";
import type { FileJob } from "../engine/job.js";
import type { FileReport } from "../engine/result.js";
import { openFile } from "../sources/open-file.js";
import type { Store } from "./store.js";

/** Bytes that SHA-256 takes in a millisecond here; the slowest machines of today do half of it. */
const HASHED_PER_MS = 1_200_000;
/** A scan this many times slower than hashing is worth an entry: then neither the first scan nor a miss costs a tenth more. */
const WORTH_IT = 9;
const WINDOW_BYTES = 4 << 20;
/** File systems keep times in steps of up to two seconds. */
const SETTLED_MS = 2000;

/**
 * Reports of earlier scans, by content, name, policy and version of this program. The size and times of a file only decide whether
 * looking is worth its hash, never what is found: an entry counts for exactly the bytes that were scanned.
 */
export class JobCache {
  private readonly scope: string;
  /** Whether the hash of a content that was looked for is known already. */
  private readonly hashes = new Map<string, string>();

  constructor(
    private readonly store: Store,
    policy: Policy,
    version: string,
    private readonly now: () => number = Date.now,
  ) {
    this.scope = digest(JSON.stringify([version, policy]));
  }

  find(job: FileJob): FileReport | undefined {
    const stat = statOf(job.file);
    if (stat === undefined || this.store.get(this.hintKey(job, stat)) === undefined) return undefined;
    const hash = hashOf(job.file);
    if (hash === undefined) return undefined;
    this.hashes.set(job.path, hash);
    const text = this.store.get(this.entryKey(job, hash));
    const report = text === undefined ? undefined : parseReport(text);
    return report && relocated(report, job);
  }

  /** True when an entry was added. */
  keep(job: FileJob, report: FileReport): boolean {
    if (!isRepeatable(report) || report.durationMs < (WORTH_IT * job.size) / HASHED_PER_MS) return false;
    const before = statOf(job.file);
    const hash = this.hashes.get(job.path) ?? hashOf(job.file);
    const after = statOf(job.file);
    // A file that was touched while it was scanned or hashed is not what the report speaks of.
    if (hash === undefined || !before || !after || !sameStat(before, after) || Number(after.size) !== report.size)
      return false;
    // The time of change cannot be set back by whoever changes a file.
    if (Number(after.ctimeMs) > this.now() - report.durationMs - SETTLED_MS) return false;
    this.store.put(this.entryKey(job, hash), JSON.stringify(report));
    this.store.put(this.hintKey(job, after), "");
    return true;
  }

  private entryKey(job: FileJob, hash: string): string {
    return digest(`report\0${this.scope}\0${hash}\0${basename(job.file)}\0${job.hash ? "hashed" : ""}`);
  }

  private hintKey({ file, hash }: FileJob, { size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
    return digest(`hint\0${this.scope}\0${file}\0${size}\0${mtimeNs}\0${ctimeNs}\0${ino}\0${hash ? "hashed" : ""}`);
  }
}

/** Reports that depend on more than the content, or on how fast the machine was, are not kept. */
function isRepeatable({ state, usedNeighbours, findings }: FileReport): boolean {
  if (state === "failed" || usedNeighbours) return false;
  return findings.every(({ rule, evidence }) => rule !== "analysis/limit-exceeded" || evidence.limit !== "timeout");
}

/** The report as if the file had been scanned where it lies now. */
function relocated(report: FileReport, { path, identity }: FileJob): FileReport {
  return {
    ...report,
    path,
    findings: report.findings.map((finding) => {
      return { ...finding, path, fingerprint: fingerprintOf(identity, finding, finding.member) };
    }),
    checks: report.checks.map((check) => ({ ...check, path })),
    parts: report.parts.map((part) => ({ ...part, path })),
  };
}

/** The store has checked that this is what `keep` wrote under this version: only its outline is looked at. */
function parseReport(text: string): FileReport | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isReport =
      typeof value === "object" &&
      value !== null &&
      "findings" in value &&
      "parts" in value &&
      Array.isArray(value.findings);
    return isReport ? (value as FileReport) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function statOf(file: string): BigIntStats | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false });
}

function sameStat(a: BigIntStats, b: BigIntStats): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.ino === b.ino;
}

function hashOf(file: string): string | undefined {
  try {
    const source = openFile(file);
    try {
      const hash = createHash("sha256");
      for (let at = 0; at < source.size; at += WINDOW_BYTES) hash.update(source.readSync(at, WINDOW_BYTES));
      return hash.digest("hex");
    } finally {
      source.close();
    }
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return undefined;
    throw error;
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
