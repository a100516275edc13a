import { isJsonArray, isJsonObject, type JsonObject } from "../../formats/json/value.js";
import { classifyHost, hostMatches } from "../endpoints.js";
import { arrayAt, at, type ConfigContext, type ConfigDocument } from "./document.js";

const URL = /(?:\b|-[ifre])(?:git\+|hg\+|svn\+|bzr\+)?((?:https?|ssh|git|ftp|file):\/\/[^\s'"#;]{1,400})/i;
const OPTION =
  /^\s{0,40}(?:(--index-url|--extra-index-url|--find-links|--trusted-host)(?:\s{1,20}|=)|(-[if])\s{0,20})(\S{1,400})/;
/** `git+git@host:owner/repository`: ssh without a scheme. */
const SHORT_SSH = /\bgit\+(?:ssh:\/\/)?[\w.-]{1,60}@([\w.-]{1,200}):(?!\d)(\S{0,300})/;
const HOST =
  /^([a-z+]{2,8}):\/\/(?:[^\s/@]{1,200}@)?(\[[0-9A-Fa-f:.]{2,45}\]|[^\s/:?#]{1,253})(?::\d{1,5})?([^\s]{0,300})/i;

/** Judges one line of a pip requirements file, or an argument of `pip install`. */
export function judgeRequirement(
  line: string,
  place: string,
  offset: number | undefined,
  context: ConfigContext,
): void {
  const text = line.replace(/(?:^|\s)#.*$/s, "");
  const [, long, short, value] = OPTION.exec(text) ?? [];
  const option = long ?? short;
  const [, url] = URL.exec(text) ?? [];
  const [, host, path] = SHORT_SSH.exec(text) ?? [];
  const address =
    url ?? (host === undefined ? undefined : `ssh://${host}/${path}`) ?? (option === undefined ? undefined : value);
  if (address === undefined) return;
  const doubt = doubtAbout(address, context);
  if (doubt === undefined) return;
  context.report({
    rule: "config/remote-dependency",
    message: `${place}: ${option === undefined ? "a package comes" : `${option} takes packages`} from ${address.replace(/\/\/[^/@]{1,200}@/, "//…@")}, ${doubt}`,
    subject: address,
    ...at(offset),
    evidence: { address, place },
  });
}

/** Why an address is no place to take packages from; undefined for the usual ones. */
function doubtAbout(address: string, context: ConfigContext): string | undefined {
  const [, scheme = "", host = "", path = ""] = HOST.exec(address) ?? [];
  if (host === "" || scheme === "file") return undefined;
  const name = host.toLowerCase();
  const kind = classifyHost(name, path, context.policy.network);
  if (kind !== undefined) return kind === "ip-address" ? "a host that has only a number" : `a ${kind} address`;
  if (!hostMatches(context.policy.config_rules.trusted_package_hosts, name, path))
    return "which is no known package index";
  return scheme === "http" || scheme === "ftp" || scheme === "git"
    ? "over a connection that anybody on the way can change"
    : undefined;
}

/** A conda environment: channels may be addresses, and pip requirements stand in a list inside the list. */
export function judgeCondaEnvironment(root: JsonObject, document: ConfigDocument, context: ConfigContext): void {
  const dependencies = arrayAt(root, "dependencies");
  if (dependencies === undefined) return;
  for (const entry of dependencies) {
    const pip = isJsonObject(entry) ? entry.get("pip") : undefined;
    if (!isJsonArray(pip)) continue;
    pip.forEach((line, i) => {
      if (typeof line === "string") judgeRequirement(line, "dependencies pip", document.offsetOf(pip, i), context);
    });
  }
  const channels = arrayAt(root, "channels") ?? [];
  channels.forEach((channel, i) => {
    if (typeof channel === "string") judgeRequirement(channel, "channels", document.offsetOf(channels, i), context);
  });
}
