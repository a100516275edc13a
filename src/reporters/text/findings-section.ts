import type { Finding } from "../../engine/result.js";
import { findRule } from "../../rules/index.js";
import { isAtLeast, severityRank } from "../../rules/severity.js";
import type { Json } from "../../scanners/scanner.js";
import { printable } from "../escape.js";
import { countText } from "../quantity.js";
import type { ReportOptions } from "../reporter.js";
import { wrap } from "./layout.js";
import type { Palette } from "./palette.js";

export interface Style extends ReportOptions {
  readonly palette: Palette;
}

/** Findings of one file that are shown without --verbose; its worst come first. */
const SHOWN_PER_FILE = 20;
/** As wide as `CRITICAL` and the spaces around it. */
const INDENT = " ".repeat(12);
const ADVICE = "What to do:";

/** Information is told with --verbose; without, the closing line counts it. */
export function isTold({ severity }: Finding, { verbose }: Pick<ReportOptions, "verbose">): boolean {
  return isAtLeast(severity, verbose ? "debug" : "low");
}

/** File by file, the worst first. What a rule means is said once, where it comes up first. */
export function findingsSection(findings: readonly Finding[], style: Style): string[] {
  const byPath = new Map<string, Finding[]>();
  for (const finding of findings) {
    const found = byPath.get(finding.path);
    if (found) found.push(finding);
    else byPath.set(finding.path, [finding]);
  }
  const worst = (found: readonly Finding[]) => Math.max(...found.map(({ severity }) => severityRank(severity)));
  const explained = new Set<string>();
  return [...byPath]
    .sort(([, a], [, b]) => worst(b) - worst(a))
    .flatMap(([path, found]) => ["", style.palette.strong(printable(path)), ...fileBlock(found, explained, style)]);
}

function fileBlock(findings: readonly Finding[], explained: Set<string>, style: Style): string[] {
  const shown = style.verbose ? findings : findings.slice(0, SHOWN_PER_FILE);
  const left = findings.length - shown.length;
  const more = left > 0 ? [`  and ${left} more; --verbose shows all`] : [];
  const blocks = shown.flatMap((finding) => [...headline(finding, style), ...explanation(finding, explained, style)]);
  return [...blocks, ...more, ...advice(shown, style)];
}

function headline(finding: Finding, style: Style): string[] {
  const { severity, message, count } = finding;
  const badge = `  ${severity.toUpperCase()}`.padEnd(INDENT.length);
  const repeated = count > 1 ? ` (${countText(count, "time")})` : "";
  const [first = "", ...rest] = wrap(`${printable(message)}${repeated}`, badge, style.width);
  const painted = `  ${style.palette.severity[severity](severity.toUpperCase())}${first.slice(2 + severity.length)}`;
  return [painted, ...rest, ...placeLine(finding, style)];
}

function placeLine({ member, offset, rule }: Finding, { palette, width }: Style): string[] {
  const inside = member.length > 0 ? `in ${member.map(printable).join(":")}` : "";
  const at = offset === undefined ? "" : inside === "" ? `at byte ${offset}` : `, byte ${offset}`;
  const place = inside + at;
  return wrap(`${place}${place === "" ? "" : " "}[${rule}]`, INDENT, width).map((line) => palette.faint(line));
}

function explanation(finding: Finding, explained: Set<string>, { width, verbose }: Style): string[] {
  const { rule, why, references, evidence } = finding;
  const key = `${rule}\u0000${why}`;
  const known = explained.has(key) || why === "";
  explained.add(key);
  const prose = known ? [] : wrap(printable(why), INDENT, width);
  if (!verbose) return prose;
  const sources = references.length > 0 ? wrap(`See ${references.join(", ")}`, INDENT, width) : [];
  const facts = Object.entries(evidence).map(([name, value]) => `${INDENT}${printable(name)} = ${factText(value)}`);
  return [...prose, ...sources, ...facts];
}

/** What to do about a file: the advice of its worst findings, each piece once. */
function advice(findings: readonly Finding[], { width, palette }: Style): string[] {
  const [first] = findings;
  const worst = findings.filter(({ severity }) => severity === first?.severity);
  const pieces = new Set(worst.flatMap(({ rule }) => findRule(rule)?.remediation ?? []));
  return [...pieces].flatMap((piece, i) => {
    const label = i === 0 ? ADVICE : " ".repeat(ADVICE.length);
    const [line = "", ...rest] = wrap(printable(piece), `  ${label}  `, width);
    return [`  ${palette.strong(label)}${line.slice(2 + label.length)}`, ...rest];
  });
}

function factText(value: Json): string {
  return printable(typeof value === "string" ? value : JSON.stringify(value));
}
