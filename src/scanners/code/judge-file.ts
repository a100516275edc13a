import type { Policy } from "../../config/policy.js";
import { COMPUTED } from "../../formats/code/evaluator.js";
import { render, renderCall } from "../../formats/code/render.js";
import type { CodeSummary, OpaqueCall, Phase, Use } from "../../formats/code/summary.js";
import { someWithin, textOf, type Value } from "../../formats/code/value.js";
import { isAtLeast, type Severity } from "../../rules/severity.js";
import { type CallableIndex, callablesOf } from "./capabilities.js";
import { type CommandKind, commandOf } from "./command.js";
import { type CodeFinding, sortFindings, WHEN } from "./finding.js";
import { holdsEnvironment, isCredentialPath, isStartupPath, provenanceOf } from "./provenance.js";

/** What a judge of a file needs besides the file. */
export interface FileSetting {
  readonly policy: Policy;
  /** Judges code that is written out inside the code: the argument of an `exec`. */
  readonly judgeText: (text: string) => readonly CodeFinding[];
}

/** Modules in which choosing a function by a computed name means something. */
const CHOOSING = new Set(
  ["os", "subprocess", "builtins", "ctypes", "pty", "commands"].map((module) => `${module}.${COMPUTED}`),
);

/** Whether a use of the name is worth keeping while a file is read. */
export function watcherOf(policy: Policy): (path: string) => boolean {
  const callables = callablesOf(policy);
  const known = new Map<string, boolean>();
  return (path) => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const capability = callables.capabilityOf(path);
    const isWatched = CHOOSING.has(path) || (capability !== undefined && capability !== "harmless");
    known.set(path, isWatched);
    return isWatched;
  };
}

/**
 * Judges a file of code that lies beside a model or in its archive. Ordinary code trains, serves, starts programs and talks to the network;
 * what counts is what runs without being asked for, and what hides what it does.
 */
export function judgeFile(summary: CodeSummary, setting: FileSetting): CodeFinding[] {
  const callables = callablesOf(setting.policy);
  const judge = new FileJudge(summary, setting, callables);
  return sortFindings(judge.findings());
}

/** Severity by phase: as it is imported, as it is started, as its function is called. */
type ByPhase = Readonly<Record<Phase, Severity>>;

const LOUD: ByPhase = { load: "critical", script: "high", function: "high" };
const QUIET: ByPhase = { load: "high", script: "low", function: "low" };
const DECIDED_LATER: ByPhase = { load: "medium", script: "low", function: "low" };

const COMMANDS: Readonly<Record<CommandKind, ByPhase>> = {
  harmless: { load: "info", script: "info", function: "info" },
  ordinary: { load: "low", script: "info", function: "info" },
  install: { load: "medium", script: "low", function: "low" },
  suspicious: LOUD,
  partly: { load: "high", script: "low", function: "medium" },
  line: { load: "critical", script: "low", function: "high" },
  known: QUIET,
  python: { load: "low", script: "info", function: "info" },
  unknown: DECIDED_LATER,
};

/** Calls that contact an address, among all names of the network modules. */
const CONTACTS =
  /\.(?:urlopen|urlretrieve|urlcleanup|get|post|put|patch|delete|head|request|create_connection|download|download_url_to_file|load_state_dict_from_url|open_connection|SMTP|SMTP_SSL|FTP|FTP_TLS|Telnet|HTTPConnection|HTTPSConnection|get_file|ServerProxy)$/;
const READING = new Set(["read_text", "read_bytes", "open", "read"]);
const SENDING = new Set(["send", "sendall", "sendto", "post", "put", "request", "sendmail", "urlopen", "write"]);
/** Loaders whose whole purpose is unpickling; the others (torch.load, numpy.load) can be told not to. */
const PICKLES = /^(?:pickle|dill|cloudpickle|joblib|jsonpickle|shelve|yaml)\./;
const NATIVE_PATH = /[/\\]/;
const SYSTEM_LIBRARY = /^(?:\/usr\/|\/lib|\/opt\/|\/System\/|\/Library\/|C:\\Windows)/i;

/** Methods whose result names what unpickling calls. */
const REDUCERS = new Set(["__reduce__", "__reduce_ex__"]);
/** Functions of the C library that start programs or load code. */
const LIBRARY_CALLS = new Set(["system", "popen", "execl", "execlp", "execv", "execve", "execvp", "dlopen"]);

class FileJudge {
  constructor(
    private readonly summary: CodeSummary,
    private readonly setting: FileSetting,
    private readonly callables: CallableIndex,
  ) {}

  findings(): CodeFinding[] {
    return [
      ...this.summary.uses.flatMap((use) => (use.use === "import" ? [] : this.judgeUse(use))),
      ...this.summary.opaqueCalls.flatMap((call) => this.judgeOpaque(call)),
      ...this.reverseShell(),
      ...this.introspection(),
      ...this.summary.gaps.map((gap): CodeFinding => {
        const isSyntax = gap.includes("not valid Python");
        return {
          rule: "code/unreadable",
          severity: isSyntax ? "low" : "medium",
          message: gap,
          subject: "code",
          place: 0,
        };
      }),
    ];
  }

  private judgeUse(use: Use): CodeFinding[] {
    if (CHOOSING.has(use.path)) return [this.computedName(use)];
    switch (this.callables.capabilityOf(use.path)) {
      case "command":
        return this.command(use);
      case "execute":
        return this.execute(use);
      case "unpickle":
        return this.unpickle(use);
      case "native":
        return this.native(use);
      case "network":
        return this.network(use);
      case "write":
        return this.files(use);
      default:
        return [];
    }
  }

  private finding(use: Use, rule: CodeFinding["rule"], severity: Severity, what: string): CodeFinding {
    const name = use.path.replace(/^builtins\./, "");
    const call = use.use === "call" ? renderCall(name, use) : name;
    const where = use.inside === "" ? "" : ` in ${use.inside}`;
    return {
      rule,
      severity,
      message: `${what}: ${call}${where}, ${WHEN[use.phase]}`,
      subject: use.path,
      call,
      place: use.place,
    };
  }

  private command(use: Use): CodeFinding[] {
    const { kind, text }: { kind: CommandKind; text?: string } =
      use.use === "call" ? commandOf(use, this.setting.policy.code_programs) : { kind: "unknown" };
    const nested = this.nested(use, text);
    if (nested.length > 0) return nested;
    const isFetched = use.args.some((arg) => provenanceOf(arg, this.callables).isFetched);
    const severity = isFetched ? "critical" : COMMANDS[kind][use.phase];
    if (use.use === "mention" && REDUCERS.has(use.inside)) {
      return [this.finding(use, "code/runs-command", "high", "names a program's starter for unpickling")];
    }
    if (severity === "info") return [];
    const rule = kind === "install" ? "code/installs-package" : "code/runs-command";
    return [this.finding(use, rule, severity, kind === "install" ? "installs packages" : "starts a program")];
  }

  private execute(use: Use): CodeFinding[] {
    if (use.use !== "call") return [];
    const source = unwrapped(use.args[0]);
    if (source === undefined) return [];
    if (use.path === "torch.hub.load") return this.hub(use);
    const { isFetched, isHidden, isRead } = provenanceOf(source, this.callables);
    if (isFetched) return [this.finding(use, "code/executes-data", "critical", "runs what it downloads")];
    const text = textOf(source);
    if (isHidden && (isRunning(use) || text !== undefined)) {
      return [
        this.finding(use, "code/executes-data", LOUD[use.phase], "runs code that was hidden"),
        ...this.nested(use, text),
      ];
    }
    if (text !== undefined && isRunning(use)) return this.nested(use, text);
    if (use.path.startsWith("marshal.") && !isRead && source.kind === "constant") {
      return [this.finding(use, "code/executes-data", "high", "reads bytecode that it brings along")];
    }
    if (use.path !== "builtins.exec" || use.phase !== "load" || source.kind === "constant") return [];
    if (isRead) return [this.finding(use, "code/executes-data", "low", "runs a file")];
    return [this.finding(use, "code/executes-data", "medium", "runs text that it puts together")];
  }

  /** `torch.hub.load("owner/repository", ...)` downloads a repository and runs its code. */
  private hub(use: Use): CodeFinding[] {
    const isLocal = use.keywords.some(({ name, value }) => name === "source" && textOf(value) === "local");
    return isLocal
      ? []
      : [this.finding(use, "code/executes-data", DECIDED_LATER[use.phase], "downloads code and runs it")];
  }

  /** Code written out inside the code counts as if it stood there. */
  private nested(use: Use, text: string | undefined): CodeFinding[] {
    if (text === undefined) return [];
    const [first] = this.setting.judgeText(text);
    if (first === undefined || !isAtLeast(first.severity, "medium")) return [];
    const what = `runs text that reaches ${first.call ?? first.subject}`;
    return [this.finding(use, "code/executes-data", first.severity, what)];
  }

  private unpickle(use: Use): CodeFinding[] {
    if (use.use !== "call") return [];
    const [source] = use.args;
    if (source === undefined) return [];
    if (refusesCode(use)) return [];
    const { isFetched, isHidden } = provenanceOf(source, this.callables);
    const isOwn = source.kind === "constant" && source.value instanceof Uint8Array;
    if (!isFetched && !isHidden && !isOwn) return [];
    const severity = PICKLES.test(use.path) ? "high" : "medium";
    return [
      this.finding(
        use,
        "code/unpickles",
        severity,
        isFetched ? "unpickles what it downloads" : "unpickles data that it brings along",
      ),
    ];
  }

  private native(use: Use): CodeFinding[] {
    if (use.use !== "call") return [];
    const [source] = use.args;
    if (source === undefined) return [];
    const { isFetched, isHidden } = provenanceOf(source, this.callables);
    const path = textOf(source);
    const isOwn = path !== undefined && NATIVE_PATH.test(path) && !SYSTEM_LIBRARY.test(path);
    return isFetched || isHidden || isOwn
      ? [this.finding(use, "code/native-library", "high", "loads a native library")]
      : [];
  }

  private network(use: Use): CodeFinding[] {
    if (use.use !== "call") return [];
    const given = [...use.args, ...use.keywords.map(({ value }) => value)];
    if (given.some(holdsEnvironment)) {
      return [this.finding(use, "code/exfiltration", "critical", "sends environment variables")];
    }
    if (use.phase !== "load" || !CONTACTS.test(use.path)) return [];
    return [this.finding(use, "code/network", "medium", "contacts an address")];
  }

  private files(use: Use): CodeFinding[] {
    if (use.use !== "call") return [];
    const path = use.args
      .map(textOf)
      .find((text) => text !== undefined && (isCredentialPath(text) || isStartupPath(text)));
    if (path === undefined) return [];
    const isStartup = isStartupPath(path) && (use.path !== "builtins.open" || isWriting(use));
    if (isStartup) return [this.finding(use, "code/persistence", "high", "writes where programs start")];
    return isCredentialPath(path)
      ? [this.finding(use, "code/secret-access", "high", "opens a file of credentials")]
      : [];
  }

  private computedName(use: Use): CodeFinding {
    const [module = ""] = use.path.split(".");
    const severity = use.use === "call" || use.phase === "load" ? "medium" : "low";
    return this.finding(use, "code/computed-name", severity, `chooses a function of ${module} at run time`);
  }

  private judgeOpaque(opaque: OpaqueCall): CodeFinding[] {
    const { callee, args } = opaque;
    if (callee.kind !== "attribute") return [];
    if (SENDING.has(callee.name) && args.some(holdsEnvironment)) {
      return [this.opaqueFinding(opaque, "code/exfiltration", "critical", "sends environment variables")];
    }
    if (
      LIBRARY_CALLS.has(callee.name) &&
      someWithin(callee.of, (part) => part.kind === "name" && part.path.startsWith("ctypes."))
    ) {
      return [
        this.opaqueFinding(opaque, "code/runs-command", LOUD[opaque.phase], "starts a program through the C library"),
      ];
    }
    if (READING.has(callee.name) && isCredentialPath(pathOf(callee.of))) {
      return [this.opaqueFinding(opaque, "code/secret-access", "high", "reads a file of credentials")];
    }
    return [];
  }

  private opaqueFinding(opaque: OpaqueCall, rule: CodeFinding["rule"], severity: Severity, what: string): CodeFinding {
    const { callee, args, phase, place } = opaque;
    const call = renderCall(render(callee), { args, keywords: [] });
    const subject = callee.kind === "attribute" ? callee.name : "call";
    return { rule, severity, message: `${what}: ${call}, ${WHEN[phase]}`, subject, call, place };
  }

  /** A socket, and a program whose input and output are something else than they were. */
  private reverseShell(): CodeFinding[] {
    const { uses } = this.summary;
    const socket = uses.find(({ path }) => path === "socket.socket" || path === "socket.create_connection");
    const tied = uses.find(({ path, use }) => use === "call" && (path === "os.dup2" || path === "pty.spawn"));
    if (!socket || !tied) return [];
    return [this.finding(tied, "code/reverse-shell", "critical", "ties a socket to a program")];
  }

  private introspection(): CodeFinding[] {
    const { attributes } = this.summary;
    const place = attributes.get("__subclasses__");
    const leadsOut = attributes.has("__globals__") || attributes.has("__builtins__") || attributes.has("func_globals");
    const leadsUp = attributes.has("__base__") || attributes.has("__mro__") || attributes.has("__bases__");
    if (place === undefined || !leadsOut || !leadsUp) return [];
    const message = "walks from an object over its class's subclasses to their globals";
    return [{ rule: "code/introspection", severity: "high", message, subject: "__subclasses__", place }];
  }
}

/** `exec(compile(text, ...))`: the text. */
function unwrapped(value: Value | undefined): Value | undefined {
  if (value?.kind === "call" && value.callee.kind === "name" && value.callee.path === "builtins.compile")
    return value.args[0];
  return value;
}

/** Callables that run text; `compile` alone does not. */
function isRunning({ path }: Use): boolean {
  return path !== "builtins.compile" && !path.startsWith("types.") && !path.startsWith("marshal.");
}

/** `torch.load(..., weights_only=True)`, and `numpy.load` unless it is told to unpickle. */
function refusesCode({ path, keywords }: Use): boolean {
  const isSet = (name: string) => keywords.some((keyword) => keyword.name === name && isTrue(keyword.value));
  return path.startsWith("numpy.") ? !isSet("allow_pickle") : isSet("weights_only");
}

function isTrue(value: Value): boolean {
  return value.kind === "constant" && value.value === true;
}

/** `Path.home() / ".ssh" / "id_rsa"`, as far as it is written out. */
function pathOf(value: Value): string {
  const texts: string[] = [];
  someWithin(value, (part) => {
    const text = textOf(part);
    if (text !== undefined) texts.push(text);
    return false;
  });
  const isChain = value.kind === "operation" && value.operands[0]?.kind === "operation";
  return `/${(isChain ? texts.reverse() : texts).join("/")}`;
}

function isWriting(use: Use): boolean {
  const mode = textOf(use.args[1] ?? use.keywords.find(({ name }) => name === "mode")?.value);
  return mode !== undefined && /[wax+]/.test(mode);
}
