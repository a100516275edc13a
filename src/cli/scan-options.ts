import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { FORMATS, PRESET_NAMES, type PresetName, type ReportFormat } from "../config/preferences.js";
import { parseSize } from "../config/size.js";
import { UsageError } from "../errors.js";
import { parseSeverity, SEVERITIES, type Severity } from "../rules/severity.js";
import type { HiddenFlags } from "./hidden-options.js";

/** What the command line says, checked. */
export interface ScanFlags extends HiddenFlags {
  readonly format?: ReportFormat;
  readonly output?: string;
  readonly sbom?: string;
  readonly config?: string;
  readonly preset?: PresetName;
  readonly failOn?: Severity;
  readonly blacklist?: readonly string[];
  readonly maxSize?: number;
  readonly timeout?: number;
  readonly strict?: boolean;
  readonly cache: boolean;
  readonly dryRun?: boolean;
  readonly interactive?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
  readonly progress?: boolean;
}

const collect = (value: string, known: readonly string[] = []) => [...known, value];

/** The options of `scan`, in the order of its help. */
export function addScanOptions(command: Command): Command {
  return command
    .addArgument(new Argument("[paths...]", "files, folders and glob patterns"))
    .addOption(choice("-f, --format <format>", FORMATS))
    .option("-o, --output <file>", "write the report to a file instead of stdout")
    .option("--sbom <file>", "also write a CycloneDX bill of materials")
    .option("-c, --config <file>", "security rules (TOML) over the defaults")
    .addOption(choice("--preset <name>", PRESET_NAMES))
    .option("--fail-on <level>", "exit 1 at or above this severity (default: medium)", severityOf)
    .option("-b, --blacklist <pattern>", "forbid a model name or family (repeatable)", collect)
    .addOption(new Option("--max-size <size>", "refuse larger files (500MB, 10GB ...)").argParser(sizeOf))
    .addOption(new Option("--max-file-size <size>", "the older name of --max-size").argParser(sizeOf).hideHelp())
    .option("-t, --timeout <seconds>", "time per file (default: by size, 60 to 7200)", secondsOf)
    .option("--strict", "unknown formats and skipped files fail the run too")
    .option("--no-cache", "neither use nor fill the cache of earlier results")
    .option("--dry-run", "say what would be scanned, and stop")
    .option("-i, --interactive", "ask for the settings")
    .option("-v, --verbose", "tell everything: evidence, stack traces")
    .option("-q, --quiet", "one line per finding and nothing else")
    .addOption(new Option("--progress", "show progress also where stderr is no terminal").hideHelp())
    .addOption(new Option("--help-all", "show the options that are rarely needed as well").hideHelp());
}

/** An option with a few values. They are its description: commander's own list of them needs two lines more. */
function choice(flags: string, choices: readonly string[]): Option {
  return new Option(flags, choices.join(", ")).argParser((text) => {
    const found = choices.find((known) => known === text.toLowerCase());
    if (found === undefined) throw new InvalidArgumentError(`Allowed choices are ${choices.join(", ")}.`);
    return found;
  });
}

function severityOf(text: string): Severity {
  const severity = parseSeverity(text);
  if (severity === undefined) throw new InvalidArgumentError(`Allowed choices are ${SEVERITIES.join(", ")}.`);
  return severity;
}

function sizeOf(text: string): number {
  try {
    return parseSize(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new InvalidArgumentError(`${error.hints.join(" ")}.`);
  }
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && Number.isFinite(seconds)))
    throw new InvalidArgumentError("It must be a number of seconds above zero.");
  return seconds;
}

/** The format asked for, or the one that the output file's name asks for. */
export function formatOf({ format, output = "" }: Pick<ScanFlags, "format" | "output">): ReportFormat {
  return format ?? BY_ENDING.find(([ending]) => output.toLowerCase().endsWith(ending))?.[1] ?? "text";
}

const BY_ENDING: readonly (readonly [string, ReportFormat])[] = [
  [".sarif.json", "sarif"],
  [".cdx.json", "sbom"],
  [".sbom.json", "sbom"],
  [".sarif", "sarif"],
  [".json", "json"],
  [".html", "html"],
  [".htm", "html"],
];
