import type { Policy } from "../config/policy.js";
import type { Observation } from "./scanner.js";

/** `*` and `?` as in file names, letters of either case; a pattern without them matches whole words anywhere in the name. */
export function matchesName(pattern: string, name: string): boolean {
  return expressionOf(pattern).test(name);
}

/** Model names are short; a longer text is no name. */
const MAX_NAME = 1024;
const MAX_PATTERN = 256;
/** Stars of one pattern: more of them make matching slow and mean nothing. */
const MAX_STARS = 8;

const compiled = new Map<string, RegExp>();

function expressionOf(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known) return known;
  const expression = compile(pattern.slice(0, MAX_PATTERN));
  compiled.set(pattern, expression);
  return expression;
}

function compile(pattern: string): RegExp {
  if (!/[*?]/.test(pattern))
    return new RegExp(`(?<![\\p{L}\\p{N}])${escapeExpression(pattern)}(?![\\p{L}\\p{N}])`, "iu");
  let stars = 0;
  const body = [...pattern.replace(/\*{2,}/g, "*")].map((char) => {
    if (char === "?") return ".";
    if (char !== "*") return escapeExpression(char);
    return ++stars > MAX_STARS ? "" : `.{0,${MAX_NAME}}`;
  });
  return new RegExp(`^${body.join("")}$`, "isu");
}

function escapeExpression(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
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
