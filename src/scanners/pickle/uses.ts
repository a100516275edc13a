import type { GlobalEntry } from "../../formats/pickle/inspector.js";
import type { OpcodeName } from "../../formats/pickle/opcodes.js";
import type { Value } from "../../formats/pickle/value.js";
import { type Severity, severityRank } from "../../rules/severity.js";
import type { Observation } from "../scanner.js";
import type { ArgumentEvidence } from "./arguments.js";
import type { Classification, Origin } from "./classify.js";
import { conditionOf, type Objection } from "./conditional.js";
import { pythonName, writtenName } from "./express.js";
import { isClassLike } from "./names-of-classes.js";
import { qualified } from "./qualified.js";

/** How one imported name was used in a stream. */
export interface Use {
  readonly entry: GlobalEntry;
  readonly verdict: Classification;
  calls: number;
  constructed: number;
  /** The first call, as Python would write it. */
  invocation: string | undefined;
  offset: number;
  opcode: OpcodeName | undefined;
  evidence: ArgumentEvidence | undefined;
  /** Called with callables that nobody vetted. */
  handed: string | undefined;
  objection: (Objection & { readonly invocation: string; readonly offset: number }) | undefined;
  /** Named for something that is known to be harmless, as long as nothing else is done with it. */
  excused?: boolean;
  /** Objects that their state leaves idle; "no" where there was another one. */
  idle?: number | "no";
}

export interface Invocation {
  readonly offset: number;
  readonly callee: Value;
  readonly args: Value;
}

export function objectionTo(use: Use, objection: NonNullable<Use["objection"]>): Observation {
  return {
    rule: objection.rule ?? "pickle/argument",
    severity: objection.severity,
    message: `loading calls ${objection.invocation}: ${objection.reason}`,
    subject: pythonName(use.entry),
    offset: objection.offset,
    evidence: { callable: writtenName(use.entry) },
  };
}

export function judgeUse(use: Use, repeats: number): Observation | undefined {
  const { verdict } = use;
  if (use.excused === true && use.calls + use.constructed === 0) return undefined;
  if (use.idle !== undefined && use.idle === use.constructed && use.calls === 0) return undefined;
  switch (verdict.kind) {
    case "harmless":
      return undefined;
    case "dangerous":
      return dangerous(use, verdict, repeats);
    case "walk":
      return {
        rule: "pickle/attribute-walk",
        severity: verdict.severity,
        message: `${use.calls > 0 ? "loading calls" : "imports"} ${use.invocation ?? pythonName(use.entry)}, which goes through ${verdict.attribute}`,
        ...basics(use, repeats),
      };
    case "disguised":
      return {
        rule: "pickle/disguised-name",
        message: verdict.resembles
          ? `the name ${JSON.stringify(writtenName(use.entry))} looks like ${verdict.resembles}`
          : `${JSON.stringify(writtenName(use.entry))} is no name that Python could import`,
        ...basics(use, repeats),
      };
    case "unknown":
      return conditionOf(qualified(use.entry.resolvedModule, use.entry.resolvedName))
        ? undefined
        : unknown(use, verdict.origin, repeats);
  }
}

function basics(use: Use, repeats: number): Pick<Observation, "subject" | "offset" | "evidence"> {
  return {
    subject: pythonName(use.entry),
    offset: use.offset,
    evidence: {
      callable: writtenName(use.entry),
      ...(use.opcode === undefined ? {} : { opcode: use.opcode }),
      ...(repeats + use.calls > 1 ? { uses: repeats + use.calls } : {}),
      ...(use.evidence === undefined ? {} : { argument: use.evidence.text }),
      ...(use.entry.via === undefined ? {} : { via: use.entry.via }),
    },
  };
}

function dangerous(use: Use, verdict: Extract<Classification, { kind: "dangerous" }>, repeats: number): Observation {
  const name = pythonName(use.entry);
  const through = verdict.through === undefined ? "" : ` (reached through ${verdict.through})`;
  const done =
    use.calls > 0
      ? `loading calls ${use.invocation ?? name}`
      : use.constructed > 0
        ? `loading makes an object of ${name}`
        : `imports ${name}`;
  return {
    rule: use.calls > 0 ? "pickle/unsafe-call" : "pickle/unsafe-import",
    severity: verdict.severity,
    safety: severityRank(verdict.severity) >= severityRank("high") ? "dangerous" : "suspicious",
    message: `${done}${through}`,
    ...basics(use, repeats),
  };
}

function unknown(use: Use, origin: Origin, repeats: number): Observation | undefined {
  const name = pythonName(use.entry);
  if (use.calls > 0) return unknownCall(use, origin, repeats);
  if (origin === "trusted" || use.entry.via === "attribute" || use.entry.via === "module") return undefined;
  const classLike = isClassLike(name);
  if (use.constructed > 0 || (classLike && origin !== "stdlib")) {
    return {
      rule: "pickle/unknown-class",
      severity: origin === "stdlib" && !classLike ? "medium" : "low",
      message:
        use.constructed > 0
          ? `loading makes an object of ${name}, which is not known`
          : `imports the class ${name}, which is not known`,
      ...basics(use, repeats),
    };
  }
  return {
    rule: "pickle/unknown-import",
    severity: origin === "stdlib" && !classLike ? "medium" : "low",
    message: `imports ${name}, which is not known`,
    ...basics(use, repeats),
  };
}

/** Last words of names that run, load, fetch or write something, in any package. */
export const TELLING_NAME =
  /(?:^|[._])(?:eval|exec|execute|system|popen|spawn|shell|run|call|fork|compile|load|loads|unpickle|import|open|download|urlopen|write|save|dump|remove|unlink|rmtree|kill|check_output|getoutput)\w{0,20}$/i;

function unknownCallSeverity(use: Use, origin: Origin): Severity {
  if (use.evidence?.kind === "command" || use.evidence?.kind === "code") return "critical";
  if (origin === "stdlib" || use.evidence !== undefined || use.handed !== undefined) return "high";
  const name = pythonName(use.entry);
  if (origin === "trusted" && isClassLike(name)) return "low";
  return TELLING_NAME.test(use.entry.resolvedName) ? "high" : "medium";
}

function unknownCall(use: Use, origin: Origin, repeats: number): Observation {
  const severity = unknownCallSeverity(use, origin);
  const because = use.evidence ? `, with a ${use.evidence.kind}` : use.handed ? `, with ${use.handed}` : "";
  return {
    rule: "pickle/unknown-call",
    severity,
    message: `loading calls ${use.invocation ?? pythonName(use.entry)}, which is not known to be harmless${because}`,
    ...basics(use, repeats),
  };
}
