import type { RuleId } from "../../rules/index.js";
import type { Severity } from "../../rules/severity.js";
import type { Observation } from "../scanner.js";
import type { Verdict } from "./address.js";
import type { Capability } from "./operations.js";

const RULES: Readonly<Record<Capability, RuleId>> = {
  python: "tensorflow/python-op",
  write: "tensorflow/file-write-op",
  read: "tensorflow/file-read-op",
  list: "tensorflow/file-read-op",
  network: "tensorflow/network-op",
  process: "tensorflow/process-op",
  opaque: "tensorflow/opaque-op",
};

const VERBS: Readonly<Record<Capability, string>> = {
  python: "calls the Python function",
  write: "writes to",
  read: "reads",
  list: "lists the files",
  network: "talks to",
  process: "ends the process",
  opaque: "runs a compiled program",
};

/** What a path or an address that the caller gives is worth: an input pipeline reads, it does not write. */
const CALLER_SEVERITY: Partial<Readonly<Record<Capability, Severity>>> = { write: "low", network: "low" };

const MAX_SHOWN = 200;

/** An op that is used, and the severity of its row in the policy. */
export interface OpUse {
  readonly op: string;
  readonly does: Capability;
  readonly severity: Severity | undefined;
}

/** An op that is told whatever it is given; `operand` is what it calls, where the file says it. */
export function describeUse({ op, does, severity }: OpUse, operand: string): Observation {
  return {
    rule: RULES[does],
    ...graded(severity),
    message: `${op} ${VERBS[does]}${operand === "" ? "" : ` ${quoted(operand)}`}`,
    subject: `${op} ${operand}`,
  };
}

/** What there is to tell of one value of an op's operand. */
export function describeVerdict({ op, does, severity }: OpUse, verdict: Verdict): Observation | undefined {
  switch (verdict.kind) {
    case "normal":
      return undefined;
    case "fixed":
      return {
        rule: RULES[does],
        ...graded(verdict.severity ?? severity),
        message: `${op} ${VERBS[does]} ${quoted(verdict.address)}`,
        subject: `${op} ${verdict.address}`,
        evidence: { address: shown(verdict.address) },
      };
    case "computed":
      return {
        rule: "tensorflow/computed-address",
        ...graded(verdict.severity),
        message: `${op} ${VERBS[does]} what ${shown(verdict.by)} yields`,
        subject: `${op} ${verdict.by}`,
      };
    case "caller":
      return {
        rule: "tensorflow/caller-address",
        ...graded(CALLER_SEVERITY[does]),
        message: `${op} ${VERBS[does]} what its caller names`,
        subject: op,
      };
  }
}

/** An op of TensorFlow that the policy names. */
export function describeListed(op: string, severity: Severity): Observation {
  return { rule: "tensorflow/listed-op", severity, message: `${op} is listed`, subject: op };
}

export function describeUnknown(op: string, severity: Severity | undefined): Observation {
  return {
    rule: "tensorflow/custom-op",
    ...graded(severity),
    message: `${shown(op)} is no op of TensorFlow; it comes from a native library`,
    subject: op,
  };
}

export function shown(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

function quoted(text: string): string {
  return JSON.stringify(shown(text));
}

function graded(severity: Severity | undefined): { readonly severity?: Severity } {
  return severity === undefined ? {} : { severity };
}
