import type { BudgetLimits } from "../io/budget.js";
import type { Severity } from "../rules/severity.js";

/** Names of one Python module: all of them, or exactly these. */
export type NameSet = "*" | readonly string[];

/** `[pickle_rules.*]`: module -> names, by severity. A module's `*` covers its submodules as well. */
export type CallableRules = Readonly<Record<"critical" | "high" | "medium" | "low", Readonly<Record<string, NameSet>>>>;

export interface Limits extends BudgetLimits {
  /** Larger files are refused; 0 means no limit. */
  readonly max_file_bytes: number;
  /** Seconds per file; 0 means by size (60, 300, 3600, 7200). */
  readonly timeout_seconds: number;
}

export interface Suppression {
  readonly rule: string;
  /** Glob over the reported path; all paths when absent. */
  readonly path?: string;
  readonly reason: string;
  /** ISO date after which the suppression no longer holds. */
  readonly expires?: string;
}

export interface CustomPattern {
  readonly pattern: string;
  readonly severity: Severity;
  readonly message: string;
}

/**
 * The rule base of a scan: `default-security-config.toml` with the user's file laid over it. Plain data, frozen, hashed: it travels to
 * the workers as it is. Keys are those of the TOML file.
 */
export interface Policy {
  readonly pickle_rules: CallableRules;
  /** Exact names only. */
  readonly safe_globals: Readonly<Record<string, readonly string[]>>;
  readonly trusted_packages: {
    /** Top-level packages whose classes may be built with plain state without a finding of medium or above. */
    readonly construct: readonly string[];
  };
  readonly tensorflow_rules: Readonly<Record<string, Severity>>;
  readonly keras_rules: Readonly<Record<string, Severity>>;
  readonly onnx_rules: Readonly<Record<string, Severity>>;
  readonly custom_patterns: Readonly<Record<string, CustomPattern>>;
  /** Rule id -> severity, or "off". */
  readonly rules: Readonly<Record<string, Severity | "off">>;
  readonly severity_thresholds: { readonly fail_on: Severity };
  readonly limits: Limits;
  readonly blacklist: { readonly patterns: readonly string[] };
  readonly suppress: readonly Suppression[];
  readonly plugins: readonly string[];
}
