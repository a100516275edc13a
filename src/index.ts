import { defaultPolicy, loadPolicy } from "./config/load.js";
import type { ScanResult } from "./engine/result.js";
import { type ScanSettings, scanPaths } from "./engine/scan.js";

export type { Policy } from "./config/policy.js";
export type { Check, FileReport, Finding, Part, ScanError, ScanResult, ScanState } from "./engine/result.js";
export type { Progress } from "./engine/scan.js";
export { type Summary, summarize, type Verdict } from "./engine/summary.js";
export { UsageError } from "./errors.js";
export type { Rule } from "./rules/rule.js";
export type { Safety, Severity } from "./rules/severity.js";
export { VERSION } from "./version.js";

export interface ScanOptions extends Omit<ScanSettings, "policy"> {
  /** A file of security rules (TOML) over the defaults. None is looked for elsewhere. */
  readonly config?: string | undefined;
}

/**
 * Scans model files, folders and glob patterns, and loads none of them. What is wrong with a file is in the result; only a wrong
 * configuration throws (a UsageError).
 */
export async function scan(paths: string | readonly string[], options: ScanOptions = {}): Promise<ScanResult> {
  const { config, ...settings } = options;
  const scanned = typeof paths === "string" ? [paths] : paths;
  const policy = config === undefined ? await defaultPolicy() : (await loadPolicy({ given: config, scanned })).policy;
  return scanPaths(scanned, { ...settings, policy });
}
