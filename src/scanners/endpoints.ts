import { isIPv4 } from "node:net";
import type { NetworkRules } from "../config/policy.js";

/** What an address is for, as far as its host tells. */
export type EndpointKind =
  | "onion"
  | "tunnel"
  | "paste"
  | "webhook"
  | "collector"
  | "dynamic-dns"
  | "metadata-service"
  | "ip-address";

export interface Endpoint {
  readonly kind: EndpointKind;
  /** Index of the address inside the text. */
  readonly index: number;
  /** As it stands there, at most 200 characters, a password in it left out. */
  readonly address: string;
  readonly host: string;
}

/** Texts beyond this are examined up to it. */
const MAX_TEXT = 4 << 20;
const MAX_ENDPOINTS = 50;
const MAX_SHOWN = 200;

/** Scheme, optional user, host, optional port, the start of the path. */
const URL_PATTERN =
  /\b(https?|ftps?|wss?|ssh|tcp|udp|smb|ldaps?|grpc|telnet|socks5?):\/\/(?:[^\s/@"'<>]{1,200}@)?(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::\d{1,5})?((?:[/?#][^\s"'<>\\]{0,300})?)/g;

const ONION = /\.onion$/;
/** The instance metadata services of the clouds: whoever reaches them gets the machine's keys. */
const METADATA_HOSTS = new Set(["169.254.169.254", "metadata.google.internal", "100.100.100.200", "[fd00:ec2::254]"]);

/**
 * Finds addresses that have no business in a model. Ordinary links (model hubs, papers, documentation, schema ids, unknown hosts) are no
 * findings: a list of what is trusted would only alarm on everybody else.
 */
export function findEndpoints(text: string, rules: NetworkRules): Endpoint[] {
  if (!text.includes("://")) return [];
  const window = text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text;
  const found: Endpoint[] = [];
  for (const match of window.matchAll(URL_PATTERN)) {
    if (found.length >= MAX_ENDPOINTS) break;
    const [whole, , rawHost = "", path = ""] = match;
    const host = rawHost.toLowerCase().replace(/\.$/, "");
    const kind = classifyHost(host, path, rules);
    if (kind) found.push({ kind, index: match.index, address: withoutPassword(whole).slice(0, MAX_SHOWN), host });
  }
  return found;
}

/** What kind of host it is, undefined for an ordinary one. `path` begins with `/` or is empty. */
export function classifyHost(host: string, path: string, rules: NetworkRules): EndpointKind | undefined {
  if (hostMatches(rules.allowed_hosts, host, path)) return undefined;
  if (METADATA_HOSTS.has(host)) return "metadata-service";
  if (ONION.test(host)) return "onion";
  if (hostMatches(rules.collectors, host, path)) return "collector";
  if (hostMatches(rules.webhooks, host, path)) return "webhook";
  if (hostMatches(rules.tunnels, host, path)) return "tunnel";
  if (hostMatches(rules.pastes, host, path)) return "paste";
  if (hostMatches(rules.dynamic_dns, host, path)) return "dynamic-dns";
  return isRemoteIp(host) ? "ip-address" : undefined;
}

/** Whether a host is in a list: itself or a subdomain, and below the path where a row has one. */
export function hostMatches(rows: readonly string[], host: string, path: string): boolean {
  return rows.some((row) => {
    const cut = row.indexOf("/");
    const name = cut < 0 ? row : row.slice(0, cut);
    if (host !== name && !host.endsWith(`.${name}`)) return false;
    return cut < 0 || path.startsWith(row.slice(cut));
  });
}

/** An address by number that is neither this machine nor a private network. */
function isRemoteIp(host: string): boolean {
  if (host.startsWith("[")) return !/^\[(?:::1?|f[cd]|fe[89ab])/.test(host);
  const dotted = dottedForm(host);
  if (dotted === undefined) return false;
  const [a = 0, b = 0] = dotted.split(".").map(Number);
  const local = a === 0 || a === 10 || a === 127 || (a === 192 && b === 168) || (a === 172 && b >= 16 && b < 32);
  return !local && a < 224;
}

/** Also for the spellings that hide an IPv4 address from a search: `3232235777`, `0xC0A80101`. */
function dottedForm(host: string): string | undefined {
  if (isIPv4(host)) return host;
  if (!/^(?:0x[0-9a-f]{1,8}|\d{8,10})$/.test(host)) return undefined;
  const value = Number(host);
  if (value > 0xffffffff) return undefined;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

function withoutPassword(address: string): string {
  return address.replace(/:\/\/[^/@]{1,200}@/, "://…@");
}
