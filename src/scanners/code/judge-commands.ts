import type { Use } from "../../formats/code/summary.js";
import type { CommandKind } from "./command.js";
import { type Command, commandOf } from "./command.js";
import type { CodeFinding } from "./finding.js";
import { judgeNested } from "./judge-loading.js";
import { provenanceOf } from "./provenance.js";
import { type ByPhase, DECIDED_LATER, findingOf, LOUD, QUIET, type Review } from "./review.js";

const SEVERITIES: Readonly<Record<CommandKind, ByPhase>> = {
  harmless: { load: "info", script: "info", function: "info" },
  ordinary: { load: "low", script: "info", function: "info" },
  install: { load: "medium", script: "low", function: "low" },
  suspicious: LOUD,
  partly: { load: "high", script: "low", function: "medium" },
  line: { load: "critical", script: "low", function: "high" },
  known: QUIET,
  python: { load: "low", script: "info", function: "info" },
  unknown: DECIDED_LATER,
};

/** Programs that code starts. */
export function judgeCommand(use: Use, review: Review): CodeFinding[] {
  const command: Command = use.use === "call" ? commandOf(use, review.policy.code_programs) : { kind: "unknown" };
  const nested = judgeNested(use, command.text, review);
  if (nested.length > 0) return nested;
  const isFetched =
    use.args.some((arg) => provenanceOf(arg, review.callables).isFetched) ||
    (command.words ?? []).some((word) => review.fetched.has(word));
  if (isFetched) return [findingOf(use, "code/runs-command", "critical", "runs what it downloads")];
  const severity = SEVERITIES[command.kind][use.phase];
  if (severity === "info") return [];
  const isInstall = command.kind === "install";
  const rule = isInstall ? "code/installs-package" : "code/runs-command";
  return [findingOf(use, rule, severity, isInstall ? "installs packages" : "starts a program")];
}
