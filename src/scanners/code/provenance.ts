import { DECODING_CALLS } from "../../formats/code/evaluator.js";
import { isDecoded, partsOf, someWithin, textOf, type Value } from "../../formats/code/value.js";
import type { CallableIndex } from "./capabilities.js";

/** Where a value comes from, as far as that matters for what is done with it. */
export interface Provenance {
  /** It came over the network. */
  readonly isFetched: boolean;
  /** It was decoded from something that hides it. */
  readonly isHidden: boolean;
  /** Among what hides it is more than compression. */
  readonly isEncoded: boolean;
  /** It was read from a file. */
  readonly isRead: boolean;
}

/** Methods of connections that nothing else has. */
const RECEIVERS = new Set(["recv", "recvfrom", "recv_bytes"]);
const READERS = new Set(["read", "read_text", "read_bytes", "readlines", "getvalue", "get_data", "open"]);
/** Opening a compressed file hides nothing; decompressing bytes of the code's own does. */
const HIDING_CALLS =
  /^(?:(?:base64|binascii|marshal)\.|(?:zlib|gzip|bz2|lzma)\.(?:decompress|decompressobj|LZMADecompressor|BZ2Decompressor)$)/;

const DECOMPRESSING = /^(?:zlib|gzip|bz2|lzma)\.(?:decompress|decompressobj|LZMADecompressor|BZ2Decompressor)$/;
const COMPRESSING_CODECS = new Set(["zlib", "zlib_codec", "zip", "bz2", "bz2_codec"]);

/** Decoding that is no decompression; `codecs.decode(data, "zlib")` is one. */
function isDecoding(part: Value, hides: (path: string) => boolean): boolean {
  if (part.kind === "name") return hides(part.path) && !DECOMPRESSING.test(part.path) && part.path !== "codecs.decode";
  const isCodec = part.kind === "call" && part.callee.kind === "name" && part.callee.path === "codecs.decode";
  return isCodec ? !COMPRESSING_CODECS.has(textOf(part.args[1]) ?? "") : isDecoded(part);
}

export function provenanceOf(value: Value, callables: CallableIndex): Provenance {
  const hides = (path: string) => DECODING_CALLS.has(path) || HIDING_CALLS.test(path);
  const test = (check: (path: string) => boolean) =>
    someWithin(value, (part) => part.kind === "name" && check(part.path));
  return {
    isFetched:
      test((path) => callables.capabilityOf(path) === "network") ||
      someWithin(value, (part) => part.kind === "attribute" && RECEIVERS.has(part.name)),
    isHidden: isDecoded(value) || test(hides),
    isEncoded: someWithin(value, (part) => isDecoding(part, hides)),
    isRead:
      someWithin(value, (part) => part.kind === "attribute" && READERS.has(part.name)) ||
      test((path) => path === "builtins.open"),
  };
}

/** Environment variables as a whole, not a single one of them. */
const WHOLE_ENVIRONMENT = new Set([
  "os.environ",
  "os.environb",
  "os.environ.copy",
  "os.environ.items",
  "os.environ.values",
]);
const MAX_SEARCHED = 300;

/** Whether all environment variables go into the value. `os.environ["X"]` and `os.environ.get("X")` are one of them. */
export function holdsEnvironment(value: Value): boolean {
  const queue = [value];
  for (let i = 0; i < queue.length && i < MAX_SEARCHED; i++) {
    const part = queue[i];
    if (part === undefined) break;
    if (part.kind === "name" && WHOLE_ENVIRONMENT.has(part.path)) return true;
    if (part.kind === "item" && part.of.kind === "name") queue.push(part.key);
    else queue.push(...partsOf(part).slice(0, MAX_SEARCHED));
  }
  return false;
}

/** Files that hold keys, passwords and sessions. */
const CREDENTIALS =
  /(?:^|[/\\])(?:\.ssh[/\\](?!config$|known_hosts$)\S+|id_rsa|id_ed25519|\.aws[/\\]credentials|\.netrc|_netrc|\.git-credentials|\.pypirc|\.docker[/\\]config\.json|\.kube[/\\]config|\.gnupg[/\\]\S*|shadow|wallet\.dat|Login Data|\.huggingface[/\\]token|huggingface[/\\]token|\.config[/\\]gcloud[/\\]\S+)$/;
/** Files that programs read when they start. */
const STARTUP =
  /(?:^|[/\\])(?:\.bashrc|\.bash_profile|\.profile|\.zshrc|\.zprofile|authorized_keys|crontab|rc\.local|sitecustomize\.py|usercustomize\.py|cron\.(?:d|daily|hourly)[/\\]\S+|autostart[/\\]\S+|LaunchAgents[/\\]\S+|systemd[/\\](?:user|system)[/\\]\S+|Startup[/\\]\S+)$/;

export function isCredentialPath(path: string): boolean {
  return path.length < 300 && CREDENTIALS.test(path);
}

export function isStartupPath(path: string): boolean {
  return path.length < 300 && STARTUP.test(path);
}
