import type { Command, Option } from "commander";
import { FORMATS, PRESET_NAMES } from "../config/preferences.js";
import { UsageError } from "../errors.js";
import { SEVERITIES } from "../rules/severity.js";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** Values that the shell may offer after an option that does not list its own. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  "--format": FORMATS,
  "--preset": PRESET_NAMES,
  "--fail-on": SEVERITIES,
};

/** `modelaudit completion SHELL`: a script made from the commands themselves, so that it cannot disagree with them. */
export function completionScript(shell: string, program: Command): string {
  const found = SHELLS.find((known) => known === shell);
  if (found === undefined) throw new UsageError(`no completion for "${shell}"`, [`one of ${SHELLS.join(", ")}`]);
  const commands = program.commands.map((command) => new Words(command));
  return { bash, zsh, fish }[found](commands);
}

function valuesOf({ long, argChoices }: Option): readonly string[] | undefined {
  return argChoices ?? VALUES[long ?? ""];
}

/** What can follow a command. */
class Words {
  readonly name: string;
  readonly options: readonly Option[];
  /** Names of inner commands, or what its argument can be. */
  readonly commands: readonly string[];

  constructor(readonly command: Command) {
    this.name = command.name();
    this.options = command.options.filter(({ hidden }) => !hidden);
    this.commands = [...command.commands.map((inner) => inner.name()), ...(this.name === "completion" ? SHELLS : [])];
  }

  get all(): string {
    return [...this.commands, ...this.options.flatMap(({ long }) => long ?? [])].join(" ");
  }
}

function bash(commands: readonly Words[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const values = commands.flatMap(({ name, options }) =>
    options.flatMap((option) => {
      const words = valuesOf(option)?.join(" ");
      const place = name === "scan" ? "*" : name; // the command that runs when none is named, so the last case
      return words === undefined ? [] : [{ place, line: `    ${place}:${option.long}) offered="${words}" ;;` }];
    }),
  );
  const ordered = [...values.filter(({ place }) => place !== "*"), ...values.filter(({ place }) => place === "*")];
  const cases = commands.map(({ name, all }) => `    ${name}) words="${all}" ;;`);
  return [
    '# eval "$(modelaudit completion bash)", or keep this where bash-completion looks.',
    "_modelaudit() {",
    `  local word="\${COMP_WORDS[COMP_CWORD]}" words="" offered=""`,
    "  COMPREPLY=()",
    `  case "\${COMP_WORDS[1]}:\${COMP_WORDS[COMP_CWORD-1]}" in`,
    ...ordered.map(({ line }) => line),
    "  esac",
    '  [ -n "$offered" ] && { COMPREPLY=($(compgen -W "$offered" -- "$word")); return; }',
    `  case "\${COMP_WORDS[1]}" in`,
    ...cases,
    `    *) words="${commands.find(({ name }) => name === "scan")?.all ?? ""}" ;;`,
    "  esac",
    `  [ "$COMP_CWORD" -eq 1 ] && words="${names} $words"`,
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    "}",
    "complete -o default -o bashdefault -F _modelaudit modelaudit",
    "",
  ].join("\n");
}

function zsh(commands: readonly Words[]): string {
  const described = commands.map(({ name, command }) => `    ${quoted(`${name}:${command.description()}`)}`);
  const cases = commands.map(({ name, options, commands: inner }) => {
    const argument = inner.length > 0 ? `'1:action:(${inner.join(" ")})'` : "'*:file:_files'";
    return `    ${name}) _arguments ${[...options.map(zshOption), argument].join(" ")} ;;`;
  });
  return [
    "#compdef modelaudit",
    '# eval "$(modelaudit completion zsh)", or keep this as _modelaudit in a folder of $fpath.',
    "_modelaudit() {",
    "  local -a commands",
    "  commands=(",
    ...described,
    "  )",
    "  if (( CURRENT == 2 )); then",
    "    _describe command commands",
    "    _files",
    "    return",
    "  fi",
    `  local name=\${words[2]}`,
    "  shift words",
    "  (( CURRENT-- ))",
    "  case $name in",
    ...cases,
    "    *) _files ;;",
    "  esac",
    "}",
    `[ "\${funcstack[1]}" = _modelaudit ] && _modelaudit "$@" || compdef _modelaudit modelaudit`,
    "",
  ].join("\n");
}

function zshOption(option: Option): string {
  const { long, description, required } = option;
  const text = description.replace(/[[\]]|: ?/g, " ");
  const values = valuesOf(option);
  const action = values ? `:value:(${values.join(" ")})` : required ? ":value:_files" : "";
  return quoted(`${long}[${text}]${action}`);
}

function fish(commands: readonly Words[]): string {
  const top = commands.map(
    ({ name, command }) =>
      `complete -c modelaudit -n __fish_use_subcommand -a ${name} -d ${quoted(command.description())}`,
  );
  const others = commands.map(({ name }) => name).filter((name) => name !== "scan");
  const options = commands.flatMap(({ name, options: known, commands: inner }) => {
    // Without a command a scan is meant.
    const seen =
      name === "scan" ? `not __fish_seen_subcommand_from ${others.join(" ")}` : `__fish_seen_subcommand_from ${name}`;
    const start = `complete -c modelaudit -n ${quoted(seen)}`;
    return [...known.map((option) => `${start} ${fishOption(option)}`), ...inner.map((word) => `${start} -a ${word}`)];
  });
  return ["# modelaudit completion fish | source", ...top, ...options, ""].join("\n");
}

function fishOption(option: Option): string {
  const { long = "", short, description, required } = option;
  const letter = short ? ` -s ${short.slice(1)}` : "";
  const values = valuesOf(option);
  const value = values ? ` -x -a ${quoted(values.join(" "))}` : required ? " -r" : "";
  return `-l ${long.slice(2)}${letter}${value} -d ${quoted(description)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "")}'`;
}
