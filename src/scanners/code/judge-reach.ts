import { render, renderCall } from "../../formats/code/render.js";
import type { CodeSummary, OpaqueCall, Use } from "../../formats/code/summary.js";
import { someWithin, textOf, type Value } from "../../formats/code/value.js";
import type { Severity } from "../../rules/severity.js";
import { type CodeFinding, WHEN } from "./finding.js";
import { holdsEnvironment, isCredentialPath, isStartupPath, provenanceOf } from "./provenance.js";
import { DECIDED_LATER, findingOf, keywordOf, LOUD, type Review } from "./review.js";

/** Calls that contact an address, among all names of the network modules. */
const CONTACTS =
  /\.(?:urlopen|urlretrieve|get|post|put|patch|delete|head|request|create_connection|download|download_url_to_file|load_state_dict_from_url|open_connection|SMTP|SMTP_SSL|FTP|FTP_TLS|Telnet|HTTPConnection|HTTPSConnection|get_file|ServerProxy)$|^webbrowser\.open/;

/** What code sends, and whom it contacts without being asked. */
export function judgeNetwork(use: Use): CodeFinding[] {
  if (use.use !== "call") return [];
  if (LOOKUPS.test(use.path) && use.args.some(isComputedHost)) {
    return [findingOf(use, "code/exfiltration", "high", "puts what it knows of the machine into the name of a host")];
  }
  const given = [...use.args, ...use.keywords.map(({ value }) => value)];
  if (given.some(holdsEnvironment))
    return [findingOf(use, "code/exfiltration", "critical", "sends environment variables")];
  if (use.phase !== "load" || !CONTACTS.test(use.path)) return [];
  return [findingOf(use, "code/network", "medium", "contacts an address")];
}

const LOOKUPS = /^socket\.(?:gethostbyname(?:_ex)?|getaddrinfo)$/;

/** `os.environ["TOKEN"] + ".evil.example"`: the name server learns it. A variable alone is an address. */
function isComputedHost(value: Value): boolean {
  if (value.kind !== "operation" && value.kind !== "call") return false;
  const isDomain = someWithin(value, (part) => /^\.[\w-]{1,60}(?:\.[\w-]{1,60})+$/.test(textOf(part) ?? ""));
  return (
    isDomain &&
    someWithin(value, (part) => part.kind === "name" && /^os\.(?:environb?|getenv|uname|getlogin)/.test(part.path))
  );
}

/** Files of credentials, and files that programs run when they start. */
export function judgeFiles(use: Use): CodeFinding[] {
  if (use.use !== "call") return [];
  if (use.path.startsWith("sys.path.")) return judgeImportPath(use);
  if (use.path.startsWith("winreg.")) return [findingOf(use, "code/persistence", "high", "changes the registry")];
  const paths = use.args.flatMap((arg) => textOf(arg) ?? []);
  if (paths.some(isStartupPath) && (use.path !== "builtins.open" || isWriting(use))) {
    return [findingOf(use, "code/persistence", "high", "writes where programs start")];
  }
  return paths.some(isCredentialPath)
    ? [findingOf(use, "code/secret-access", "high", "opens a file of credentials")]
    : [];
}

/** Folders that anybody may write to, and folders that are not shown. */
const HIDDEN_FOLDER = /^(?:\/tmp\/|\/var\/tmp\/|\/dev\/shm\/|\S{0,200}\/\.[^./])/;

/** `sys.path.insert(0, "/tmp/.x")`: what is imported next comes from there. */
function judgeImportPath(use: Use): CodeFinding[] {
  const folder = use.args.map(textOf).find((path) => path !== undefined && HIDDEN_FOLDER.test(path));
  if (folder === undefined) return [];
  return [findingOf(use, "code/executes-data", DECIDED_LATER[use.phase], "imports from a folder that hides")];
}

function isWriting(use: Use): boolean {
  const mode = textOf(use.args[1] ?? keywordOf(use, "mode"));
  return mode !== undefined && /[wax+]/.test(mode);
}

/** `getattr(os, name)`: which function, the data decides. */
export function judgeComputedName(use: Use): CodeFinding[] {
  const [module = ""] = use.path.split(".");
  const severity = use.use === "call" || use.phase === "load" ? "medium" : "low";
  return [findingOf(use, "code/computed-name", severity, `chooses a function of ${module} at run time`)];
}

const INTERPRETERS = new Set(["runsource", "runcode", "push", "interact"]);

function isInterpreter(part: Value): boolean {
  return part.kind === "name" && /^code\.Interactive(?:Interpreter|Console)$/.test(part.path);
}

const WRITING = new Set(["write_text", "write_bytes", "touch", "symlink_to", "hardlink_to"]);
const READING = new Set(["read_text", "read_bytes", "open", "read"]);
/** Methods of connections and sessions; the first few are methods of nothing else. */
const SENDING_ONLY = new Set(["sendall", "sendto", "sendmail", "post", "urlopen"]);
const SENDING = new Set([...SENDING_ONLY, "send", "put", "request", "write"]);
/** Functions of the C library that start programs or load code. */
const LIBRARY_CALLS = new Set(["system", "popen", "execl", "execlp", "execv", "execve", "execvp", "dlopen"]);

/** Methods of values that have no name: a connection, a library, a path. */
export function judgeMethod(opaque: OpaqueCall, { callables }: Review): CodeFinding[] {
  const { callee, args } = opaque;
  if (callee.kind === "item") return judgeLibraryItem(opaque, callee);
  if (callee.kind !== "attribute") return [];
  if (callee.name === "__subclasses__" && someWithin(callee.of, isBaseOfAll)) {
    return [methodFinding(opaque, "code/introspection", "high", "lists all classes there are")];
  }
  if (callee.name === "load_extension" && /[./\\]/.test(textOf(args[0]) ?? "")) {
    return [methodFinding(opaque, "code/native-library", "high", "has a database load a library")];
  }
  if (INTERPRETERS.has(callee.name) && someWithin(callee.of, isInterpreter)) {
    return [methodFinding(opaque, "code/executes-data", LOUD[opaque.phase], "runs text in an interpreter of its own")];
  }
  if (WRITING.has(callee.name) && isStartupPath(pathOf(callee.of))) {
    return [methodFinding(opaque, "code/persistence", "high", "writes where programs start")];
  }
  const isSending =
    SENDING_ONLY.has(callee.name) || (SENDING.has(callee.name) && provenanceOf(callee.of, callables).isFetched);
  if (isSending && args.some(holdsEnvironment)) {
    return [methodFinding(opaque, "code/exfiltration", "critical", "sends environment variables")];
  }
  if (LIBRARY_CALLS.has(callee.name) && someWithin(callee.of, isNativeLibrary)) {
    return [methodFinding(opaque, "code/runs-command", LOUD[opaque.phase], "starts a program through the C library")];
  }
  const readsCredentials = READING.has(callee.name) && isCredentialPath(pathOf(callee.of));
  return readsCredentials ? [methodFinding(opaque, "code/secret-access", "high", "reads a file of credentials")] : [];
}

/** `ctypes.CDLL(None)["system"](...)` */
function judgeLibraryItem(opaque: OpaqueCall, { of, key }: Extract<Value, { kind: "item" }>): CodeFinding[] {
  if (!LIBRARY_CALLS.has(textOf(key) ?? "") || !someWithin(of, isNativeLibrary)) return [];
  return [methodFinding(opaque, "code/runs-command", LOUD[opaque.phase], "starts a program through the C library")];
}

function isNativeLibrary(part: Value): boolean {
  return part.kind === "name" && /^(?:ctypes|cffi)\./.test(part.path);
}

/** `().__class__.__base__`, `x.__mro__[-1]`: on the way to `object`, whose subclasses are all classes. */
function isBaseOfAll(part: Value): boolean {
  return part.kind === "attribute" && ["__base__", "__bases__", "__mro__"].includes(part.name);
}

function methodFinding(opaque: OpaqueCall, rule: CodeFinding["rule"], severity: Severity, what: string): CodeFinding {
  const { callee, args, phase, place } = opaque;
  const call = renderCall(render(callee), { args, keywords: [] });
  const subject = callee.kind === "attribute" ? callee.name : "call";
  return { rule, severity, message: `${what}: ${call}, ${WHEN[phase]}`, subject, call, place };
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

/** A socket, and a program whose input and output are something else than they were. */
export function judgeReverseShell({ uses }: CodeSummary): CodeFinding[] {
  const socket = uses.find(({ path }) => path === "socket.socket" || path === "socket.create_connection");
  const tied = uses.find(({ path, use }) => use === "call" && (path === "os.dup2" || path === "pty.spawn"));
  if (!socket || !tied) return [];
  return [findingOf(tied, "code/reverse-shell", "critical", "ties a socket to a program")];
}

/** From any object over its class to all classes, and from one of those to the modules it knows. */
export function judgeIntrospection({ attributes }: CodeSummary): CodeFinding[] {
  const place = attributes.get("__subclasses__");
  const leadsOut = ["__globals__", "__builtins__", "func_globals"].some((name) => attributes.has(name));
  const leadsUp = ["__base__", "__bases__", "__mro__"].some((name) => attributes.has(name));
  if (place === undefined || !leadsOut || !leadsUp) return [];
  const message = "walks from an object over its class's subclasses to their globals";
  return [{ rule: "code/introspection", severity: "high", message, subject: "__subclasses__", place }];
}
