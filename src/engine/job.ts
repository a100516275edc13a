import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";
import type { Limits, Policy } from "../config/policy.js";
import { ParseError } from "../errors.js";
import { Budget } from "../io/budget.js";
import type { SyncByteSource } from "../io/byte-source.js";
import type { Observation, TreeEntry } from "../scanners/scanner.js";
import { DirectoryTree, type DirectoryTrees } from "../sources/directory-tree.js";
import { openFile } from "../sources/open-file.js";
import type { SelectedFile } from "../sources/selection.js";
import { systemProblem } from "../sources/system-problem.js";
import { isSystemError, limitReached } from "./failure.js";
import { Findings } from "./findings.js";
import type { FileReport, Finding } from "./result.js";
import { IsolationNeeded, inspectFolder, scanArtifact } from "./scan-artifact.js";

/** One job in plain data, so that it can be sent to a worker: a file, or what the files of a folder mean together. */
export type Job = FileJob | FolderJob;

export interface FileJob extends Pick<SelectedFile, "path" | "file" | "identity" | "size" | "boundary"> {
  readonly kind: "file";
  /** The content's hash is asked for, whatever the size. */
  readonly hash?: boolean;
}

export interface FolderJob {
  readonly kind: "folder";
  readonly path: string;
  readonly file: string;
  readonly boundary: string;
  readonly entries: readonly TreeEntry[];
}

export interface RunOptions {
  readonly policy: Policy;
  readonly onFinding?: (finding: Finding) => void;
  readonly onMember?: (path: readonly string[]) => void;
  readonly isolated: boolean;
  /** Where the job may not take as long as its deadline: it then throws IsolationNeeded. */
  readonly mostMs?: number;
  /** Shared by the jobs of one thread. */
  readonly trees: DirectoryTrees;
}

export async function runJob(job: Job, { trees, mostMs, ...given }: RunOptions): Promise<FileReport> {
  const { limits } = given.policy;
  const allowed = deadlineMs(job, limits);
  const budget = new Budget(limits, performance.now() + Math.min(allowed, mostMs ?? allowed));
  const options = { ...given, budget };
  const report = await (job.kind === "folder" ? runFolder(job, options) : runFile(job, trees, options));
  if (mostMs !== undefined && mostMs < allowed && budget.exhausted?.limit === "timeout")
    throw new IsolationNeeded("time");
  return report;
}

type ArtifactOptions = Parameters<typeof scanArtifact>[1];

async function runFolder({ path, file, boundary, entries }: FolderJob, options: ArtifactOptions): Promise<FileReport> {
  return inspectFolder({ path, name: basename(file) }, new DirectoryTree(file, boundary, entries), options);
}

async function runFile(job: FileJob, trees: DirectoryTrees, options: ArtifactOptions): Promise<FileReport> {
  const { path, file, identity, boundary } = job;
  const limit = options.policy.limits.max_file_bytes;
  if (limit > 0 && job.size > limit) {
    return unexamined(job, `its size of ${job.size} bytes is above the limit of ${limit} (--max-size)`);
  }
  let source: ReturnType<typeof openFile>;
  try {
    source = openFile(file);
  } catch (error) {
    if (!(isSystemError(error) || error instanceof ParseError)) throw error;
    return unexamined(job, `cannot be opened: ${systemProblem(error)}`);
  }
  try {
    const tree = async () => trees.of(dirname(file), boundary);
    const report = await scanArtifact({ path, name: basename(file), identity, source, tree }, options);
    return job.hash || source.size <= MAX_HASHED_BYTES ? { ...report, sha256: hashOf(source) } : report;
  } finally {
    source.close();
  }
}

/** Hashing reads everything. Up to this size that is too quick to be felt; for larger files who wants a hash asks for it. */
const MAX_HASHED_BYTES = 1 << 20;
const HASH_WINDOW_BYTES = 4 << 20;

function hashOf(source: SyncByteSource): string {
  const hash = createHash("sha256");
  for (let at = 0; at < source.size; at += HASH_WINDOW_BYTES) hash.update(source.readSync(at, HASH_WINDOW_BYTES));
  return hash.digest("hex");
}

/** The report of a file that could not be examined at all. */
export function unexamined(
  { path, size }: { readonly path: string; readonly size: number },
  reason: string,
  state: "failed" | "skipped" = "failed",
): FileReport {
  return { ...EMPTY, path, size, state, reason };
}

const EMPTY = {
  bytesExamined: 0,
  formats: [],
  scanners: [],
  findings: [],
  checks: [],
  metadata: {},
  parts: [],
  durationMs: 0,
} as const;

/** Why a job was ended from outside. */
export interface Kill {
  readonly cause: "timeout" | "memory" | "crash" | "interrupt";
  readonly reason: string;
}

/** The report of a job that was ended from outside: what was found until then, and why there is no more. */
export function endedReport(job: Job, found: readonly Finding[], kill: Kill, policy: Policy): FileReport {
  const own = new Findings({ path: job.path, ...(job.kind === "file" ? { identity: job.identity } : {}) }, policy);
  const observation = observationOf(kill);
  if (observation) own.add(observation, [], "engine");
  return {
    ...EMPTY,
    path: job.path,
    size: job.kind === "file" ? job.size : 0,
    state: kill.cause === "crash" && found.length === 0 ? "failed" : "partial",
    reason: kill.reason,
    findings: [...found, ...own.list()],
    scanners: [...new Set(found.map(({ scanner }) => scanner))],
  };
}

function observationOf({ cause, reason }: Kill): Observation | undefined {
  if (cause === "interrupt") return undefined;
  if (cause === "crash") return { rule: "analysis/scanner-failed", message: reason, subject: cause };
  return limitReached(cause, reason);
}

/** Sizes in bytes below which a file may take so many seconds. */
const DEADLINES: readonly (readonly [number, number])[] = [
  [10e6, 60],
  [1e9, 300],
  [10e9, 3600],
];
const LONGEST_SECONDS = 7200;
/** A day less than a timer of Node takes: a longer one would be over at once. */
const LONGEST_MS = 2 ** 31 - 1 - 24 * 3600 * 1000;

export function deadlineMs(job: Job, { timeout_seconds }: Pick<Limits, "timeout_seconds">): number {
  if (timeout_seconds > 0) return Math.min(timeout_seconds * 1000, LONGEST_MS);
  const size = job.kind === "file" ? job.size : job.entries.reduce((sum, entry) => sum + entry.size, 0);
  return 1000 * (DEADLINES.find(([below]) => size < below)?.[1] ?? LONGEST_SECONDS);
}
