import { UsageError } from "../errors.js";
import { parseSeverity, type Severity, severityRank } from "../rules/severity.js";
import { sortFindings } from "./finding-order.js";
import type { Finding, ScanResult } from "./result.js";

/** A finding that somebody has seen and accepted. */
export interface KnownFinding {
  readonly fingerprint: string;
  readonly severity: Severity;
  readonly count: number;
  /** With the names and numbers of the file: what says something else is something else. */
  readonly message: string;
}

const KIND = "modelaudit-baseline";
const VERSION = 1;

/** The findings of a result as a baseline file. The same result gives the same text on every machine. */
export function baselineText(result: ScanResult): string {
  const findings = sortFindings(allOf(result)).map(({ rule, fingerprint, severity, count, message, path, member }) => {
    return { rule, severity, message, count, place: [lastOf(path), ...member].join(":"), fingerprint };
  });
  return `${JSON.stringify({ kind: KIND, version: VERSION, findings }, null, 2)}\n`;
}

function lastOf(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}

function allOf({ files, findings }: ScanResult): Finding[] {
  return [...files.flatMap((file) => file.findings), ...findings].filter(({ suppressed }) => suppressed === undefined);
}

/** Reads a baseline file and checks every entry. */
export function parseBaseline(text: string, path: string): KnownFinding[] {
  const { findings } = outlineOf(text, path);
  return findings.map((entry: unknown, i) => {
    if (typeof entry !== "object" || entry === null) throw damaged(path, `entry ${i} is no object`);
    const { fingerprint, severity, count, message }: Partial<Record<keyof KnownFinding, unknown>> = entry;
    const level = typeof severity === "string" ? parseSeverity(severity) : undefined;
    if (typeof fingerprint !== "string" || typeof message !== "string" || typeof count !== "number" || !level) {
      throw damaged(path, `entry ${i} lacks its fingerprint, severity, count or message`);
    }
    return { fingerprint, severity: level, count, message };
  });
}

function outlineOf(text: string, path: string): { findings: unknown[] } {
  const value = jsonOf(text, path);
  const isBaseline = typeof value === "object" && value !== null && "kind" in value && value.kind === KIND;
  if (!isBaseline || !("findings" in value) || !Array.isArray(value.findings)) throw damaged(path, "it is no baseline");
  if (!("version" in value) || value.version !== VERSION) throw damaged(path, `its version is not ${VERSION}`);
  return { findings: value.findings };
}

function jsonOf(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw damaged(path, cause.message, cause);
  }
}

function damaged(path: string, problem: string, cause?: Error): UsageError {
  return new UsageError(`the baseline ${path} cannot be used: ${problem}`, ["write it anew with --write-baseline"], {
    cause,
  });
}

/** Marks the known findings: they stay listed, and count no more. */
export function withBaseline(result: ScanResult, known: readonly KnownFinding[], name: string): ScanResult {
  const byFingerprint = new Map<string, KnownFinding[]>();
  for (const entry of known) {
    byFingerprint.set(entry.fingerprint, [...(byFingerprint.get(entry.fingerprint) ?? []), entry]);
  }
  const mark = (finding: Finding): Finding => {
    const isKnown = byFingerprint.get(finding.fingerprint)?.some((entry) => covers(entry, finding)) ?? false;
    return isKnown && finding.suppressed === undefined
      ? { ...finding, suppressed: `known: listed in ${name}` }
      : finding;
  };
  return {
    ...result,
    files: result.files.map((file) => ({ ...file, findings: file.findings.map(mark) })),
    findings: result.findings.map(mark),
  };
}

/** Not the place alone: a known import whose arguments changed, or that became more or worse, is new. */
function covers(known: KnownFinding, { message, severity, count }: Finding): boolean {
  return known.message === message && severityRank(severity) <= severityRank(known.severity) && count <= known.count;
}
