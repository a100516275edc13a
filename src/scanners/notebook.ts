// Jupyter notebooks (https://nbformat.readthedocs.io): no loader runs their cells, people do, one after the other.

import type { Policy } from "../config/policy.js";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../formats/json/value.js";
import { readPython } from "../formats/python/read-python.js";
import type { CodeFinding } from "./code/finding.js";
import { watcherOf } from "./code/judge-file.js";
import { judgeSummary } from "./code/judge-source.js";
import { findShellCommands } from "./commands.js";
import { judgeBuildCommand } from "./config/build-commands.js";
import type { ConfigContext } from "./config/document.js";
import type { Observation } from "./scanner.js";
import { judgeSecrets } from "./text-content.js";

export function isNotebook(root: JsonValue | undefined): root is JsonObject {
  return (
    isJsonObject(root) &&
    root.has("nbformat") &&
    (isJsonArray(root.get("cells")) || isJsonArray(root.get("worksheets")))
  );
}

/** One line of a code cell. */
interface CellLine {
  readonly text: string;
  readonly cell: number;
  readonly line: number;
}

/** Judges the code of a notebook: the shell's lines by what they fetch and run, Python as a program that somebody starts. */
export function judgeNotebook(root: JsonObject, context: ConfigContext): void {
  const lines = codeLines(root);
  context.budget.spendSteps(lines.length);
  for (const { text, cell, line } of lines) {
    judgeBuildCommand(
      text,
      { place: `cell ${cell} line ${line}` },
      { ...context, report: (seen) => context.report(softened(seen)) },
    );
  }
  const source = lines.map(({ text }) => (isForPython(text) ? text : blankOf(text))).join("\n");
  for (const finding of judgePython(source, context.policy)) context.report(observationOf(finding, lines));
}

export function judgeNotebookSecrets(text: string, context: ConfigContext): void {
  for (const observation of judgeSecrets(text, { place: "a cell" }, context.policy)) context.report(observation);
}

/** Where a notebook has its packages from is its reader's own business. */
function softened(seen: Observation): Observation {
  return seen.rule === "config/remote-dependency" ? { ...seen, severity: "low" } : seen;
}

/** Code cells in order. Continued lines are one, and cells of other languages are for the shell's eye alone. */
function codeLines(root: JsonObject): CellLine[] {
  const lines: CellLine[] = [];
  cellsOf(root).forEach((cell, i) => {
    if (cell.get("cell_type") !== "code") return;
    const text = textOf(cell.get("source") ?? cell.get("input"));
    const isForeign = /^\s{0,100}%%(?!time|capture|prun|timeit)/.test(text);
    text.split("\n").forEach((one, j) => {
      lines.push({ text: isForeign ? `!${one}` : one, cell: i + 1, line: j + 1 });
    });
  });
  return lines;
}

/** Version 3 keeps its cells in worksheets. */
function cellsOf(root: JsonObject): JsonObject[] {
  const sheets = root.get("worksheets");
  const holders = [root, ...(isJsonArray(sheets) ? sheets.filter(isJsonObject) : [])];
  return holders.flatMap((holder) => {
    const cells = holder.get("cells");
    return isJsonArray(cells) ? cells.filter(isJsonObject) : [];
  });
}

function textOf(source: JsonValue | undefined): string {
  if (typeof source === "string") return source;
  return isJsonArray(source) ? source.filter((line) => typeof line === "string").join("") : "";
}

/** IPython's own syntax: `!command`, `%magic`, `x = !command`, `name?`. */
const IPYTHON = /^\s{0,200}(?:[!%?]|\w[\w, ]{0,100}=\s{0,8}[!%])|\?\s{0,8}$/;

function isForPython(text: string): boolean {
  return !IPYTHON.test(text);
}

/** A statement in its place keeps the block around it whole. */
function blankOf(text: string): string {
  return `${/^\s{0,200}/.exec(text)?.[0] ?? ""}pass`;
}

/** What people do in notebooks without a second thought: starting programs and installing packages, unless the command is an attack's. */
function judgePython(source: string, policy: Policy): CodeFinding[] {
  const summary = readPython(source, { isWatched: watcherOf(policy), isScript: true });
  return judgeSummary({ ...summary, gaps: [] }, policy).filter(({ rule, message }) => {
    if (rule === "code/installs-package" || rule === "code/unreadable") return false;
    return rule !== "code/runs-command" || message.startsWith("runs what") || findShellCommands(message).length > 0;
  });
}

function observationOf(
  { rule, severity, message, subject, call, place }: CodeFinding,
  lines: readonly CellLine[],
): Observation {
  const { cell = 0, line = 0 } = lines[place - 1] ?? {};
  return {
    rule,
    severity,
    message: `${message} (cell ${cell} line ${line})`,
    subject,
    evidence: { cell, line, ...(call === undefined ? {} : { call }) },
  };
}
