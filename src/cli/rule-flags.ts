import type { Policy } from "../config/policy.js";
import { UsageError } from "../errors.js";
import { nearest } from "../nearest.js";
import { findRule, ruleIds } from "../rules/index.js";
import { parseSeverity, SEVERITIES, type Severity } from "../rules/severity.js";
import { FALLBACK, LAYOUTS, SCANNERS } from "../scanners/registry.js";
import { isUpstreamCode, ruleAndLevel } from "./hidden-options.js";
import { note } from "./output.js";
import type { ScanFlags } from "./scan-options.js";

/** The policy as the options about single rules and scanners change it. */
export function withRuleFlags(policy: Policy, flags: ScanFlags): Policy {
  const { suppress = [], severity = [], strictLicense = false } = flags;
  const accepted = suppress.filter(names).map((rule) => ({ rule, reason: "--suppress on the command line" }));
  const severities = severity.map(ruleAndLevel).filter(([rule]) => names(rule));
  return {
    ...policy,
    suppress: [...policy.suppress, ...accepted],
    rules: { ...policy.rules, ...Object.fromEntries(severities.map(([rule, level]) => [rule, levelOf(level)])) },
    licenses: { ...policy.licenses, enforce: policy.licenses.enforce || strictLicense },
    scanners: { off: [...policy.scanners.off, ...switchedOff(flags)] },
  };
}

/** Codes of another scanner would be guesses: nothing is done for them, and that is said. */
function names(rule: string): boolean {
  if (findRule(rule)) return true;
  if (isUpstreamCode(rule)) {
    note(`${rule} has no effect: rules have names here, see \`modelaudit rules\``);
    return false;
  }
  const similar = nearest(rule, ruleIds()).map((known) => `did you mean ${known}?`);
  throw new UsageError(`there is no rule "${rule}"`, [...similar, "`modelaudit rules` lists them all"]);
}

function levelOf(text: string): Severity {
  const severity = parseSeverity(text);
  if (severity === undefined) throw new UsageError(`"${text}" is no severity`, [`one of ${SEVERITIES.join(", ")}`]);
  return severity;
}

function switchedOff({ scanners = [], excludeScanner = [] }: ScanFlags): string[] {
  const all = [...SCANNERS, FALLBACK, ...LAYOUTS].map(({ id }) => id);
  const wanted = new Set(scanners.map((name) => scannerId(name, all)));
  const others = wanted.size === 0 ? [] : all.filter((id) => !wanted.has(id));
  return [...others, ...excludeScanner.map((name) => scannerId(name, all))];
}

/** Ids are also known as `keras_h5` spells them, in any case. */
function scannerId(name: string, all: readonly string[]): string {
  const wanted = name.toLowerCase().replaceAll("_", "-");
  const found = all.find((id) => id === wanted);
  if (found !== undefined) return found;
  const similar = nearest(wanted, all).map((id) => `did you mean ${id}?`);
  throw new UsageError(`there is no scanner "${name}"`, [...similar, "modelaudit scan --list-scanners"]);
}
