import type { Capability, Policy } from "../../config/policy.js";
import { COMPUTED } from "../../formats/code/evaluator.js";
import type { CodeSummary, Use } from "../../formats/code/summary.js";
import { textOf } from "../../formats/code/value.js";
import { isAtLeast } from "../../rules/severity.js";
import { callablesOf } from "./capabilities.js";
import { type CodeFinding, sortFindings } from "./finding.js";
import { judgeCommand } from "./judge-commands.js";
import { judgeExecution, judgeNative, judgeUnpickling } from "./judge-loading.js";
import {
  judgeComputedName,
  judgeFiles,
  judgeIntrospection,
  judgeMethod,
  judgeNetwork,
  judgeReverseShell,
} from "./judge-reach.js";
import { findingOf, keywordOf, type Review } from "./review.js";

/** Modules in which choosing a function by a computed name means something. */
const CHOOSING = new Set(
  ["os", "subprocess", "builtins", "ctypes", "pty", "commands"].map((module) => `${module}.${COMPUTED}`),
);

/** Whether a use of the name is worth keeping while a file is read. */
export function watcherOf(policy: Policy): (path: string) => boolean {
  const callables = callablesOf(policy);
  const known = new Map<string, boolean>();
  return (path) => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const capability = callables.capabilityOf(path);
    const isWatched = CHOOSING.has(path) || (capability !== undefined && capability !== "harmless");
    known.set(path, isWatched);
    return isWatched;
  };
}

export interface FileSetting {
  readonly policy: Policy;
  /** Judges code that is written out inside the code. */
  readonly judgeText: Review["judgeText"];
}

/**
 * Judges a file of code that lies beside a model or in its archive. Ordinary code trains, serves, starts programs and talks to the network;
 * what counts is what runs without being asked for, and what hides what it does.
 */
export function judgeFile(summary: CodeSummary, { policy, judgeText }: FileSetting): CodeFinding[] {
  const callables = callablesOf(policy);
  const review: Review = {
    policy,
    callables,
    judgeText,
    fetched: fetchedFiles(summary, (path) => callables.capabilityOf(path)),
  };
  const calls = summary.uses.filter(({ use }) => use === "call").flatMap((use) => judgeUse(use, review));
  // What is called is told by its calls; only what is handed on without one is told as such.
  const told = new Set(calls.filter(({ severity }) => isAtLeast(severity, "medium")).map(({ subject }) => subject));
  const mentions = summary.uses.filter(({ use, path }) => use === "mention" && !told.has(path));
  return sortFindings([
    ...calls,
    ...mentions.flatMap((use) => judgeUse(use, review)),
    ...summary.opaqueCalls.flatMap((call) => judgeMethod(call, review)),
    ...judgeReverseShell(summary),
    ...judgeIntrospection(summary),
    ...summary.gaps.map(gapFinding),
  ]);
}

type Judge = (use: Use, review: Review) => CodeFinding[];

const JUDGES: Readonly<Partial<Record<Capability, Judge>>> = {
  command: judgeCommand,
  execute: judgeExecution,
  unpickle: judgeUnpickling,
  native: judgeNative,
  network: judgeNetwork,
  write: judgeFiles,
};

/** Methods whose result names what unpickling calls. */
const REDUCERS = new Set(["__reduce__", "__reduce_ex__"]);

function judgeUse(use: Use, review: Review): CodeFinding[] {
  if (CHOOSING.has(use.path)) return judgeComputedName(use);
  const capability = review.callables.capabilityOf(use.path);
  if (use.use === "mention" && REDUCERS.has(use.inside) && (capability === "command" || capability === "execute")) {
    return [findingOf(use, "code/runs-command", "high", "has whoever unpickles an object of this class call")];
  }
  return (capability && JUDGES[capability]?.(use, review)) ?? [];
}

/** Where `urlretrieve(url, path)` and the like put what they fetch. */
function fetchedFiles({ uses }: CodeSummary, capabilityOf: (path: string) => Capability | undefined): Set<string> {
  const fetching = uses.filter((use) => use.use === "call" && capabilityOf(use.path) === "network");
  const paths = fetching.flatMap((use) => [
    ...use.args.slice(1),
    keywordOf(use, "filename"),
    keywordOf(use, "out"),
    keywordOf(use, "output"),
  ]);
  const written =
    fetching.length === 0
      ? []
      : uses.filter((use) => use.path === "builtins.open" && /w/.test(textOf(use.args[1]) ?? ""));
  const texts = [...paths, ...written.map(({ args }) => args[0])].map(textOf);
  return new Set(texts.flatMap((text) => (text === undefined ? [] : [text, `./${text}`])));
}

/** Python itself refuses a file that is not valid Python; what else is left out may run. */
function gapFinding(gap: string): CodeFinding {
  const severity = gap.includes("not valid Python") ? "low" : "medium";
  return { rule: "code/unreadable", severity, message: gap, subject: "code", place: 0 };
}
