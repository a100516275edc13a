import { crc32 } from "node:zlib";
import { entropyOf, isPlaceholder } from "./secret-text.js";

/** A credential that stands in a text. */
export interface Secret {
  /** What it opens: "GitHub token", "AWS access key id" ... */
  readonly kind: string;
  /** Index of its first character inside the text. */
  readonly index: number;
  /** Its first characters and its length: enough to find it, useless to whoever reads the report. */
  readonly masked: string;
  /** False when the token carries a checksum that does not hold: mistyped, or an example. */
  readonly genuine: boolean;
}

interface SecretPattern {
  readonly kind: string;
  readonly pattern: RegExp;
  /** Looks closer at a match; `undefined` means it is no secret at all. */
  readonly judge?: (match: RegExpExecArray) => Verdict | undefined;
}

interface Verdict {
  readonly genuine: boolean;
}

/** Texts beyond this are examined up to it: a credential is a short string, a longer text is content. */
const MAX_TEXT = 4 << 20;
const MAX_SECRETS = 50;
/** An RSA key of 16,384 bits in base64. */
const MAX_KEY_BLOCK = 16 << 10;

/**
 * Every kind has a fixed prefix or an outer structure of its own; a random string is never enough. All quantifiers are bounded.
 * Formats as their issuers document them.
 */
const PATTERNS: readonly SecretPattern[] = [
  { kind: "AWS access key id", pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/g },
  { kind: "GitHub token", pattern: /\bgh[pousr]_[A-Za-z0-9]{36}\b/g, judge: ([token]) => checkedBy62(token, 4) },
  { kind: "GitHub fine-grained token", pattern: /\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b/g },
  { kind: "GitLab token", pattern: /\bglpat-[A-Za-z0-9_-]{20}(?![A-Za-z0-9_-])/g },
  { kind: "Hugging Face token", pattern: /\b(?:hf_|api_org_)[A-Za-z]{34}\b/g },
  { kind: "OpenAI key", pattern: /\bsk-(?:[a-z]{4,8}-)?[A-Za-z0-9_-]{20,80}T3BlbkFJ[A-Za-z0-9_-]{20,80}/g },
  { kind: "Anthropic key", pattern: /\bsk-ant-[a-z]{3,6}\d{2}-[A-Za-z0-9_-]{93}AA/g },
  { kind: "Slack token", pattern: /\bxox[abeprs]-(?:\d{1,3}-)?(?:\d{8,14}-){1,3}[A-Za-z0-9]{20,64}\b/g },
  { kind: "Slack app token", pattern: /\bxapp-\d-[A-Z0-9]{9,12}-\d{10,14}-[a-f0-9]{64}\b/g },
  { kind: "Google API key", pattern: /\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/g },
  { kind: "Google OAuth client secret", pattern: /\bGOCSPX-[A-Za-z0-9_-]{28}(?![A-Za-z0-9_-])/g },
  { kind: "Stripe live key", pattern: /\b[rs]k_live_[A-Za-z0-9]{24,99}\b/g },
  { kind: "npm token", pattern: /\bnpm_[A-Za-z0-9]{36}\b/g, judge: ([token]) => checkedBy62(token, 4) },
  { kind: "PyPI token", pattern: /\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,250}/g },
  { kind: "SendGrid key", pattern: /\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g },
  { kind: "Telegram bot token", pattern: /\b\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])/g },
  { kind: "Databricks token", pattern: /\bdapi[0-9a-f]{32}(?:-\d)?\b/g },
  { kind: "Replicate token", pattern: /\br8_[A-Za-z0-9]{37}\b/g },
  { kind: "Azure storage key", pattern: /\bAccountKey=[A-Za-z0-9+/]{86}==/g },
  {
    kind: "Slack webhook",
    pattern: /\bhooks\.slack\.com\/services\/T[A-Z0-9]{8,11}\/B[A-Z0-9]{8,11}\/[A-Za-z0-9]{24}/g,
  },
  {
    kind: "private key",
    pattern:
      /-----BEGIN (?:[A-Z0-9]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----(?:\\[rn]|[\r\n\t A-Za-z0-9+/=:,-]){64,200}/g,
    judge: (match) => (isWholeKey(match) ? { genuine: true } : undefined),
  },
  {
    kind: "JSON Web Token",
    pattern: /\beyJ[A-Za-z0-9_-]{10,500}\.eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{20,700}/g,
    judge: ([token]) => (namesAlgorithm(token) ? { genuine: true } : undefined),
  },
  {
    kind: "password in a URL",
    pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'<>{}$]{1,64}:([^\s:/@"'<>{}$]{3,128})@[A-Za-z0-9.-]{3,253}/g,
    judge: ([, password = ""]) => (isPassword(password) ? { genuine: true } : undefined),
  },
];

/** One look tells whether a text can hold any of them, so that millions of ordinary strings cost nothing. */
const CANDIDATE =
  /AKIA|ASIA|ABIA|ACCA|gh[pousr]_|github_pat_|glpat-|hf_|api_org_|T3BlbkFJ|sk-ant-|xox[abeprs]-|xapp-|AIza|GOCSPX-|[rs]k_live_|npm_|pypi-AgEI|SG\.|:AA|dapi|r8_|AccountKey=|hooks\.slack|PRIVATE KEY|\.eyJ|:\/\//;

/** The shortest of them is longer than this. */
const MIN_TEXT = 12;

/** False for every text that `findSecrets` finds nothing in. */
export function mayHoldSecret(text: string): boolean {
  return text.length >= MIN_TEXT && CANDIDATE.test(text);
}

/** Kinds that documentation shows examples of; elsewhere nobody writes them down without meaning them. */
const SHOWN_IN_PROSE: ReadonlySet<string> = new Set(["password in a URL", "JSON Web Token"]);

/** Finds credentials in prose: only those that a reader could use as they stand. */
export function findSecretsInProse(text: string, allow: readonly string[] = []): Secret[] {
  return findSecrets(text, allow).filter(({ kind }) => !SHOWN_IN_PROSE.has(kind));
}

/** Finds credentials by their exact form. `allow` holds strings that are known to be none. */
export function findSecrets(text: string, allow: readonly string[] = []): Secret[] {
  if (!mayHoldSecret(text)) return [];
  const window = text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text;
  const found: Secret[] = [];
  for (const { kind, pattern, judge } of PATTERNS) {
    for (const match of window.matchAll(pattern)) {
      if (found.length >= MAX_SECRETS) return found;
      const verdict = allow.includes(match[0]) ? undefined : (judge ?? judgeToken)(match);
      if (verdict) found.push({ kind, index: match.index, masked: mask(match[0]), genuine: verdict.genuine });
    }
  }
  return found;
}

function judgeToken([token]: RegExpExecArray): Verdict | undefined {
  return isPlaceholder(token) ? undefined : { genuine: true };
}

/** Names under which settings keep a credential that has no form of its own. */
const SECRET_KEY =
  /(?:^|[_.-])(?:password|passwd|api[_-]?secret|secret[_-]?(?:access[_-]?)?key|api[_-]?key|access[_-]?token|auth[_-]?token|hub[_-]?token|client[_-]?secret|private[_-]?key)$|^secret$/i;
const SECRET_VALUE = /^[A-Za-z0-9+/_=.~-]{16,128}$/;
/** Bits a character: words and identifiers stay below, random base64 and hex of this length above. */
const MIN_ENTROPY = 3.3;

/** True for names like `aws_secret_access_key`, `hub_token`, `db.password`. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key);
}

/** A credential told by the name of its setting: `aws_secret_access_key = "IDnOd..."`. */
export function findNamedSecret(key: string, value: string, allow: readonly string[] = []): Secret | undefined {
  if (!isSecretKey(key) || !SECRET_VALUE.test(value) || allow.includes(value)) return undefined;
  const mixed = /\d/.test(value) && /[A-Za-z]/.test(value);
  if (!mixed || isPlaceholder(value) || entropyOf(value) < MIN_ENTROPY) return undefined;
  return { kind: `value of ${key}`, index: 0, masked: mask(value), genuine: true };
}

/** A key has an end; what documentation shows of one is cut off. */
function isWholeKey({ 0: begin, index, input }: RegExpExecArray): boolean {
  return (
    !begin.includes("...") && /-----END [A-Z0-9 ]{0,30}PRIVATE KEY/.test(input.slice(index, index + MAX_KEY_BLOCK))
  );
}

/** Documentation is full of `user:pass@host`; a password that somebody uses has digits, or both cases, and some length. */
function isPassword(text: string): boolean {
  const isMixed = /\d/.test(text) || (/[a-z]/.test(text) && /[A-Z]/.test(text));
  return isMixed && text.length >= 8 && !isPlaceholder(text);
}

/** Four characters and the length. */
function mask(secret: string): string {
  return `${secret.slice(0, 4)}… (${secret.length} characters)`;
}

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const CHECKSUM_LENGTH = 6;

/** GitHub and npm end their tokens with the CRC-32 of the body in base 62. */
function checkedBy62(token: string, prefix: number): Verdict | undefined {
  if (isPlaceholder(token)) return undefined;
  const body = token.slice(prefix, -CHECKSUM_LENGTH);
  let rest = crc32(body);
  let digits = "";
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = BASE62.charAt(rest % BASE62.length) + digits;
    rest = Math.floor(rest / BASE62.length);
  }
  return { genuine: token.endsWith(digits) };
}

/** The first part of a JWT is a JSON object that names its algorithm. */
function namesAlgorithm(token: string): boolean {
  const header = Buffer.from(token.slice(0, token.indexOf(".")), "base64url").toString("latin1");
  return /^\{.{0,200}"alg"\s{0,4}:/s.test(header);
}
