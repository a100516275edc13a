import type { Finding } from "../../engine/result.js";
import { findRule } from "../../rules/index.js";
import { isAtLeast, severityRank } from "../../rules/severity.js";
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
/** `CRITICAL` and the spaces around it. */
const BADGE_WIDTH = 12;

/** Information is told with --verbose; without, the closing line counts it. */
export function isTold({ severity }: Finding, { verbose }: Pick<ReportOptions, "verbose">): boolean {
  return isAtLeast(severity, verbose ? "debug" : "low");
}

/** File by file, the worst first. */
export function findingsSection(findings: readonly Finding[], style: Style): string[] {
  const byPath = new Map<string, Finding[]>();
  for (const finding of findings) {
    const found = byPath.get(finding.path);
    if (found) found.push(finding);
    else byPath.set(finding.path, [finding]);
  }
  const worst = (found: readonly Finding[]) => Math.max(...found.map(({ severity }) => severityRank(severity)));
  return [...byPath]
    .sort(([, a], [, b]) => worst(b) - worst(a))
    .flatMap(([path, found]) => ["", style.palette.strong(printable(path)), ...fileBlock(found, style)]);
}

function fileBlock(findings: readonly Finding[], style: Style): string[] {
  const shown = style.verbose ? findings : findings.slice(0, SHOWN_PER_FILE);
  const left = findings.length - shown.length;
  const more = left > 0 ? [`  and ${left} more; --verbose shows all`] : [];
  // What findings have in common is said once, after the last of them.
  const blocks = shown.flatMap((finding, i) => {
    const next = shown[i + 1];
    const repeated = next !== undefined && next.rule === finding.rule && next.why === finding.why;
    return [...headline(finding, style), ...(repeated ? [] : explanation(finding, style))];
  });
  return [...blocks, ...more];
}

function headline(finding: Finding, style: Style): string[] {
  const { severity, message, count } = finding;
  const badge = `  ${severity.toUpperCase()}`.padEnd(BADGE_WIDTH);
  const repeated = count > 1 ? ` (${countText(count, "time")})` : "";
  const [first = "", ...rest] = wrap(`${printable(message)}${repeated}`, badge, style.width);
  const painted = `  ${style.palette.severity[severity](severity.toUpperCase())}${first.slice(2 + severity.length)}`;
  return [painted, ...rest, ...placeLine(finding, style)];
}

function placeLine({ member, offset, rule }: Finding, { palette, width }: Style): string[] {
  const inside = member.length > 0 ? [`in ${member.map(printable).join(":")}`] : [];
  const at = offset === undefined ? [] : [`at byte ${offset}`];
  return wrap([...inside, ...at, `[${rule}]`].join(" "), " ".repeat(BADGE_WIDTH), width).map(palette.faint);
}

function explanation({ rule, why, references }: Finding, { width, verbose }: Style): string[] {
  const remediation = findRule(rule)?.remediation ?? "";
  const sources = verbose && references.length > 0 ? labelled("See", references.join(", "), width) : [];
  return [...labelled("Why", why, width), ...labelled("Do", remediation, width), ...sources, ""];
}

function labelled(label: string, text: string, width: number): string[] {
  return text === "" ? [] : wrap(printable(text), `    ${label}:`.padEnd(BADGE_WIDTH), width);
}
