import type { Policy } from "../../config/policy.js";
import { renderCall } from "../../formats/code/render.js";
import type { Phase, Use } from "../../formats/code/summary.js";
import type { Value } from "../../formats/code/value.js";
import type { Severity } from "../../rules/severity.js";
import type { CallableIndex } from "./capabilities.js";
import { type CodeFinding, WHEN } from "./finding.js";

/** What judging one file needs besides the file. */
export interface Review {
  readonly policy: Policy;
  readonly callables: CallableIndex;
  /** Paths under which the file stores what it downloads. */
  readonly fetched: ReadonlySet<string>;
  /** Judges code that is written out inside the code: the argument of an `exec`. */
  readonly judgeText: (text: string) => readonly CodeFinding[];
}

/** Severity by phase: as the file is imported, as it is started, as the function is called. */
export type ByPhase = Readonly<Record<Phase, Severity>>;

export const LOUD: ByPhase = { load: "critical", script: "high", function: "high" };
export const QUIET: ByPhase = { load: "high", script: "low", function: "low" };
export const DECIDED_LATER: ByPhase = { load: "medium", script: "low", function: "low" };

/** A finding about one use of a callable; `what` says what it does. */
export function findingOf(use: Use, rule: CodeFinding["rule"], severity: Severity, what: string): CodeFinding {
  const name = use.path.replace(/^builtins\./, "");
  const call = use.use === "call" ? renderCall(name, use) : name;
  const where = use.inside === "" ? "" : ` in ${use.inside}`;
  const message = `${what}: ${call}${where}, ${WHEN[use.phase]}`;
  return { rule, severity, message, subject: use.path, call, place: use.place };
}

export function isTrue(value: Value): boolean {
  return value.kind === "constant" && value.value === true;
}

export function keywordOf(use: Use, name: string): Value | undefined {
  return use.keywords.find((keyword) => keyword.name === name)?.value;
}
