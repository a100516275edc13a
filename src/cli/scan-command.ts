import { existsSync } from "node:fs";
import { cacheFolder } from "../cache/location.js";
import { liesInScan } from "../config/locate.js";
import type { Policy } from "../config/policy.js";
import type { ScanResult } from "../engine/result.js";
import { scanPaths } from "../engine/scan.js";
import { summarize } from "../engine/summary.js";
import { UsageError } from "../errors.js";
import { nearest } from "../nearest.js";
import { REPORTERS } from "../reporters/reporters.js";
import { VERSION } from "../version.js";
import { annotationLines, isGithubJob } from "./annotations.js";
import { notesOn } from "./hidden-options.js";
import { LazyCache } from "./lazy-cache.js";
import { note, writeReport, writeStdout } from "./output.js";
import { checkOutput } from "./output-place.js";
import { type ProgressDisplay, showProgress } from "./progress.js";
import { formatOf, type ScanFlags } from "./scan-options.js";
import { type Settings, settingsFor } from "./settings.js";
import { wantsColor, widthOf } from "./terminal.js";

/** Runs `modelaudit scan` and returns its exit code. `commands` are the names that a first path may have been meant as. */
export async function scanCommand(
  paths: readonly string[],
  flags: ScanFlags,
  commands: readonly string[],
): Promise<number> {
  const [first = ""] = paths;
  const meant = existsSync(first) ? [] : nearest(first, commands, 1);
  if (!flags.quiet)
    for (const name of meant) note(`"${first}" is taken as a path; did you mean \`modelaudit ${name}\`?`);
  if (!flags.quiet) for (const line of notesOn(flags)) note(line);
  if (flags.listScanners) return listScanners(flags);
  if (flags.interactive) return askAndScan(paths, flags);
  return scanAsAsked(paths, flags);
}

async function listScanners(flags: ScanFlags): Promise<number> {
  const { scannerList } = await import("./list-scanners.js");
  await deliver(scannerList(formatOf(flags)), flags);
  return 0;
}

async function askAndScan(paths: readonly string[], flags: ScanFlags): Promise<number> {
  const { ask } = await import("./interactive.js");
  const answers = await ask(paths, flags);
  return scanAsAsked(answers.paths, answers.flags);
}

async function scanAsAsked(paths: readonly string[], given: ScanFlags): Promise<number> {
  if (paths.length === 0) throw new UsageError("nothing to scan", ["modelaudit scan ./models", "modelaudit --help"]);
  const { flags, policy, warnings } = await settingsFor(paths, given);
  for (const file of [flags.output, flags.sbom]) if (file !== undefined) checkOutput(file, paths);
  if (!flags.quiet) for (const warning of warnings) note(`warning: ${warning}`);
  if (flags.dryRun || flags.preview) return dryRun(paths, { flags, policy });
  const known = await baselineFor(flags, paths);
  const cache = cacheFor(paths, { flags, policy });
  const result = await interruptible((signal) => scan(paths, policy, { flags, signal, cache }));
  return report(known?.apply(result) ?? result, flags);
}

type InForce = Pick<Settings, "flags" | "policy">;

async function dryRun(paths: readonly string[], { flags, policy }: InForce): Promise<number> {
  const { planScan, planText } = await import("./dry-run.js");
  const plan = await planScan(paths, policy);
  const renderReport = formatOf(flags) === "text" ? undefined : await REPORTERS[formatOf(flags)]?.();
  await deliver((await renderReport?.(plan, reportOptions(flags))) ?? planText(plan), flags);
  return plan.errors.length > 0 ? 2 : 0;
}

async function baselineFor(flags: ScanFlags, paths: readonly string[]) {
  if ((flags.baseline ?? flags.writeBaseline) === undefined) return undefined;
  const { BaselineFiles } = await import("./baseline.js");
  return new BaselineFiles(flags, paths);
}

/** Writes the report, in every case that a scan was made. */
async function report(result: ScanResult, flags: ScanFlags): Promise<number> {
  const { exitCode } = summarize(result);
  try {
    const render = await REPORTERS[formatOf(flags)]?.();
    if (!render) throw new UsageError(`the format ${formatOf(flags)} is not available`, ["use text or json"]);
    await deliver(await render(result, reportOptions(flags)), flags);
    tellErrors(result, flags);
    if (flags.sbom !== undefined) await deliverSbom(flags.sbom, result, flags);
    // On stderr: GitHub reads both, and stdout may be JSON.
    if (flags.annotate && isGithubJob())
      process.stderr.write(
        annotationLines(result)
          .map((line) => `${line}\n`)
          .join(""),
      );
  } catch (error) {
    // What was found must not be masked by a report that could not be written.
    if (exitCode === 0 || !(error instanceof UsageError)) throw error;
    note(`error: ${error.message}`);
  }
  return exitCode;
}

interface Run {
  readonly flags: ScanFlags;
  readonly signal: AbortSignal;
  readonly cache: LazyCache | undefined;
}

async function scan(paths: readonly string[], policy: Policy, { flags, signal, cache }: Run): Promise<ScanResult> {
  const progress = progressFor(flags);
  try {
    const { failOn, strict } = flags;
    const hash = flags.sbom !== undefined || formatOf(flags) === "sbom";
    const result = await scanPaths(paths, {
      policy,
      failOn,
      strict,
      signal,
      cache,
      hash,
      onProgress: progress?.update,
    });
    await cache?.tidy();
    return result;
  } finally {
    progress?.stop();
  }
}

/**
 * None for plugins: what one finds depends on its code, which no key of the cache knows. None that lies in what is scanned: whoever made that
 * could have put results there.
 */
function cacheFor(paths: readonly string[], { flags, policy }: InForce): LazyCache | undefined {
  if (!flags.cache || policy.plugins.length > 0) return undefined;
  const folder = flags.cacheDir ?? cacheFolder();
  if (!liesInScan(folder, paths)) return new LazyCache(policy, folder);
  if (!flags.quiet) note(`warning: the cache ${folder} is not used: it lies in what is scanned`);
  return undefined;
}

function progressFor({ quiet, progress }: ScanFlags): ProgressDisplay | undefined {
  const isTerminal = process.stderr.isTTY ?? false;
  return (progress ?? (isTerminal && !quiet)) ? showProgress(isTerminal) : undefined;
}

/** The first Ctrl-C ends the scan and lets the report be written, the second one ends the program. */
async function interruptible(work: (signal: AbortSignal) => Promise<ScanResult>): Promise<ScanResult> {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

function isDelegated(): boolean {
  return process.env.PROMPTFOO_DELEGATED === "true";
}

/** What could not be looked at, for a person who does not see the report, or whose promptfoo throws it away. */
function tellErrors({ errors }: ScanResult, { output, quiet }: ScanFlags): void {
  if (output === undefined || quiet) return;
  for (const { path, message } of errors) note(`not examined: ${path}: ${message}`);
}

function reportOptions({ output, verbose = false, quiet = false }: ScanFlags) {
  return {
    version: VERSION,
    delegated: isDelegated(),
    verbose,
    quiet,
    width: widthOf(process.stdout),
    color: output === undefined && wantsColor(process.stdout),
    cwd: process.cwd(),
  };
}

async function deliver(report: string, { output, quiet }: ScanFlags): Promise<void> {
  if (output === undefined) return writeStdout(report);
  writeReport(output, report);
  // promptfoo's file is its own affair.
  if (!quiet && !isDelegated()) note(`report written to ${output}`);
}

/** The bill of materials that is written beside the report. */
async function deliverSbom(file: string, result: ScanResult, flags: ScanFlags): Promise<void> {
  const render = await REPORTERS.sbom?.();
  if (render) await deliver(await render(result, reportOptions(flags)), { ...flags, output: file });
}
