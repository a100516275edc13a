import type { Severity } from "../../rules/severity.js";
import { reachOf } from "../file-reference.js";
import type { Operation } from "./operations.js";
import type { Origin } from "./origin.js";

/** What an op's operand amounts to: nothing to tell, or what and how bad. */
export type Verdict =
  | { readonly kind: "normal" }
  | { readonly kind: "caller" }
  | { readonly kind: "computed"; readonly severity: Severity | undefined; readonly by: string }
  | { readonly kind: "fixed"; readonly severity: Severity | undefined; readonly address: string };

const NORMAL: Verdict = { kind: "normal" };

/** Texts that look like addresses and reach nothing. */
const HARMLESS: ReadonlyMap<string, RegExp> = new Map([
  ["PrintV2", /^(?:stderr|stdout|log\((?:info|warning|error)\))$/],
  // Message definitions linked into the process, or carried in the attribute.
  ["DecodeProtoV2", /^(?:local|bytes):\/\//],
  ["EncodeProto", /^(?:local|bytes):\/\//],
  // A device of the same process.
  ["RemoteCall", /^(?:\/job:localhost)?(?:\/(?:replica|task):0)*\/?(?:device:)?[A-Za-z_]{0,20}:?\d{0,4}$/],
]);

/** The model's own folders, as paths relative to it. */
const OWN_FOLDER = /^(?:\.\/)?(?:assets|assets\.extra|variables)\//;
/** TensorFlow's file system in memory. */
const IN_MEMORY = /^ram:\/\//;
/** Files that the system or a shell runs or trusts: writing one is running code. */
const SENSITIVE =
  /(?:^|[\\/])(?:etc|proc|sys|boot|root|bin|sbin|lib|lib64|cron[^\\/]{0,40}|init\.d|systemd|LaunchAgents|Startup|System32|site-packages|dist-packages|\.ssh|\.gnupg|\.aws|\.kube|\.config|\.git)(?:[\\/]|$)|(?:^|[\\/])\.(?:bash|zsh|profile|login|netrc|pythonrc)[^\\/]{0,40}$|authorized_keys|\.(?:py|pyc|pth|so|dll|dylib|exe|sh|bash|bat|cmd|ps1|desktop|service)$/i;

/** Object stores that trainings read from. */
const CLOUD_STORE = /^(?:gs|s3|hdfs|abfss?|wasbs?):\/\//;

export interface Question {
  readonly op: string;
  readonly operation: Operation;
  /** The graph of a training, not a model for use. */
  readonly isTraining: boolean;
}

/** Judges one possible value of a path or address operand. */
export function judgeOrigin(question: Question, origin: Origin): Verdict {
  const { operation } = question;
  const { text, rest } = origin;
  if (rest === "none") {
    // Savers are made with a default such as "model", which nobody uses.
    if (origin.isDefault && operation.isSaver && reachOf(text) === "relative") return NORMAL;
    return judgeConstant(question, text);
  }
  if (rest === "computed") {
    const by = text === "" ? origin.by : `${text}... joined with ${origin.by}`;
    return { kind: "computed", severity: question.isTraining && operation.isPipeline ? "low" : undefined, by };
  }
  if (text !== "" && reachOf(text) !== "relative" && !IN_MEMORY.test(text)) {
    const judged = judgeConstant(question, text);
    return judged.kind === "fixed" ? { ...judged, address: `${text}...` } : judged;
  }
  if (rest === "asset")
    return operation.does === "write"
      ? { kind: "fixed", severity: undefined, address: "an asset of the model" }
      : NORMAL;
  return operation.isSaver ? NORMAL : { kind: "caller" };
}

function judgeConstant({ op, operation, isTraining }: Question, text: string): Verdict {
  if (text === "" || HARMLESS.get(op)?.test(text) || IN_MEMORY.test(text)) return NORMAL;
  const reach = reachOf(text);
  const isOwn = reach === "relative" && (OWN_FOLDER.test(text) || (operation.isSaver && !/[\\/]/.test(text)));
  if (isOwn && operation.does !== "network") return NORMAL;
  const isSensitive = SENSITIVE.test(text);
  const isLocal = reach !== "url" && reach !== "network" && reach !== "traversal";
  if (isTraining && operation.isPipeline && !isSensitive && (isLocal || CLOUD_STORE.test(text))) {
    return { kind: "fixed", severity: "low", address: text };
  }
  return { kind: "fixed", severity: operation.does === "write" && isSensitive ? "critical" : undefined, address: text };
}
