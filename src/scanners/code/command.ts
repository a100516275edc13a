import type { Policy } from "../../config/policy.js";
import type { Use } from "../../formats/code/summary.js";
import { isDecoded, someWithin, textOf, type Value } from "../../formats/code/value.js";

/**
 * What is known of a command that code starts: `harmless` and `ordinary` programs are those of the policy, `suspicious` ones too; `install` brings
 * packages; `line` is a shell line that is written out; `known` another program that is; `partly` a suspicious one whose arguments are decided at run time;
 * `python` runs the code in `text`; `unknown` is decided at run time.
 */
export type CommandKind =
  | "harmless"
  | "ordinary"
  | "install"
  | "suspicious"
  | "partly"
  | "line"
  | "known"
  | "python"
  | "unknown";

export interface Command {
  readonly kind: CommandKind;
  /** Its words, as far as they are written out. */
  readonly words?: readonly string[];
  /** Python code given to `python -c`. */
  readonly text?: string;
}

/** Callables that hand their text to a shell. */
const SHELLS: ReadonlySet<string> = new Set([
  "os.system",
  "os.popen",
  "os.popen2",
  "os.popen3",
  "os.popen4",
  "platform.popen",
  "subprocess.getoutput",
  "subprocess.getstatusoutput",
  "asyncio.create_subprocess_shell",
  "asyncio.subprocess.create_subprocess_shell",
]);
/** `os.spawn*` take a mode first, then the program. */
const TAKES_MODE = /^os\.spawn/;
/** What makes a shell line more than one program with its arguments; redirections of messages are none. */
const SHELL_SYNTAX = /[;|&`$<>\n]/;
const REDIRECTIONS = /\s*[12]?>{1,2}(?:\s*\/dev\/null|&[12])/g;
/** Subcommands of git that only look. */
const GIT_LOOKS: ReadonlySet<string> = new Set(
  "rev-parse describe log status diff show branch remote ls-files symbolic-ref rev-list show-ref name-rev --version config tag".split(
    " ",
  ),
);
const INSTALLERS: ReadonlySet<string> = new Set([
  "pip",
  "pip3",
  "conda",
  "mamba",
  "apt",
  "apt-get",
  "npm",
  "yum",
  "brew",
  "easy_install",
  "uv",
  "poetry",
]);
const PYTHONS = /^(?:python[\d.]*|py|pypy[\d.]*|sys\.executable)$/;
/** Paths that a program of the system does not have. */
const ODD_PATH = /^(?:\.{1,2}\/|~|\/tmp\/|\/var\/tmp\/|\/dev\/shm\/|%TEMP%)/i;

/** Sorts the command that a call starts. */
export function commandOf(use: Use, programs: Policy["code_programs"]): Command {
  const command = givenCommand(use);
  if (command === undefined) return { kind: "unknown" };
  const kind = kindOfCommand(use, command, programs);
  const words = wordsOf(command);
  // What `shell=True` is with a line that is decided at run time.
  if (kind === "suspicious" && isShellWithoutLine(command)) return { words, kind: "unknown" };
  if (kind !== "python") return { words, kind: kind === "suspicious" && !isWritten(command) ? "partly" : kind };
  const text = codeOf(command);
  return text === undefined ? { words, kind: "unknown" } : { words, kind, text };
}

function givenCommand(use: Use): Value | undefined {
  const [first, second] = use.args;
  const given = first ?? use.keywords.find(({ name }) => name === "args" || name === "cmd")?.value;
  return TAKES_MODE.test(use.path) ? second : given;
}

function kindOfCommand(use: Use, command: Value, programs: Policy["code_programs"]): CommandKind {
  if (isDecoded(command)) return "suspicious";
  const isShell = SHELLS.has(use.path) || use.keywords.some(({ name, value }) => name === "shell" && isTrue(value));
  const words = wordsOf(command);
  const [program] = words;
  if (program === undefined) return "unknown";
  const kind = kindOfProgram(words, programs);
  if (!isShell || ["suspicious", "install", "python"].includes(kind)) return kind;
  const line = textOf(command);
  const isPlain = line === undefined || !SHELL_SYNTAX.test(line.replaceAll(REDIRECTIONS, ""));
  if (isPlain && (kind === "harmless" || kind === "ordinary")) return kind;
  if (line === undefined) return kind === "known" ? "unknown" : kind;
  return hasSuspiciousPart(line, programs)
    ? "suspicious"
    : kind === "ordinary" || kind === "harmless"
      ? "ordinary"
      : "line";
}

function kindOfProgram(words: readonly string[], programs: Policy["code_programs"]): CommandKind {
  const [program = "", ...rest] = words;
  const name = program.split(/[/\\]/).pop()?.toLowerCase() ?? "";
  if (ODD_PATH.test(program)) return "suspicious";
  if (rest.length === 1 && /^(?:--?(?:v|V|version|help|h)|version)$/.test(rest[0] ?? "")) return "harmless";
  if (PYTHONS.test(program) || PYTHONS.test(name)) return kindOfPython(rest);
  if (INSTALLERS.has(name) && rest.some((word) => /^(install|add)$/.test(word))) return "install";
  if (name === "git")
    return GIT_LOOKS.has(rest.find((word) => !word.startsWith("-")) ?? rest[0] ?? "") ? "harmless" : "known";
  if (programs.harmless.includes(name)) return "harmless";
  if (programs.ordinary.includes(name)) return "ordinary";
  return programs.suspicious.includes(name) ? "suspicious" : "known";
}

/** `python -c code` is code in another place, `python -m pip install` brings packages, `python file.py` runs a file that is there to be read. */
function kindOfPython(words: readonly string[]): CommandKind {
  if (words.includes("-c")) return "python";
  if (words.includes("pip") && words.includes("install")) return "install";
  return words.some((word) => ODD_PATH.test(word) && !word.startsWith(".")) ? "suspicious" : "ordinary";
}

/** A program behind a pipe or a semicolon that is a way to run something else. */
function hasSuspiciousPart(line: string, programs: Policy["code_programs"]): boolean {
  return line.split(/[;|&`\n]|\$\(/).some((part) => {
    const [program = ""] = part.trim().split(/\s+/);
    const name = program.split("/").pop() ?? "";
    return programs.suspicious.includes(name) || ODD_PATH.test(program);
  });
}

/** The words of a command, as far as they are written out: a shell line, a list of arguments, or the constant beginning of a text. */
function wordsOf(command: Value): readonly string[] {
  const text = textOf(command) ?? beginningOf(command);
  if (text !== undefined)
    return text
      .trim()
      .split(/\s+/)
      .filter((word) => word !== "" && !/^\w+=\S*$/.test(word));
  if (command.kind !== "collection") return [];
  const words = command.items.map(wordOf);
  return words[0] === "" ? [] : words;
}

function wordOf(item: Value): string {
  if (item.kind === "name" && item.path === "sys.executable") return "sys.executable";
  return textOf(item) ?? "";
}

/** `f"mv {a} {b}"` begins with a constant word. */
function beginningOf(command: Value): string | undefined {
  if (command.kind !== "operation") return undefined;
  const [first] = command.operands;
  const text = first && (textOf(first) ?? beginningOf(first));
  return text?.includes(" ") ? text : undefined;
}

/** The code behind `-c` of an argument list. */
function codeOf(command: Value): string | undefined {
  if (command.kind !== "collection") return undefined;
  const flag = command.items.findIndex((item) => textOf(item) === "-c");
  return textOf(command.items[flag + 1]);
}

const POSIX_SHELLS = /^(?:\/(?:usr\/)?bin\/)?(?:ba|da|k|z)?sh$/;

/** `["bash", "-c", line]`, and nothing of the line is written out. */
function isShellWithoutLine(command: Value): boolean {
  if (command.kind !== "collection" || command.items.length !== 3) return false;
  const [program, option, line] = command.items;
  const isShell = POSIX_SHELLS.test(textOf(program) ?? "") && /^-[a-z]{0,5}c$/.test(textOf(option) ?? "");
  return isShell && line !== undefined && !someWithin(line, isLongText);
}

/** Separators such as " && " and single words say nothing of what is run. */
function isLongText(part: Value): boolean {
  return part.kind === "constant" && typeof part.value === "string" && /\S\s+\S/.test(part.value.trim());
}

/** Whether the whole command can be read here. */
function isWritten(command: Value): boolean {
  if (isDecoded(command)) return true;
  return command.kind === "collection"
    ? command.items.every((item) => textOf(item) !== undefined)
    : textOf(command) !== undefined;
}

function isTrue(value: Value): boolean {
  return value.kind === "constant" && value.value === true;
}
