import { homedir } from "node:os";
import { join } from "node:path";
import type { Severity } from "../rules/severity.js";
import type { PolicyLayer } from "./schema.js";

export const FORMATS = ["text", "json", "sarif", "html", "sbom"] as const;
export type ReportFormat = (typeof FORMATS)[number];

export const PRESET_NAMES = ["security", "fast", "compliance"] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/** How a person likes to scan: the keys of `~/.modelaudit/config.toml`. Options of the command line go before them. */
export interface Preferences {
  readonly format?: ReportFormat;
  /** Where reports go that `--output` names without a folder. */
  readonly output_folder?: string;
  readonly preset?: PresetName;
  readonly fail_on?: Severity;
  /** In bytes; written as `10GB`. */
  readonly max_size?: number;
  /** Seconds per file. */
  readonly timeout?: number;
  readonly strict?: boolean;
  readonly cache?: boolean;
  readonly progress?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

/** A named set of settings. */
export interface Preset {
  readonly title: string;
  /** As if given on the command line. */
  readonly preferences: Preferences;
  /** Between the rule base and the user's rules. */
  readonly policy: PolicyLayer;
}

/** `--preset`. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  security: {
    title: "strict: remarks, unknown formats and skipped files fail the run",
    preferences: { fail_on: "low", strict: true },
    policy: {},
  },
  fast: {
    title: "for a quick look: little time and little unpacking per file; what is over that comes out as partial",
    preferences: { timeout: 20 },
    policy: { limits: { max_depth: 4, max_members: 20_000, max_inflated_bytes: 1 << 30, max_steps: 50_000_000 } },
  },
  compliance: {
    title: "licences count, everything is told, and every skipped file fails the run",
    preferences: { strict: true, verbose: true },
    policy: { licenses: { enforce: true } },
  },
};

export function preferencesPath(home = homedir()): string {
  return join(home, ".modelaudit", "config.toml");
}
