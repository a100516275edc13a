import type { Policy } from "../../config/policy.js";
import { spdxId } from "../../rules/spdx.js";
import { matchesName } from "../name-policy.js";
import type { Observation } from "../scanner.js";

/** Names that say that there is a licence, and not which. */
const VAGUE = new Set(["other", "unknown", "custom", "proprietary"]);
const MAX_SHOWN = 120;

/** What a licence that a file states asks for. `place` says where it stands (`model card license`, `GGUF general.license`). */
export function judgeLicense(license: string, place: string, policy: Policy): Observation[] {
  const name = license.trim().slice(0, MAX_SHOWN);
  if (name === "") return [];
  const { non_commercial, network_copyleft, known } = policy.licenses;
  const isAmong = (patterns: readonly string[]) =>
    patterns.some((pattern) => matchesName(pattern, name) || matchesName(pattern, spdxId(name) ?? name));
  const told = (rule: Observation["rule"], message: string) => [
    licenseObservation(policy, { rule, message, subject: name }),
  ];
  if (isAmong(non_commercial)) return told("license/non-commercial", `${place} is ${name}: no commercial use`);
  if (isAmong(network_copyleft)) {
    return told("license/network-copyleft", `${place} is ${name}: services built on it must offer their source`);
  }
  if (spdxId(name) !== undefined || isAmong(known)) return [];
  const what = VAGUE.has(name.toLowerCase())
    ? "which says nothing of its terms"
    : "which is no licence of the SPDX list";
  return told("license/unknown", `${place} is ${JSON.stringify(name)}, ${what}`);
}

/** Gives a finding about licences the weight that `[licenses]` asks for. */
export function licenseObservation(policy: Policy, observation: Observation): Observation {
  return policy.licenses.enforce ? { ...observation, severity: "medium" } : observation;
}
