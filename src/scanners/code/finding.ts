import type { Phase } from "../../formats/code/summary.js";
import type { codeRules } from "../../rules/code.js";
import { type Severity, severityRank } from "../../rules/severity.js";

/** Something that code does and that is worth telling. */
export interface CodeFinding {
  readonly rule: keyof typeof codeRules;
  readonly severity: Severity;
  readonly message: string;
  /** What it is about: the call or the name, without its arguments. */
  readonly subject: string;
  /** As Python would write it: `os.system("id")`. */
  readonly call?: string;
  /** Line in source, byte offset in bytecode. */
  readonly place: number;
}

/** When code runs, for messages. */
export const WHEN: Readonly<Record<Phase, string>> = {
  load: "as soon as it is imported",
  script: "when it is started as a program",
  function: "when its function is called",
};

/** Worst first, then in the order of the code. */
export function sortFindings<Found extends Pick<CodeFinding, "severity" | "place">>(
  findings: readonly Found[],
): Found[] {
  return [...findings].sort((a, b) => severityRank(b.severity) - severityRank(a.severity) || a.place - b.place);
}
