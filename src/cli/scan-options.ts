import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../errors.js";
import { parseSeverity, SEVERITIES, type Severity } from "../rules/severity.js";
import { parseSize } from "./size.js";

export const FORMATS = ["text", "json", "sarif", "html", "sbom"] as const;
export type ReportFormat = (typeof FORMATS)[number];

/** What the command line says, checked. */
export interface ScanFlags {
  readonly format?: ReportFormat;
  readonly output?: string;
  readonly sbom?: string;
  readonly config?: string;
  readonly preset?: string;
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
    .addOption(new Option("-f, --format <format>", "report format (default: text, or by --output)").choices(FORMATS))
    .option("-o, --output <file>", "write the report to a file instead of stdout")
    .option("--sbom <file>", "also write a CycloneDX bill of materials")
    .option("-c, --config <file>", "security rules (TOML) over the defaults")
    .addOption(new Option("--preset <name>", "a set of settings").choices(["security", "fast", "compliance"]))
    .option("--fail-on <level>", "exit 1 at or above this severity (default: medium)", severityOf)
    .option("-b, --blacklist <pattern>", "forbid a model name or family (repeatable)", collect)
    .option("--max-size <size>", "refuse larger files (500MB, 10GB ...)", sizeOf)
    .option("--timeout <seconds>", "time per file (default: by size, 60 to 7200)", secondsOf)
    .option("--strict", "unknown formats and skipped files fail the run too")
    .option("--no-cache", "neither use nor fill the cache of earlier results")
    .option("--dry-run", "say what would be scanned, and stop")
    .option("-i, --interactive", "ask for the settings")
    .option("-v, --verbose", "tell everything: information, evidence, stack traces")
    .option("-q, --quiet", "one line per finding and nothing else")
    .option("--progress", "show progress also where stderr is no terminal")
    .addOption(new Option("--no-progress", "show no progress").hideHelp());
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
  if (!(seconds > 0)) throw new InvalidArgumentError("It must be a number of seconds above zero.");
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
