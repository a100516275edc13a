import type { Finding, ScanResult } from "../../engine/result.js";
import { type Summary, summarize, type Unexamined, type Verdict } from "../../engine/summary.js";
import { SEVERITIES } from "../../rules/severity.js";
import { printable } from "../escape.js";
import { bytesText, countText, durationText } from "../quantity.js";
import type { ReportOptions } from "../reporter.js";
import { findingsSection, isTold, type Style } from "./findings-section.js";
import { wrap } from "./layout.js";
import { paletteFor } from "./palette.js";

/** The report for a person at a terminal: the verdict, then file by file what, why and what to do, then what was not examined. */
export async function renderText(result: ScanResult, options: ReportOptions): Promise<string> {
  const summary = summarize(result);
  const told = summary.findings.filter((finding) => isTold(finding, options));
  if (options.quiet) return joined(told.map(oneLine));
  const style: Style = { ...options, palette: await paletteFor(options.color) };
  return joined([
    ...verdictSection(result, summary, style),
    ...findingsSection(told, style),
    ...unexaminedSection(result, summary, style),
    ...suppressedSection(summary, style),
    "",
    ...closing(result, summary, style),
  ]);
}

function joined(lines: readonly string[]): string {
  const tidy = lines.filter((line, i) => line !== "" || lines[i - 1] !== "");
  return tidy.map((line) => `${line}\n`).join("");
}

function oneLine({ path, member, offset, severity, message, rule }: Finding): string {
  const place = [path, ...member].map(printable).join(":");
  const at = offset === undefined ? "" : ` (pos ${offset})`;
  return `${place}${at}: ${severity}: ${printable(message)} [${rule}]`;
}

const VERDICTS: Readonly<Record<Verdict, { word: string; paint: "good" | "bad" | "doubtful"; advice: string }>> = {
  critical: { word: "DANGEROUS", paint: "bad", advice: "do not load this: doing so runs code that its maker chose" },
  high: { word: "DANGEROUS", paint: "bad", advice: "do not load this before the findings are explained" },
  medium: { word: "SUSPICIOUS", paint: "doubtful", advice: "look into the findings before you load this" },
  low: { word: "NO DANGER FOUND", paint: "good", advice: "with remarks" },
  incomplete: {
    word: "INCOMPLETE",
    paint: "doubtful",
    advice: "not everything could be examined, so nothing is promised",
  },
  clean: { word: "NO DANGER FOUND", paint: "good", advice: "" },
};

function verdictSection(result: ScanResult, { verdict }: Summary, { palette, width }: Style): string[] {
  const { word, paint, advice } = VERDICTS[verdict];
  const [first = "", ...rest] = wrap(advice, `${word}  `, width);
  const interrupted = result.interrupted ? ["Interrupted: this is what was found until then."] : [];
  return [palette[paint](word) + first.slice(word.length).trimEnd(), ...rest, ...interrupted];
}

/** Paths of one reason that are listed without --verbose. */
const LISTED_PER_REASON = 5;

function unexaminedSection(result: ScanResult, { unexamined }: Summary, style: Style): string[] {
  const byReason = new Map<string, Unexamined[]>();
  for (const entry of unexamined) {
    const key = `${entry.state}: ${entry.reason}`;
    byReason.set(key, [...(byReason.get(key) ?? []), entry]);
  }
  const groups = [...byReason].flatMap(([reason, entries]) => reasonBlock(reason, entries, style));
  const errors = result.errors.flatMap(({ path, message, hints }) => [
    ...wrap(`${printable(path)}: ${printable(message)}`, "  ", style.width),
    ...hints.flatMap((hint) => wrap(printable(hint), "    try: ", style.width)),
  ]);
  if (groups.length + errors.length === 0) return [];
  return ["", style.palette.strong("Not examined"), ...errors, ...groups];
}

function reasonBlock(reason: string, entries: readonly Unexamined[], { verbose, width, palette }: Style): string[] {
  const [only] = entries;
  if (entries.length === 1 && only) return wrap(`${printable(only.path)} (${printable(reason)})`, "  ", width);
  const listed = verbose ? entries : entries.slice(0, LISTED_PER_REASON);
  const left = entries.length - listed.length;
  return [
    ...wrap(`${countText(entries.length, "file")} (${printable(reason)})`, "  ", width),
    ...listed.map(({ path }) => `    ${printable(path)}`),
    ...(left > 0 ? [palette.faint(`    and ${left} more; --verbose lists all`)] : []),
  ];
}

function suppressedSection({ suppressed }: Summary, { palette, width }: Style): string[] {
  if (suppressed.length === 0) return [];
  const rows = suppressed.flatMap((finding) => {
    return wrap(`${oneLine(finding)} (${printable(finding.suppressed ?? "")})`, "  ", width);
  });
  return ["", palette.strong("Known and accepted, not counted"), ...rows];
}

function closing(result: ScanResult, { counts, states, bytes }: Summary, { width }: Style): string[] {
  const found = SEVERITIES.flatMap((severity) => (counts[severity] > 0 ? `${counts[severity]} ${severity}` : []));
  const others = (["partial", "skipped", "failed"] as const).flatMap((state) => {
    return states[state] > 0 ? `${states[state]} ${state}` : [];
  });
  const examined = countText(states.scanned + states.partial, "file");
  const rest = others.length > 0 ? ` (${others.join(", ")})` : "";
  const findings = found.length > 0 ? found.join(", ") : "no findings";
  return wrap(
    `Scanned ${examined}${rest}, ${bytesText(bytes)} in ${durationText(result.durationMs)}: ${findings}.`,
    "",
    width,
  );
}
