import type { Policy } from "../../config/policy.js";
import { type Severity, severityRank } from "../../rules/severity.js";
import { callableIndex } from "../pickle/classify.js";

/** What is known of a dotted name that a configuration has imported and called. */
export type TargetVerdict =
  | { readonly kind: "trusted" }
  /** `matched` is the entry of the policy, or what else was recognised. */
  | { readonly kind: "dangerous"; readonly severity: Severity; readonly matched: string }
  | { readonly kind: "unknown" }
  /** On the list of what configurations may call, though it does more than compute. */
  | { readonly kind: "ordinary" }
  /** No dotted name: an interpolation, or text that no import could resolve. */
  | { readonly kind: "computed" };

const DOTTED_NAME = /^[A-Za-z_]\w{0,200}(?:[.:][A-Za-z_<]\w{0,200}>?){0,40}$/;
const MAX_NAME = 1000;

/**
 * Judges a name as Hydra's `_locate` resolves it: the longest part that imports is the module, the rest is walked attribute by attribute.
 * So `torch.utils.data.dataloader.os.system` reaches `os.system`, whatever package it begins with.
 */
export function judgeTarget(name: string, policy: Policy): TargetVerdict {
  const dotted = name.trim().replaceAll(":", ".");
  if (name.length > MAX_NAME || !DOTTED_NAME.test(name.trim())) return { kind: "computed" };
  const parts = dotted.split(".");
  if (policy.config_rules.ordinary_targets.some((row) => matchesParts(row.split("."), parts)))
    return { kind: "ordinary" };
  const danger = worstSplit(parts, policy);
  if (danger !== undefined) return danger;
  return isTrusted(parts, policy.config_rules.trusted_targets) ? { kind: "trusted" } : { kind: "unknown" };
}

/** A configuration does not say where the module ends: every reading counts. */
function worstSplit(parts: readonly string[], policy: Policy): TargetVerdict | undefined {
  const index = callableIndex(policy);
  let worst: Extract<TargetVerdict, { kind: "dangerous" }> | undefined;
  for (let cut = parts.length === 1 ? 0 : 1; cut < parts.length; cut++) {
    const module = cut === 0 ? "builtins" : parts.slice(0, cut).join(".");
    const found = index.classify(module, parts.slice(cut).join("."));
    if (found.kind === "harmless") return { kind: "trusted" };
    if (found.kind !== "dangerous" && found.kind !== "walk") continue;
    const matched = found.kind === "walk" ? found.attribute : found.matched;
    if (worst === undefined || severityRank(found.severity) > severityRank(worst.severity)) {
      worst = { kind: "dangerous", severity: found.severity, matched };
    }
  }
  return worst;
}

/** `*` is one part: a longer name walks on from there, and is judged by where it leads. */
function matchesParts(pattern: readonly string[], parts: readonly string[]): boolean {
  return pattern.length === parts.length && pattern.every((wanted, i) => wanted === "*" || wanted === parts[i]);
}

function isTrusted(parts: readonly string[], prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => {
    const wanted = prefix.split(".");
    return wanted.length <= parts.length && wanted.every((part, i) => part === parts[i]);
  });
}
