import { loadPolicy } from "../config/load.js";
import type { Policy } from "../config/policy.js";
import type { ScanResult } from "../engine/result.js";
import { scanPaths } from "../engine/scan.js";
import { summarize } from "../engine/summary.js";
import { UsageError } from "../errors.js";
import { REPORTERS } from "../reporters/reporters.js";
import { VERSION } from "../version.js";
import { checkWritable, note, writeReport, writeStdout } from "./output.js";
import { type ProgressDisplay, showProgress } from "./progress.js";
import { LazyCache } from "./lazy-cache.js";
import { formatOf, type ScanFlags } from "./scan-options.js";
import { wantsColor, widthOf } from "./terminal.js";

/** Runs `modelaudit scan` and returns its exit code. The report is written in every case that a scan was made. */
export async function scanCommand(paths: readonly string[], flags: ScanFlags): Promise<number> {
  refuseUnready(flags);
  if (paths.length === 0) throw new UsageError("nothing to scan", ["modelaudit scan ./models", "modelaudit --help"]);
  if (flags.output !== undefined) checkWritable(flags.output);
  const loadReporter = REPORTERS[formatOf(flags)];
  if (!loadReporter) throw new UsageError(`the format ${formatOf(flags)} is not available yet`, ["use text or json"]);
  const { policy, warnings } = await loadPolicy({ given: flags.config, scanned: paths });
  if (!flags.quiet) for (const warning of warnings) note(`warning: ${warning}`);
  const result = await interruptible((signal) => scan(paths, withFlags(policy, flags), { flags, signal }));
  const { exitCode } = summarize(result);
  try {
    const render = await loadReporter();
    await deliver(await render(result, reportOptions(flags)), flags);
  } catch (error) {
    // What was found must not be masked by a report that could not be written.
    if (exitCode === 0 || !(error instanceof UsageError)) throw error;
    note(`error: ${error.message}`);
  }
  return exitCode;
}

/** Options that are in the table before what they ask for exists. */
function refuseUnready({ sbom, preset, dryRun, interactive }: ScanFlags): void {
  const asked = Object.entries({
    "--sbom": sbom,
    "--preset": preset,
    "--dry-run": dryRun,
    "--interactive": interactive,
  });
  for (const [name, value] of asked) if (value !== undefined) throw new UsageError(`${name} is not available yet`);
}

function withFlags(policy: Policy, { maxSize, timeout, blacklist = [] }: ScanFlags): Policy {
  const limits = {
    ...policy.limits,
    ...(maxSize === undefined ? {} : { max_file_bytes: maxSize }),
    ...(timeout === undefined ? {} : { timeout_seconds: timeout }),
  };
  return { ...policy, limits, blacklist: { patterns: [...policy.blacklist.patterns, ...blacklist] } };
}

interface Run {
  readonly flags: ScanFlags;
  readonly signal: AbortSignal;
}

async function scan(paths: readonly string[], policy: Policy, { flags, signal }: Run): Promise<ScanResult> {
  const progress = progressFor(flags);
  try {
    const { failOn, strict } = flags;
    const cache = flags.cache ? new LazyCache(policy) : undefined;
    const result = await scanPaths(paths, { policy, failOn, strict, signal, cache, onProgress: progress?.update });
    await cache?.tidy();
    return result;
  } finally {
    progress?.stop();
  }
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

function reportOptions({ output, verbose = false, quiet = false }: ScanFlags) {
  return {
    version: VERSION,
    delegated: process.env.PROMPTFOO_DELEGATED === "true",
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
  if (!quiet) note(`report written to ${output}`);
}
