import { statSync } from "node:fs";
import type { FileReport, Finding, ScanResult } from "../engine/result.js";
import { scanPaths } from "../engine/scan.js";
import { UsageError } from "../errors.js";
import { printable, printableJson } from "../reporters/escape.js";
import { bytesText } from "../reporters/quantity.js";
import { wrap } from "../reporters/text/layout.js";
import { isAtLeast } from "../rules/severity.js";
import type { Json } from "../scanners/scanner.js";
import { note, writeReport, writeStdout } from "./output.js";
import { checkOutput } from "./output-place.js";
import { settingsFor } from "./settings.js";
import { widthOf } from "./terminal.js";
import { yamlText } from "./yaml-text.js";

export const METADATA_FORMATS = ["text", "json", "yaml", "table"] as const;

export interface MetadataFlags {
  readonly format?: (typeof METADATA_FORMATS)[number];
  readonly output?: string;
  readonly config?: string;
  readonly securityOnly?: boolean;
}

type Fields = { readonly [key: string]: Json };

/** `modelaudit metadata PATH`: what a model says of itself. It is scanned, never loaded. */
export async function metadataCommand(path: string, flags: MetadataFlags): Promise<number> {
  if (flags.output !== undefined) checkOutput(flags.output, [path]);
  const { policy } = await settingsFor([path], { cache: true, ...(flags.config ? { config: flags.config } : {}) });
  const result = await scanPaths([path], { policy });
  const [problem] = result.errors.filter(() => result.files.length === 0);
  if (problem) throw new UsageError(`${problem.path}: ${problem.message}`, problem.hints);
  const text = render(documentOf(path, result, flags.securityOnly ?? false), flags);
  if (flags.output === undefined) await writeStdout(text);
  else {
    writeReport(flags.output, text);
    note(`metadata written to ${flags.output}`);
  }
  return result.errors.length > 0 || result.files.some(({ state }) => state === "failed") ? 2 : 0;
}

/** One file: its facts. A folder: those of its files, with a summary. */
function documentOf(path: string, { files }: ScanResult, securityOnly: boolean): Fields {
  const described = files.map((file) => describe(file, securityOnly));
  const [only] = described;
  if (only !== undefined && !statSync(path, { throwIfNoEntry: false })?.isDirectory()) return only;
  const formats = new Map<string, number>();
  for (const {
    formats: [format = "unknown"],
  } of files)
    formats.set(format, (formats.get(format) ?? 0) + 1);
  return {
    directory: path,
    files: described,
    summary: { total_files: files.length, formats: Object.fromEntries(formats) },
  };
}

function describe(file: FileReport, securityOnly: boolean): Fields {
  const { path, formats, size, state, reason, metadata, findings, sha256 } = file;
  const told = findings.filter(({ severity, suppressed }) => isAtLeast(severity, "low") && suppressed === undefined);
  const ours = {
    file: path.split(/[/\\]/).at(-1) ?? path,
    path,
    format: formats[0] ?? "unknown",
    ...(formats.length > 1 ? { also: formats.slice(1) } : {}),
    file_size: size,
    ...(sha256 === undefined ? {} : { sha256 }),
    state,
    ...(reason === undefined ? {} : { reason }),
  };
  const stated = securityOnly ? ofConcern(metadata) : metadata;
  // Names of facts come from the file: they must not stand for ours.
  return { ...ours, ...stated, ...ours, security: told.map(findingOf) };
}

/** Facts that say where a model comes from and what it reaches for. */
const OF_CONCERN =
  /security|suspicious|dangerous|malicious|risk|custom|external|url|import|producer|framework|version|domain|license|author|code|template|auto_map/i;

function ofConcern(metadata: Fields): Fields {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => OF_CONCERN.test(key)));
}

function findingOf({ rule, severity, message, member }: Finding): Fields {
  return { rule, severity, message, ...(member.length > 0 ? { member: member.join(":") } : {}) };
}

function render(document: Fields, { format = "text" }: MetadataFlags): string {
  if (format === "json") return `${printableJson(JSON.stringify(document, null, 2))}\n`;
  if (format === "yaml") return yamlText(document);
  const { files } = document;
  const blocks = Array.isArray(files) ? files.filter(isFields) : [document];
  return blocks.map((block) => blockText(block, widthOf(process.stdout))).join("\n");
}

function isFields(value: Json): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function blockText({ path, file: _file, file_size, security, ...facts }: Fields, width: number): string {
  const rows = Object.entries(facts).map(([key, value]) => [printable(key), factText(value)] as const);
  const column = Math.min(MAX_COLUMN, Math.max(...rows.map(([key]) => key.length))) + 2;
  const findings = Array.isArray(security) ? security.filter(isFields) : [];
  const lines = [
    `${printable(String(path))} (${bytesText(Number(file_size))})`,
    ...rows.flatMap(([key, value]) => wrap(value, `  ${key.padEnd(column)}`, width)),
    ...findings.flatMap(({ severity, message, rule }) => {
      return wrap(`${severity}: ${printable(String(message))} [${rule}]`, `  ${"finding".padEnd(column)}`, width);
    }),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** Columns for the names of facts. */
const MAX_COLUMN = 28;
/** Characters of one fact in the table; json and yaml show all. */
const MAX_FACT = 400;

function factText(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const shown = text.length > MAX_FACT ? `${text.slice(0, MAX_FACT)} ...` : text;
  return printable(shown);
}
