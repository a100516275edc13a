import { EncryptedError, LimitError, ParseError } from "../errors.js";
import type { Observation } from "../scanners/scanner.js";
import type { ScanState } from "./result.js";

/** What a failure of reading means for the artifact, and what is told about it. */
export interface Failure {
  readonly state: Extract<ScanState, "partial" | "failed">;
  readonly reason: string;
  readonly observation?: Observation;
}

/** The one place where an error becomes a finding. */
export function judgeFailure(error: unknown, scanner: string): Failure {
  if (error instanceof LimitError) {
    const { message: reason, limit } = error;
    return { state: "partial", reason, observation: limitReached(limit, reason, offsetOf(error)) };
  }
  if (error instanceof EncryptedError) return partial("analysis/encrypted", error);
  if (error instanceof ParseError) return partial("analysis/malformed", error, scanner);
  if (isSystemError(error)) return { state: "failed", reason: `cannot be read: ${error.message}` };
  return crashed(error, scanner);
}

/** Running out of time says more about the machine than about the file; every other limit is one that only odd files reach. */
export function limitReached(limit: string, message: string, offset: { offset?: number } = {}): Observation {
  const severity = limit === "timeout" ? { severity: "low" as const } : {};
  return { rule: "analysis/limit-exceeded", message, subject: limit, ...severity, ...offset, evidence: { limit } };
}

function partial(rule: "analysis/encrypted" | "analysis/malformed", error: ParseError, subject?: string): Failure {
  const about = subject === undefined ? {} : { subject };
  return {
    state: "partial",
    reason: error.message,
    observation: { rule, message: error.message, ...about, ...offsetOf(error) },
  };
}

function crashed(error: unknown, scanner: string): Failure {
  const reason = `scanner ${scanner}: ${error instanceof Error ? error.message : String(error)}`;
  const evidence = error instanceof Error && error.stack ? { stack: error.stack } : {};
  return {
    state: "failed",
    reason,
    observation: { rule: "analysis/scanner-failed", message: reason, subject: scanner, evidence },
  };
}

/** An error of the operating system: the disk, a permission, a file that went away. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

function offsetOf(error: ParseError): { offset: number } | Record<string, never> {
  return error.offset === undefined ? {} : { offset: error.offset };
}
