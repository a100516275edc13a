import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { loadPolicy } from "../config/load.js";
import { liesInScan } from "../config/locate.js";
import type { Policy } from "../config/policy.js";
import { PRESETS, type Preferences, type Preset, preferencesPath } from "../config/preferences.js";
import type { PolicyLayer } from "../config/schema.js";
import type { ScanFlags } from "./scan-options.js";

/** What is in force for one scan: options, preset, preferences and rules, laid over each other. */
export interface Settings {
  /** The options as if all had been given on the command line. */
  readonly flags: ScanFlags;
  readonly policy: Policy;
  readonly warnings: readonly string[];
  /** The file of security rules over the defaults. */
  readonly configPath: string | undefined;
}

const NO_PRESET: Preset = { title: "", preferences: {}, policy: {} };

/**
 * Options go before the preset, the preset before the preferences. What limits or fails a scan is also in the rules: those of a rules file go
 * before the preferences, because a team's rules must not be weakened by somebody's habits.
 */
export async function settingsFor(paths: readonly string[], given: ScanFlags): Promise<Settings> {
  const liked = await preferences(paths);
  const name = given.preset ?? liked.found.preset;
  const preset = name === undefined ? NO_PRESET : PRESETS[name];
  const flags = withPreferences(given, { ...habits(liked.found), ...preset.preferences });
  const beneath = [layerOf(liked.found), preset.policy].filter((layer) => Object.keys(layer).length > 0);
  const loaded = await loadPolicy({ given: flags.config, scanned: paths, beneath });
  const policy = await withFlags(loaded.policy, flags);
  const warnings = [...liked.warnings, ...loaded.warnings, ...expired(policy)];
  return { flags, policy, warnings, configPath: loaded.path };
}

/** Suppressions that no longer hold: their findings count again, and somebody should know why. */
function expired({ suppress }: Policy): string[] {
  const today = new Date().toISOString().slice(0, 10);
  return suppress.flatMap(({ rule, expires }) =>
    expires !== undefined && expires < today ? [`the suppression of ${rule} has ended on ${expires}`] : [],
  );
}

/** The person's own file, unless it is among what is scanned. */
export async function preferences(paths: readonly string[]): Promise<{ found: Preferences; warnings: string[] }> {
  const path = preferencesPath();
  if (!existsSync(path)) return { found: {}, warnings: [] };
  if (liesInScan(path, paths)) return { found: {}, warnings: [`${path} is ignored: it lies in what is scanned`] };
  const { readPreferences } = await import("../config/read-preferences.js");
  return { found: readPreferences(path), warnings: [] };
}

/** Preferences without those that belong to the rules. */
function habits({ fail_on: _failOn, max_size: _maxSize, timeout: _timeout, ...rest }: Preferences): Preferences {
  return rest;
}

function layerOf({ fail_on, max_size, timeout }: Preferences): PolicyLayer {
  const limits = {
    ...(max_size === undefined ? {} : { max_file_bytes: max_size }),
    ...(timeout === undefined ? {} : { timeout_seconds: timeout }),
  };
  return {
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    ...(fail_on === undefined ? {} : { severity_thresholds: { fail_on } }),
  };
}

function withPreferences(given: ScanFlags, liked: Preferences): ScanFlags {
  const { format, fail_on, timeout, max_size, strict, cache, progress, verbose, quiet, output_folder } = liked;
  const wished = { failOn: fail_on, timeout, maxSize: max_size, strict, progress, verbose, quiet };
  const defined = Object.entries(wished).filter(([, value]) => value !== undefined);
  const output = given.output && output_folder ? placed(given.output, output_folder) : given.output;
  return {
    ...Object.fromEntries(defined),
    // The ending of a file that was named says more than a habit.
    ...(format === undefined || given.output !== undefined ? {} : { format }),
    ...given,
    ...(output === undefined ? {} : { output }),
    cache: given.cache && (cache ?? true),
  };
}

/** A bare file name goes to the person's folder of reports. */
function placed(output: string, folder: string): string {
  return dirname(output) === "." && basename(output) === output ? join(folder, output) : output;
}

async function withFlags(policy: Policy, flags: ScanFlags): Promise<Policy> {
  const { timeout, blacklist = [], maxSize = flags.maxFileSize } = flags;
  const limits = {
    ...policy.limits,
    ...(maxSize === undefined ? {} : { max_file_bytes: maxSize }),
    ...(timeout === undefined ? {} : { timeout_seconds: timeout }),
  };
  const limited = { ...policy, limits, blacklist: { patterns: [...policy.blacklist.patterns, ...blacklist] } };
  const { suppress, severity, scanners, excludeScanner, strictLicense } = flags;
  if ((suppress ?? severity ?? scanners ?? excludeScanner ?? strictLicense) === undefined) return limited;
  const { withRuleFlags } = await import("./rule-flags.js");
  return withRuleFlags(limited, flags);
}
