import { join } from "node:path";
import type { Policy } from "../config/policy.js";
import type { Severity } from "../rules/severity.js";
import { compareBytes } from "../sources/byte-order.js";
import { findDuplicates } from "../sources/duplicates.js";
import { select } from "../sources/select.js";
import type { SelectedFile, SelectedFolder, Selection } from "../sources/selection.js";
import { Findings, fingerprintOf } from "./findings.js";
import { unexamined } from "./job.js";
import { postProcess } from "./post-process.js";
import type { FileReport, Finding, ScanError, ScanResult } from "./result.js";
import { type ReportCache, Runner } from "./runner.js";

export interface Progress {
  readonly files: number;
  readonly totalFiles: number;
  readonly bytes: number;
  readonly totalBytes: number;
  /** The file that was finished last, or that is being looked at. */
  readonly path: string;
  /** The member of it that is being looked at. */
  readonly member?: readonly string[];
}

export interface ScanSettings {
  readonly policy: Policy;
  /** Instead of the policy's `severity_thresholds.fail_on`. */
  readonly failOn?: Severity | undefined;
  readonly strict?: boolean | undefined;
  /** Hash every file, also those that nothing else has to read whole. */
  readonly hash?: boolean | undefined;
  /** Ends the scan early; what was found until then is reported. */
  readonly signal?: AbortSignal | undefined;
  readonly workers?: number | undefined;
  /** Reports of earlier scans; none by default. */
  readonly cache?: ReportCache | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** Scans files, folders and globs. Never throws for what is wrong with them. */
export async function scanPaths(paths: readonly string[], settings: ScanSettings): Promise<ScanResult> {
  const startedAt = new Date().toISOString();
  const started = performance.now();
  const selection = await select(paths);
  if (paths.length === 0)
    selection.errors.push({ path: ".", message: "nothing scanned: no path was given", hints: [] });
  selection.errors.push(...(await pluginErrors(settings.policy.plugins)));
  const runner = new Runner({ ...settings, onMember: (path, member) => scan.tell(path, member) });
  const scan = new Scan(selection, settings, runner);
  try {
    await scan.run();
  } finally {
    await runner.close();
  }
  scan.errors.push(...switchedOff(scan.fileReports(), settings.policy, paths));
  return postProcess(
    {
      files: scan.fileReports(),
      findings: scan.findings,
      errors: scan.errors,
      startedAt,
      durationMs: performance.now() - started,
      interrupted: settings.signal?.aborted ?? false,
      failOn: settings.failOn ?? settings.policy.severity_thresholds.fail_on,
      strict: settings.strict ?? false,
    },
    settings.policy,
  );
}

/** A plugin that does not load did not examine what it was meant to: the scan is not complete. */
async function pluginErrors(paths: readonly string[]): Promise<ScanError[]> {
  if (paths.length === 0) return [];
  const { loadPlugins } = await import("./plugins.js");
  const hints = ["correct it, or take it out of `plugins`", "docs/plugins.md shows what a plugin looks like"];
  return (await loadPlugins(paths)).map((problem) => ({ ...problem, hints }));
}

/** Nothing was looked at because of what the settings switch off: that must not pass for clean. */
function switchedOff(files: readonly FileReport[], { scanners }: Policy, [path = ""]: readonly string[]): ScanError[] {
  if (scanners.off.length === 0 || files.length === 0 || files.some(({ state }) => state !== "skipped")) return [];
  const hints = ["choose other scanners: modelaudit scan --list-scanners"];
  return [{ path, message: "nothing scanned: the scanners that were needed are switched off", hints }];
}

class Scan {
  readonly findings: Finding[] = [];
  readonly errors: ScanError[];
  private readonly reports = new Map<string, FileReport>();
  private bytes = 0;
  private readonly totalBytes: number;

  constructor(
    private readonly selection: Selection,
    private readonly settings: ScanSettings,
    private readonly runner: Runner,
  ) {
    this.errors = [...selection.errors];
    this.totalBytes = selection.files.reduce((sum, { size }) => sum + size, 0);
  }

  async run(): Promise<void> {
    for (const { path, reason, state } of this.selection.skipped) {
      this.reports.set(path, unexamined({ path, size: 0 }, reason, state));
    }
    this.reportLinks();
    const originals = findDuplicates(this.selection.files);
    await this.scanAll(this.selection.files.filter((file) => !originals.has(file)));
    await this.scanAll([...originals].filter(([copy, original]) => !this.repeat(copy, original)).map(([copy]) => copy));
    for (const folder of this.selection.folders) await this.inspect(folder);
  }

  fileReports(): FileReport[] {
    return [...this.reports.values()].sort((a, b) => compareBytes(a.path, b.path));
  }

  private async scanAll(files: readonly SelectedFile[]): Promise<void> {
    const running: Promise<void>[] = [];
    for (const file of files) {
      if (this.settings.signal?.aborted) break;
      const job = { kind: "file", ...file, hash: this.settings.hash ?? false } as const;
      const inline = this.runner.runsInline(job);
      const done = this.runner.run(job).then((report) => this.add(file, report));
      if (inline) await done;
      else running.push(done);
    }
    await Promise.all(running);
  }

  private add({ path, size }: SelectedFile, report: FileReport): void {
    this.reports.set(path, report);
    this.bytes += size;
    this.tell(path);
  }

  tell(path: string, member: readonly string[] = []): void {
    this.settings.onProgress?.({
      files: this.reports.size,
      totalFiles: this.selection.files.length + this.selection.skipped.length,
      bytes: this.bytes,
      totalBytes: this.totalBytes,
      path,
      member,
    });
  }

  /** Gives a copy the report of its original. False where the original's report depended on its neighbours, which the copy does not share. */
  private repeat(copy: SelectedFile, original: SelectedFile): boolean {
    const report = this.reports.get(original.path);
    if (!report || report.usedNeighbours) return false;
    const { path } = copy;
    this.add(copy, {
      ...report,
      path,
      duplicateOf: original.path,
      findings: report.findings.map((finding) => {
        return { ...finding, path, fingerprint: fingerprintOf(copy.identity, finding, finding.member) };
      }),
      checks: report.checks.map((check) => ({ ...check, path })),
      parts: report.parts.map((part) => ({ ...part, path })),
    });
    return true;
  }

  /** What the files of a folder mean together. A finding about one of them joins that file's report. */
  private async inspect(folder: SelectedFolder): Promise<void> {
    if (this.settings.signal?.aborted) return;
    const { findings, state, reason } = await this.runner.run({ kind: "folder", ...folder });
    for (const finding of findings) {
      const [entry, ...member] = finding.member;
      const path = entry === undefined ? folder.path : join(folder.path, entry);
      this.place({ ...finding, path, member });
    }
    if (state !== "scanned") this.errors.push({ path: folder.path, message: reason ?? state, hints: [] });
    if (!this.knowsAnythingIn(folder)) this.errors.push(nothingKnown(folder));
  }

  private place(finding: Finding): void {
    const report = this.reports.get(finding.path);
    if (report) this.reports.set(finding.path, { ...report, findings: [...report.findings, finding] });
    else this.findings.push(finding);
  }

  private knowsAnythingIn({ path }: SelectedFolder): boolean {
    const files = this.selection.files.filter(({ folder }) => folder === path);
    return files.some((file) => this.reports.get(file.path)?.state !== "skipped");
  }

  private reportLinks(): void {
    for (const { path, identity, target } of this.selection.links) {
      const own = new Findings({ path, identity }, this.settings.policy);
      const message = `the link leads out of the scanned folder, to ${target}`;
      own.add({ rule: "analysis/unsafe-link", message, subject: target, evidence: { target } }, [], "folder");
      this.findings.push(...own.list());
    }
  }
}

function nothingKnown({ path, entries }: SelectedFolder): ScanError {
  const files = entries.filter(({ kind }) => kind === "file").length;
  const message =
    files === 0
      ? "nothing scanned: the folder holds no files"
      : `nothing scanned: none of ${files} files is of a known format`;
  return { path, message, hints: ["check the path", "`modelaudit doctor` lists the formats that are known"] };
}
