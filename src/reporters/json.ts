import { createHash } from "node:crypto";
import type { Check, FileReport, Finding, ScanResult } from "../engine/result.js";
import { type Summary, summarize } from "../engine/summary.js";
import { findRule } from "../rules/index.js";
import { isAtLeast, SEVERITY_SCORES, type Severity, worst } from "../rules/severity.js";
import { printableJson } from "./escape.js";
import { locationOf } from "./location.js";
import type { ReportOptions } from "./reporter.js";

/** The version of the report's shape, as in `docs/schema/report.json`. */
const SCHEMA_VERSION = "1.0";

/** The report as JSON: first the keys of promptfoo's modelaudit in their order, then ours. */
export function renderJson(result: ScanResult, options: ReportOptions): string {
  return `${printableJson(JSON.stringify(new Report(result, options).document(), null, 2))}\n`;
}

class Report {
  private readonly summary: Summary;
  /** Seconds since 1970. */
  private readonly startTime: number;

  constructor(
    private readonly result: ScanResult,
    private readonly options: ReportOptions,
  ) {
    this.summary = summarize(result);
    this.startTime = Date.parse(result.startedAt) / 1000;
  }

  document(): object {
    const { result, summary } = this;
    const checks = this.checks();
    const failed = checks.filter(({ status }) => status === "failed").length;
    const hasErrors = summary.verdict === "incomplete" || result.errors.length > 0 || summary.states.failed > 0;
    return {
      scanner_names: [...new Set(result.files.flatMap(({ scanners }) => scanners))],
      start_time: this.startTime,
      bytes_scanned: summary.bytes,
      issues: summary.findings.map((finding) => this.issue(finding)),
      checks,
      files_scanned: summary.states.scanned + summary.states.partial,
      has_errors: hasErrors,
      duration: result.durationMs / 1000,
      assets: result.files.map(({ path, formats, size }) => ({ path, type: formats[0] ?? "unknown", size })),
      file_metadata: Object.fromEntries(result.files.map((file) => [file.path, this.metadata(file)])),
      ...contentHash(result.files),
      total_checks: checks.length,
      passed_checks: checks.length - failed,
      failed_checks: failed,
      success: !hasErrors && !result.interrupted,
      schema_version: SCHEMA_VERSION,
      tool: { name: "modelaudit", version: this.options.version },
      verdict: summary.verdict,
      risk_score: summary.riskScore,
      coverage: this.coverage(),
    };
  }

  private issue(finding: Finding): object {
    const rule = findRule(finding.rule);
    return {
      message: finding.message,
      ...this.severity(finding.severity),
      location: locationOf(finding),
      details: this.details(finding),
      timestamp: this.startTime,
      why: finding.why,
      type: `${finding.scanner}_check`,
      rule_code: finding.rule,
      rule: finding.rule,
      title: rule?.title ?? finding.rule,
      remediation: rule?.remediation ?? "",
      safety: finding.safety,
      score: SEVERITY_SCORES[finding.severity],
      path: finding.path,
      member: finding.member,
      ...(finding.offset === undefined ? {} : { offset: finding.offset }),
      cwe: rule?.cwe ?? [],
      references: finding.references,
      fingerprint: finding.fingerprint,
      ...(finding.suppressed === undefined ? {} : { suppressed: finding.suppressed }),
    };
  }

  /** What was verified and held, then every finding that is more than information. */
  private checks() {
    const passed = this.result.files.flatMap(({ checks }) => checks.map((check) => this.passedCheck(check)));
    const told = this.summary.findings.filter(({ severity }) => isAtLeast(severity, "low"));
    return [...passed, ...told.map((finding) => this.failedCheck(finding))];
  }

  private passedCheck(check: Check) {
    const { name, message } = check;
    return { name, status: "passed", message, location: locationOf(check), details: {}, timestamp: this.startTime };
  }

  private failedCheck(finding: Finding) {
    const { message, why, rule } = finding;
    return {
      name: findRule(rule)?.title ?? rule,
      status: "failed",
      message,
      ...this.severity(finding.severity),
      location: locationOf(finding),
      details: this.details(finding),
      why,
      rule_code: rule,
      timestamp: this.startTime,
    };
  }

  /** Under promptfoo the four severities that it knows; ours then stands in `level`. */
  private severity(severity: Severity): { severity: string; level?: Severity } {
    return this.options.delegated ? { severity: UPSTREAM[severity], level: severity } : { severity };
  }

  /** A stack trace is for whoever mends the scanner. */
  private details({ evidence, count }: Finding): object {
    const { stack, ...facts } = evidence;
    return {
      ...facts,
      ...(this.options.verbose && stack !== undefined ? { stack } : {}),
      ...(count === 1 ? {} : { count }),
    };
  }

  private metadata(file: FileReport): object {
    const severities = file.findings.flatMap(({ severity, suppressed }) =>
      suppressed === undefined ? [severity] : [],
    );
    const worstFound = worst(severities);
    return {
      ...file.metadata,
      file_size: file.size,
      ...(file.sha256 === undefined ? {} : { file_hashes: { sha256: file.sha256 }, content_hash: file.sha256 }),
      // The contract of promptfoo's schema is 0 to 1 here.
      risk_score: worstFound === undefined ? 0 : SEVERITY_SCORES[worstFound] / 10,
      scan_timestamp: this.startTime,
      state: file.state,
      ...(file.reason === undefined ? {} : { reason: file.reason }),
      bytes_examined: file.bytesExamined,
      formats: file.formats,
      scanners: file.scanners,
      ...(file.duplicateOf === undefined ? {} : { duplicate_of: file.duplicateOf }),
      parts: file.parts.map(({ path: _path, ...part }) => part),
    };
  }

  private coverage(): object {
    const { result, summary } = this;
    return {
      files: summary.states,
      bytes_total: summary.bytes,
      bytes_examined: summary.bytesExamined,
      not_examined: summary.unexamined,
      errors: result.errors,
      suppressed: summary.suppressed.map((finding) => this.issue(finding)),
      interrupted: result.interrupted,
      fail_on: result.failOn,
      strict: result.strict,
    };
  }
}

const UPSTREAM: Readonly<Record<Severity, string>> = {
  critical: "critical",
  high: "critical",
  medium: "warning",
  low: "info",
  info: "info",
  debug: "debug",
};

/** One hash over all contents, present when every file was hashed. */
function contentHash(files: readonly FileReport[]): { content_hash?: string } {
  const hashes = files.flatMap(({ sha256 }) => sha256 ?? []);
  if (files.length === 0 || hashes.length < files.length) return {};
  const unique = [...new Set(hashes)].sort().join("");
  return { content_hash: createHash("sha256").update(unique).digest("hex") };
}
