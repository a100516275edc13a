import { CAPABILITIES, type Policy } from "./policy.js";
import {
  count,
  day,
  exactNames,
  flag,
  listOf,
  names,
  pattern,
  type Reader,
  recordWith,
  severity,
  severityOrOff,
  tableBy,
  tablesNamed,
  tableWith,
  text,
} from "./readers.js";

type DeepPartial<T> = T extends readonly unknown[] | string ? T : { readonly [K in keyof T]?: DeepPartial<T[K]> };

/** What one file may say: any part of the policy. */
export type PolicyLayer = DeepPartial<Policy>;

/** One row per section of `default-security-config.toml`: how its values are read and checked. */
export const SECTIONS: { readonly [K in keyof Policy]: Reader<DeepPartial<Policy[K]>> } = {
  pickle_rules: tablesNamed(["critical", "high", "medium", "low"], tableBy(names)),
  code_rules: tablesNamed(CAPABILITIES, tableBy(names)),
  code_programs: tableWith({ harmless: listOf(text), ordinary: listOf(text), suspicious: listOf(text) }),
  called_rules: tablesNamed(["critical", "high"], tableBy(exactNames)),
  safe_globals: tableBy(exactNames),
  trusted_packages: tableWith({ construct: listOf(text) }),
  torchscript_rules: tableWith({ known_namespaces: listOf(text) }),
  tensorflow_rules: tableBy(severity),
  tflite_rules: tableWith({ known_custom_ops: listOf(text) }),
  keras_rules: tableBy(severity),
  onnx_rules: tableBy(severity),
  paddle_rules: tableBy(severity),
  torch7_rules: tableWith({ known_packages: listOf(text), dangerous: listOf(text) }),
  r_rules: tableWith({ dangerous_calls: listOf(text) }),
  java_rules: tableWith({ gadgets: listOf(text), known_packages: listOf(text) }),
  custom_patterns: tableBy(recordWith({ pattern, severity, message: text }, ["pattern", "severity", "message"])),
  rules: tableBy(severityOrOff),
  severity_thresholds: tableWith({ fail_on: severity }),
  secrets: tableWith({ allow: listOf(text) }),
  network: tableWith({
    allowed_hosts: listOf(text),
    tunnels: listOf(text),
    pastes: listOf(text),
    webhooks: listOf(text),
    collectors: listOf(text),
    dynamic_dns: listOf(text),
  }),
  config_rules: tableWith({
    trusted_targets: listOf(text),
    ordinary_targets: listOf(text),
    trusted_package_hosts: listOf(text),
    trusted_install_hosts: listOf(text),
  }),
  licenses: tableWith({
    enforce: flag,
    non_commercial: listOf(text),
    network_copyleft: listOf(text),
    known: listOf(text),
  }),
  scanners: tableWith({ off: listOf(text) }),
  limits: tableWith({
    max_file_bytes: count,
    timeout_seconds: count,
    max_depth: count,
    max_members: count,
    max_inflated_bytes: count,
    max_ratio: count,
    ratio_floor_bytes: count,
    max_steps: count,
  }),
  blacklist: tableWith({ patterns: listOf(text) }),
  suppress: listOf(recordWith({ rule: text, path: text, reason: text, expires: day }, ["rule", "reason"])),
  plugins: listOf(text),
};

/** Checks a parsed file: unknown keys and wrong types are errors that name key and line. */
export const readLayer: Reader<PolicyLayer> = tableWith<PolicyLayer>(SECTIONS);
