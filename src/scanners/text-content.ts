import type { Policy } from "../config/policy.js";
import type { Severity } from "../rules/severity.js";
import {
  findDestruction,
  findPythonCalls,
  findSettingCommands,
  findShellCommands,
  mayHoldCommand,
} from "./commands.js";
import { type Endpoint, type EndpointKind, findEndpoints } from "./endpoints.js";
import type { Observation } from "./scanner.js";
import {
  findNamedSecret,
  findSecrets,
  findSecretsInProse,
  isSecretKey,
  mayHoldSecret,
  type Secret,
} from "./secrets.js";

/** Where a text of a file stands. */
export interface TextPlace {
  /** As shown: `general.notes`, `optimizer.token`, `line 3`. */
  readonly place: string;
  /** The name of the setting alone, for values that are told by it (`aws_secret_access_key`). */
  readonly key?: string;
  /** Offset of the text's first byte inside the artifact. */
  readonly offset?: number;
  /** True where no program belongs (metadata, names): Python that reaches for the system is then told as well. */
  readonly plainData?: boolean;
  /** True for documents that people read: examples of credentials and addresses belong there. */
  readonly isProse?: boolean;
}

/** A quick look that rules out nearly every string of a file: false means that `judgeText` has nothing to tell. */
export function mayTell(text: string, key: string | undefined, policy: Policy): boolean {
  if (text.length < MIN_TEXT) return false;
  if (text.includes("://") || mayHoldSecret(text) || mayHoldCommand(text) || text.includes(IMPORT_CALL)) return true;
  return (key !== undefined && isSecretKey(key)) || Object.keys(policy.custom_patterns).length > 0;
}

/** What is worth telling about a text that a file carries: credentials, addresses, commands, the user's own patterns. Pure. */
export function judgeText(text: string, where: TextPlace, policy: Policy): Observation[] {
  if (text.length < MIN_TEXT) return [];
  return [
    ...judgeSecrets(text, where, policy),
    ...judgeEndpoints(text, where, policy),
    ...judgeCommands(text, where),
    ...judgeCustomPatterns(text, where, policy),
  ];
}

/** No setting of a model reads like this, unless something evaluates it. */
const IMPORT_CALL = "__import__(";
/** Shorter texts hold nothing that the checks look for. */
const MIN_TEXT = 3;
const MIN_COMMAND = 8;

export function judgeSecrets(text: string, where: TextPlace, policy: Policy): Observation[] {
  const { allow } = policy.secrets;
  const found = where.isProse === true ? findSecretsInProse(text, allow) : findSecrets(text, allow);
  const named = found.length === 0 && where.key !== undefined ? findNamedSecret(where.key, text, allow) : undefined;
  return [...found, ...(named ? [named] : [])].map((secret) => secretObservation(secret, where));
}

function secretObservation(secret: Secret, where: TextPlace): Observation {
  const doubt = secret.genuine ? "" : ", though its checksum does not hold";
  return {
    rule: "secrets/credential",
    ...(secret.genuine ? {} : { severity: "low" as const }),
    message: `${where.place} holds a ${secret.kind}${doubt}: ${secret.masked}`,
    subject: `${secret.kind} ${secret.masked}`,
    ...offsetAt(where, secret.index),
    evidence: { kind: secret.kind, place: where.place, masked: secret.masked },
  };
}

/** What an address of each kind is worth where only settings and descriptions belong. */
const ENDPOINT_SEVERITY: Readonly<Record<EndpointKind, Severity>> = {
  "metadata-service": "medium",
  onion: "medium",
  collector: "medium",
  webhook: "medium",
  tunnel: "medium",
  paste: "medium",
  "dynamic-dns": "low",
  "ip-address": "low",
};

export function judgeEndpoints(text: string, where: TextPlace, policy: Policy): Observation[] {
  const isDescription = text.length > MAX_SETTING && text.split(" ", MIN_WORDS).length === MIN_WORDS;
  return findEndpoints(text, policy.network).map((endpoint) => ({
    ...endpointObservation(endpoint, where),
    ...(isDescription ? { severity: "low" as const } : {}),
  }));
}

/** A text longer than a setting, of this many words, describes something: it may name an address without using it. */
const MAX_SETTING = 300;
const MIN_WORDS = 20;

function endpointObservation({ kind, address, host, index }: Endpoint, where: TextPlace): Observation {
  return {
    rule: kind === "ip-address" ? "network/ip-address" : "network/suspicious-host",
    severity: ENDPOINT_SEVERITY[kind],
    message: `${where.place} names ${kindNames[kind]}: ${address}`,
    subject: host,
    ...offsetAt(where, index),
    evidence: { kind, host, address, place: where.place },
  };
}

const kindNames: Readonly<Record<EndpointKind, string>> = {
  "metadata-service": "the metadata service of a cloud machine",
  onion: "a Tor address",
  collector: "a request collector",
  webhook: "a webhook",
  tunnel: "a tunnel to somebody's machine",
  paste: "a paste site",
  "dynamic-dns": "a dynamic DNS host",
  "ip-address": "a host by its number",
};

function judgeCommands(text: string, where: TextPlace): Observation[] {
  if (text.length < MIN_COMMAND) return [];
  const isForPython = where.plainData === true || (text.length <= MAX_SETTING && text.includes(IMPORT_CALL));
  const found = [
    ...findShellCommands(text),
    ...findDestruction(text),
    ...(isForPython ? findPythonCalls(text) : []),
    ...(where.plainData === true ? findSettingCommands(text) : []),
  ];
  return found.map(({ kind, text: command, index }) => ({
    rule: "config/command-text",
    message: `${where.place} holds a command (${kind}): ${command}`,
    subject: `${kind} ${command}`,
    ...offsetAt(where, index),
    evidence: { kind, command, place: where.place },
  }));
}

/** `[custom_patterns]`: looked for in the first part of a text, for the patterns are the user's and may be slow. */
const MAX_CUSTOM_TEXT = 1 << 20;

export function judgeCustomPatterns(text: string, where: TextPlace, policy: Policy): Observation[] {
  const found: Observation[] = [];
  for (const [name, { pattern, severity, message }] of Object.entries(policy.custom_patterns)) {
    const index = text.slice(0, MAX_CUSTOM_TEXT).search(expressionOf(pattern));
    if (index < 0) continue;
    found.push({
      rule: "policy/custom-pattern",
      severity,
      message: `${message} (${name}, ${where.place})`,
      subject: `${name}@${where.place}`,
      ...offsetAt(where, index),
      evidence: { pattern: name, place: where.place },
    });
  }
  return found;
}

const expressions = new Map<string, RegExp>();

function expressionOf(pattern: string): RegExp {
  const known = expressions.get(pattern);
  if (known) return known;
  const expression = new RegExp(pattern, "m");
  expressions.set(pattern, expression);
  return expression;
}

/** Character and byte offsets agree in ASCII, which credentials and addresses nearly always stand in. */
function offsetAt(where: TextPlace, index: number): { readonly offset: number } | Record<string, never> {
  return where.offset === undefined ? {} : { offset: where.offset + index };
}
