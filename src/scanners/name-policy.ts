import type { Policy } from "../config/policy.js";
import type { Observation } from "./scanner.js";

/** `*` and `?` as in file names, letters of either case; a pattern without them matches whole words anywhere in the name. */
export function matchesName(pattern: string, name: string): boolean {
  const wanted = [...pattern.toLowerCase()];
  const given = [...name.toLowerCase()];
  if (wanted.includes("*") || wanted.includes("?")) return matchesGlob(wanted, given);
  return containsWord(pattern.toLowerCase(), name.toLowerCase());
}

/** Model names are short; a longer text is no name. */
const MAX_NAME = 1024;

/** Two positions and one way back to the last star: never more steps than pattern times name, whatever both are. */
function matchesGlob(pattern: readonly string[], name: readonly string[]): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    if (pattern[p] === "*") {
      star = p++;
      resume = n;
    } else if (pattern[p] === "?" || pattern[p] === name[n]) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++resume;
    } else return false;
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

const WORD = /[\p{L}\p{N}]/u;

function containsWord(word: string, name: string): boolean {
  if (word === "") return false;
  for (let at = name.indexOf(word); at >= 0; at = name.indexOf(word, at + 1)) {
    const before = name[at - 1] ?? " ";
    const after = name[at + word.length] ?? " ";
    if (!WORD.test(before) && !WORD.test(after)) return true;
  }
  return false;
}

/**
 * Holds a name that a model gives itself against `[blacklist]`. `place` says where it stands (`config.json _name_or_path`, `GGUF
 * general.name`, `file name`).
 */
export function judgeName(policy: Policy, place: string, name: string): Observation | undefined {
  if (name.length === 0 || name.length > MAX_NAME) return undefined;
  const pattern = policy.blacklist.patterns.find((row) => matchesAny(row, name));
  if (pattern === undefined) return undefined;
  return {
    rule: "policy/forbidden-name",
    message: `${place} is "${name}", which the policy forbids ("${pattern}")`,
    subject: `${pattern}@${place}`,
    evidence: { pattern, place, name },
  };
}

/** The whole name, or what stands after its owner: `gpt-*` matches `openai/gpt-oss`. */
function matchesAny(pattern: string, name: string): boolean {
  const last = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
  return matchesName(pattern, name) || (last !== "" && matchesName(pattern, last));
}
