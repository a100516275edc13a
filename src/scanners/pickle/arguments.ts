import type { Inspector } from "../../formats/pickle/inspector.js";
import { isText, KIND, type Value } from "../../formats/pickle/value.js";

/** What an argument of an unknown callable shows about its purpose. */
export interface ArgumentEvidence {
  readonly kind: "command" | "url" | "path" | "address" | "code";
  readonly text: string;
}

const MAX_DEPTH = 4;
const MAX_VALUES = 200;
const MAX_TEXT = 2000;

const PATTERNS: readonly (readonly [ArgumentEvidence["kind"], RegExp])[] = [
  ["url", /^\s{0,8}(?:https?|ftps?|wss?|file|gs|s3|hdfs|ldaps?|jdbc|smb|gopher):\/\/\S/i],
  [
    "code",
    /(?:__import__\s{0,4}\(|\bimport\s{1,4}(?:os|sys|subprocess|socket|ctypes|pty|shutil|base64)\b|\bexec\s{0,4}\(|\beval\s{0,4}\(|\bos\.(?:system|popen|exec\w{0,4}|spawn\w{0,4}|remove|environ)\b|subprocess\.\w)/,
  ],
  [
    "command",
    /(?:^|[;&|`\s(])(?:\/(?:usr\/)?(?:s?bin)\/\w|(?:curl|wget|nc|ncat|netcat|bash|sh|zsh|powershell(?:\.exe)?|cmd(?:\.exe)?|chmod|mkfifo|python[23]?|perl|ruby|certutil|bitsadmin|whoami|rm|nohup|touch|echo)\s{1,4}[-/.\w"'$>|])/,
  ],
  [
    "path",
    /^(?:~?\/(?:etc|home|root|tmp|var|usr|opt|proc|dev|bin|sys|mnt|srv|boot)\b|[A-Za-z]:\\|\\\\\w|(?:\.\.[/\\])|~[/\\]|file:)/,
  ],
  ["path", /(?:\.ssh\/|\.bashrc|\.aws\/credentials|authorized_keys|\/etc\/passwd|\/etc\/shadow|\.netrc|\.gitconfig)/],
  ["address", /^(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?$/],
];

/** The most telling constant among the arguments, looked for in tuples, lists and dicts as well. */
export function findEvidence(inspect: Inspector, args: Value): ArgumentEvidence | undefined {
  let left = MAX_VALUES;
  let worst: ArgumentEvidence | undefined;
  const visit = (value: Value, depth: number): void => {
    if (depth > MAX_DEPTH || left-- <= 0) return;
    if (isText(value.kind)) worst = worseEvidence(worst, classifyText(inspect.text(value, MAX_TEXT) ?? ""));
    else if (value.kind === KIND.CALL || value.kind === KIND.INSTANCE) {
      const origin = inspect.origin(value);
      if (origin) visit(origin.args, depth + 1);
    } else for (const item of inspect.items(value) ?? []) visit(item, depth + 1);
  };
  visit(args, 0);
  return worst;
}

/** What runs weighs more than what is reached; of equals the first stays. */
export function worseEvidence(
  known: ArgumentEvidence | undefined,
  next: ArgumentEvidence | undefined,
): ArgumentEvidence | undefined {
  if (known === undefined || next === undefined) return known ?? next;
  return !runs(known) && runs(next) ? next : known;
}

function runs({ kind }: ArgumentEvidence): boolean {
  return kind === "command" || kind === "code";
}

export function classifyText(text: string): ArgumentEvidence | undefined {
  for (const [kind, pattern] of PATTERNS) if (pattern.test(text)) return { kind, text: text.slice(0, 200) };
  return undefined;
}

/** Imported names among the arguments: callables that are handed to another one. */
export function globalsIn(inspect: Inspector, args: Value): Value[] {
  const found: Value[] = [];
  let left = MAX_VALUES;
  const visit = (value: Value, depth: number): void => {
    if (depth > MAX_DEPTH || left-- <= 0) return;
    if (value.kind === KIND.GLOBAL) found.push(value);
    else for (const item of inspect.items(value) ?? []) visit(item, depth + 1);
  };
  visit(args, 0);
  return found;
}
