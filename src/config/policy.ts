import type { BudgetLimits } from "../io/budget.js";
import type { Severity } from "../rules/severity.js";

/** Names of one Python module: all of them, or exactly these. */
export type NameSet = "*" | readonly string[];

/** `[pickle_rules.*]`: module -> names, by severity. A module's `*` covers its submodules as well. */
export type CallableRules = Readonly<Record<"critical" | "high" | "medium" | "low", Readonly<Record<string, NameSet>>>>;

/** What reaching a callable lets code do, as `[code_rules.*]` sorts them. */
export const CAPABILITIES = [
  "command",
  "execute",
  "unpickle",
  "native",
  "network",
  "write",
  "secret",
  "introspect",
  "effect",
  "harmless",
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** `[code_rules.*]`: module -> names, by capability. The longest module that matches decides. */
export type CodeRules = Readonly<Record<Capability, Readonly<Record<string, NameSet>>>>;

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

/** `[network]`: host names, each with its subdomains; with a path where only that part of the host counts. */
export interface NetworkRules {
  /** Never told, whatever the other lists say. */
  readonly allowed_hosts: readonly string[];
  readonly tunnels: readonly string[];
  readonly pastes: readonly string[];
  readonly webhooks: readonly string[];
  readonly collectors: readonly string[];
  readonly dynamic_dns: readonly string[];
}

/** `[config_rules]`: what configuration files may name without a finding. */
export interface ConfigRules {
  /** Beginnings of dotted names that a Hydra or OmegaConf `_target_`, a YAML tag or a loader module may name. */
  readonly trusted_targets: readonly string[];
  /** Callables that a pickle must not call and a configuration may: told as low. `*` stands for one part of a name. */
  readonly ordinary_targets: readonly string[];
  /** Package indexes and code hosts that requirements may point at. */
  readonly trusted_package_hosts: readonly string[];
  /** Hosts whose installers may be piped into a shell while an image is built. */
  readonly trusted_install_hosts: readonly string[];
}

/** `[scanners]`: ids of scanners, as `modelaudit doctor` lists them. */
export interface ScannerChoice {
  /** Files that only these could read come out as skipped. */
  readonly off: readonly string[];
}

/** `[licenses]`: names of licences, with * and ? as wildcards. */
export interface LicenseRules {
  /** Findings about licences are medium, whatever they are otherwise. */
  readonly enforce: boolean;
  readonly non_commercial: readonly string[];
  readonly network_copyleft: readonly string[];
  /** Licences beyond the SPDX list whose terms are known. */
  readonly known: readonly string[];
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
  readonly code_rules: CodeRules;
  /** Program names, without their folders. */
  readonly code_programs: {
    /** Started without a word: they only tell something about the machine. */
    readonly harmless: readonly string[];
    /** They build, copy and convert: worth a word, not a warning. */
    readonly ordinary: readonly string[];
    /** A way to run something else, to fetch it or to hide it. */
    readonly suspicious: readonly string[];
  };
  /** Classes that are ordinary as objects, and load, run or open something when they are called. Exact names only. */
  readonly called_rules: Readonly<Record<"critical" | "high", Readonly<Record<string, readonly string[]>>>>;
  /** Exact names only. */
  readonly safe_globals: Readonly<Record<string, readonly string[]>>;
  readonly trusted_packages: {
    /** Top-level packages whose classes may be built with plain state without a finding of medium or above. */
    readonly construct: readonly string[];
  };
  readonly torchscript_rules: {
    /** Operator and class namespaces of libraries that are commonly installed. */
    readonly known_namespaces: readonly string[];
  };
  readonly tensorflow_rules: Readonly<Record<string, Severity>>;
  readonly tflite_rules: {
    /** Custom operators of well-known libraries that only compute; `Prefix*` covers all that begin so. */
    readonly known_custom_ops: readonly string[];
  };
  readonly keras_rules: Readonly<Record<string, Severity>>;
  readonly onnx_rules: Readonly<Record<string, Severity>>;
  /** Operators of PaddlePaddle programs that do more than compute. */
  readonly paddle_rules: Readonly<Record<string, Severity>>;
  readonly torch7_rules: {
    /** First parts of class names whose packages are ordinary. */
    readonly known_packages: readonly string[];
    /** Names that Lua code reaches the system by. */
    readonly dangerous: readonly string[];
  };
  readonly r_rules: {
    /** R functions that start programs, load code or reach the network. */
    readonly dangerous_calls: readonly string[];
  };
  /** Class names; a row that ends in a dot covers a package and all below it. */
  readonly java_rules: {
    readonly gadgets: readonly string[];
    readonly known_packages: readonly string[];
  };
  readonly secrets: {
    /** Strings that look like credentials and are none. Exact. */
    readonly allow: readonly string[];
  };
  readonly network: NetworkRules;
  readonly config_rules: ConfigRules;
  readonly licenses: LicenseRules;
  readonly scanners: ScannerChoice;
  readonly custom_patterns: Readonly<Record<string, CustomPattern>>;
  /** Rule id -> severity, or "off". */
  readonly rules: Readonly<Record<string, Severity | "off">>;
  readonly severity_thresholds: { readonly fail_on: Severity };
  readonly limits: Limits;
  readonly blacklist: { readonly patterns: readonly string[] };
  readonly suppress: readonly Suppression[];
  readonly plugins: readonly string[];
}
