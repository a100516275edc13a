import type { ScanResult } from "../engine/result.js";
import { summarize } from "../engine/summary.js";
import { printable } from "../reporters/escape.js";
import { isAtLeast, severityRank } from "../rules/severity.js";

/** GitHub shows ten of a kind per step; more of them only make the log long. */
const MOST = 50;

/** Findings as workflow commands of GitHub, the worst first: errors for what fails the run, warnings for the rest. */
export function annotationLines(result: ScanResult): string[] {
  const told = summarize(result).findings.filter(({ severity }) => isAtLeast(severity, "low"));
  const sorted = [...told].sort((a, b) => severityRank(b.severity) - severityRank(a.severity));
  return sorted.slice(0, MOST).map(({ severity, path, member, message, rule }) => {
    const kind = isAtLeast(severity, result.failOn) ? "error" : "warning";
    const inside = member.length > 0 ? `${member.join(":")}: ` : "";
    return `::${kind} file=${property(path)},title=${property(`${severity}: ${rule}`)}::${content(inside + message)}`;
  });
}

/** https://github.com/actions/toolkit, packages/core/src/command.ts: what ends a command or a property is escaped. */
function content(text: string): string {
  return printable(text).replaceAll("%", "%25").replaceAll("##[", "#%23[");
}

function property(text: string): string {
  return content(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/**
 * Text for the log of a GitHub job. Its runner takes a line that begins with `::`, and `##[` anywhere, for a command, and reports carry
 * text out of files.
 */
export function withoutCommands(text: string): string {
  return text.replace(/^([^\S\n]*):(?=:)/gm, "$1\\x3a").replaceAll("##[", "\\u0023#[");
}

export function isGithubJob(env: NodeJS.ProcessEnv = process.env): boolean {
  return env.GITHUB_ACTIONS === "true";
}
