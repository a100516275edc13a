import { type CommandText, findShellCommands } from "../commands.js";
import { classifyHost, hostMatches } from "../endpoints.js";
import type { TextPlace } from "../text-content.js";
import { at, type ConfigContext } from "./document.js";
import { judgeRequirement } from "./requirements.js";

const ADDRESS =
  /\b(https?|ftp):\/\/(?:[^\s/@"']{1,200}@)?(\[[0-9A-Fa-f:.]{2,45}\]|[\w.-]{1,253})(?::\d{1,5})?([^\s"'|;]{0,300})/i;
const REMOTE_ADD = /^\s{0,40}ADD\s{1,10}(?:--\S{1,100}\s{1,10}){0,5}(https?:\/\/\S{1,400})/i;
const PIP = /\bpip3?\s{1,10}(?:\S{1,60}\s{1,10}){0,3}install\b/;
const PIP_SOURCE =
  /(?:-i|-f|--index-url|--extra-index-url|--find-links|--trusted-host)[\s=]{1,4}\S{1,400}|\bgit\+\S{1,400}|https?:\/\/\S{1,400}/g;

/** Judges a line of a Dockerfile or a shell script. True when it told something about its addresses. */
export function judgeBuildCommand(line: string, where: TextPlace, context: ConfigContext): boolean {
  let told = false;
  for (const command of findShellCommands(line)) {
    told = true;
    reportCommand(command, where, context);
  }
  const [, added] = REMOTE_ADD.exec(line) ?? [];
  if (added !== undefined) {
    told = true;
    judgeRequirement(added, where.place, where.offset, context);
  }
  if (!PIP.test(line)) return told;
  for (const [source] of line.matchAll(PIP_SOURCE)) judgeRequirement(source, where.place, where.offset, context);
  return true;
}

function reportCommand({ kind, text }: CommandText, where: TextPlace, context: ConfigContext): void {
  const isInstaller = kind === "download and run" && isKnownInstaller(text, context);
  context.report({
    rule: kind === "download and run" ? "config/build-command" : "config/command-text",
    ...(isInstaller ? { severity: "low" as const } : {}),
    message: `${where.place}: ${kind}: ${text}`,
    subject: text,
    ...at(where.offset),
    evidence: { command: text, kind },
  });
}

/** Installers of well-known tools are piped into a shell by their own instructions. */
function isKnownInstaller(command: string, { policy }: ConfigContext): boolean {
  const [, scheme, host = "", path = ""] = ADDRESS.exec(command) ?? [];
  if (scheme?.toLowerCase() !== "https" || classifyHost(host.toLowerCase(), path, policy.network) !== undefined)
    return false;
  return hostMatches(policy.config_rules.trusted_install_hosts, host.toLowerCase(), path);
}
