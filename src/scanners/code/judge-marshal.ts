import type { Policy } from "../../config/policy.js";
import { ParseError } from "../../errors.js";
import { readBytecode } from "../../formats/bytecode/read-bytecode.js";
import type { CodeSummary } from "../../formats/code/summary.js";
import { codeFieldCounts } from "../../formats/marshal/code-object.js";
import { readMarshal } from "../../formats/marshal/read-marshal.js";
import { type CodeObject, isKind } from "../../formats/marshal/value.js";
import { readPython } from "../../formats/python/read-python.js";
import { severityRank, worst } from "../../rules/severity.js";
import { callablesOf } from "./capabilities.js";
import { sortFindings } from "./finding.js";
import { type GlobalNames, judgeEmbedded } from "./judge-embedded.js";
import type { CodeVerdict } from "./verdict.js";

export { codeObjectFromParts } from "../../formats/marshal/parts.js";
export type { CodeVerdict } from "./verdict.js";

/** Type byte of a code object, with and without the flag that it is referred to later. */
const TYPE_CODE = [0x63, 0xe3];
const MAX_LISTED = 20;

/** Judges what `marshal.loads(bytes)` would hand to a caller who runs it (a Keras Lambda). Never throws for what the bytes are. */
export function judgeMarshal(bytes: Uint8Array, policy: Policy): CodeVerdict {
  if (!TYPE_CODE.includes(bytes[0] ?? 0)) return unreadable("not a marshalled code object");
  const readings = codeFieldCounts(bytes).map((codeFields) => judgeReading(bytes, codeFields, policy));
  return worstOf(readings) ?? unreadable("not a code object of a known Python version");
}

function judgeReading(bytes: Uint8Array, codeFields: number, policy: Policy): CodeVerdict {
  try {
    const value = readMarshal(bytes, { codeFields });
    return isKind(value, "code") ? judgeCodeObject(value, policy) : unreadable("not a marshalled code object");
  } catch (error) {
    if (error instanceof ParseError) return unreadable(error.message);
    throw error;
  }
}

/** Judges one code object and all that are nested in it. */
export function judgeCodeObject(code: CodeObject, policy: Policy, names?: GlobalNames): CodeVerdict {
  const readings = readBytecode(code);
  const [first, last] = [readings[0]?.version, readings.at(-1)?.version];
  const version = first === undefined ? {} : { version: first === last ? first : `${first} to ${last}` };
  return (
    worstOf(readings.map(({ summary }) => ({ ...verdictOf(summary, policy, names), ...version }))) ??
    unreadable("not bytecode of a known Python version")
  );
}

/** The verdict on code that is part of a model. */
export function verdictOf(summary: CodeSummary, policy: Policy, names?: GlobalNames): CodeVerdict {
  const findings = sortFindings(judgeEmbedded(summary, callablesOf(policy), names));
  const calls = [...new Set(findings.flatMap(({ call }) => call ?? []))];
  const [first] = findings;
  return {
    severity: worst(["low", ...findings.map(({ severity }) => severity)]) ?? "low",
    calls: calls.slice(0, MAX_LISTED),
    imports: summary.imports.slice(0, MAX_LISTED),
    complete: summary.gaps.length === 0,
    reason: first?.message ?? "it only computes",
  };
}

function worstOf(verdicts: readonly CodeVerdict[]): CodeVerdict | undefined {
  return [...verdicts].sort(
    (a, b) => severityRank(b.severity) - severityRank(a.severity) || Number(b.complete) - Number(a.complete),
  )[0];
}

function unreadable(reason: string): CodeVerdict {
  return { severity: "medium", calls: [], imports: [], complete: false, reason };
}

/** Judges Python source that something will run, such as an argument of `exec`. Never throws for what the text is. */
export function judgePythonSource(text: string, policy: Policy): CodeVerdict {
  return verdictOf(readPython(text), policy);
}
