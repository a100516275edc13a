import { defaultPolicy, loadPolicy } from "./config/load.js";
import type { ScanResult } from "./engine/result.js";
import { type ScanSettings, scanPaths } from "./engine/scan.js";
import { UsageError } from "./errors.js";
import { SEVERITIES } from "./rules/severity.js";

export type { Policy } from "./config/policy.js";
export type { Check, FileReport, Finding, Part, ScanError, ScanResult, ScanState } from "./engine/result.js";
export type { Progress } from "./engine/scan.js";
export { type Summary, summarize, type Verdict } from "./engine/summary.js";
export type { Rule } from "./rules/rule.js";
export type { Safety, Severity } from "./rules/severity.js";
export { VERSION } from "./version.js";
export { UsageError };

export interface ScanOptions extends Omit<ScanSettings, "policy"> {
  /** A file of security rules (TOML) over the defaults. None is looked for elsewhere. */
  readonly config?: string | undefined;
}

/** What a caller without types may give by mistake; a wrong threshold would pass everything. */
function checkArguments(paths: unknown, { failOn }: ScanOptions): void {
  const isList = Array.isArray(paths) && paths.every((path) => typeof path === "string");
  if (typeof paths !== "string" && !isList)
    throw new UsageError("scan() takes a path or a list of paths", ['scan("models/")']);
  if (failOn === undefined || SEVERITIES.includes(failOn)) return;
  throw new UsageError(`"${String(failOn)}" is no severity`, [`one of ${SEVERITIES.join(", ")}`]);
}

/**
 * Scans model files, folders and glob patterns, and loads none of them. What is wrong with a file is in the result; only a wrong
 * call or configuration throws (a UsageError).
 */
export async function scan(paths: string | readonly string[], options: ScanOptions = {}): Promise<ScanResult> {
  checkArguments(paths, options);
  const { config, ...settings } = options;
  const scanned = typeof paths === "string" ? [paths] : paths;
  const policy = config === undefined ? await defaultPolicy() : (await loadPolicy({ given: config, scanned })).policy;
  return scanPaths(scanned, { ...settings, policy });
}
