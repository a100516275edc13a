import { type Command, Option } from "commander";
import { UsageError } from "../errors.js";

/** What the options say that the help does not show. */
export interface HiddenFlags {
  readonly baseline?: string;
  readonly writeBaseline?: string;
  readonly annotate?: boolean;
  readonly scanners?: readonly string[];
  readonly excludeScanner?: readonly string[];
  readonly listScanners?: boolean;
  readonly suppress?: readonly string[];
  readonly severity?: readonly string[];
  readonly cacheDir?: string;
  readonly strictLicense?: boolean;
  readonly preview?: boolean;
  readonly maxFileSize?: number;
  readonly helpAll?: boolean;
}

const words = (value: string, known: readonly string[] = []) => [...known, ...value.split(",").map((w) => w.trim())];

/** Options that few need: `--help-all` shows them. */
export function rareOptions(): Option[] {
  return [
    new Option("--baseline <file>", "findings listed in it are known and do not fail the run"),
    new Option("--write-baseline <file>", "list what is found in a file for --baseline, exit 0"),
    new Option("--annotate", "mark findings in a GitHub job (where GITHUB_ACTIONS is set)"),
    new Option("--scanners <ids>", "only these scanners (with commas, or repeated)").argParser(words),
    new Option("--exclude-scanner <ids>", "all but these scanners").argParser(words),
    new Option("--list-scanners", "list the scanners, as text or json, and stop"),
    new Option("-s, --suppress <rule>", "accept what a rule finds (repeatable)").argParser(words),
    new Option("-S, --severity <rule=level>", "another severity for a rule (repeatable)").argParser(words),
    new Option("--cache-dir <folder>", "where the cache of earlier results lies"),
    new Option("--no-progress", "show no progress"),
    new Option("--strict-license", "findings about licences count as medium"),
    new Option("--preview", "the older name of --dry-run"),
  ];
}

/** Options of promptfoo's modelaudit and of its older versions that mean nothing here: scripts that give them still work. */
const WITHOUT_EFFECT: readonly (readonly [flags: string, why: string])[] = [
  ["--stream", "files are read where they lie, in windows, and never removed"],
  ["--no-whitelist", "no model is trusted by its name"],
  ["--all-files", "all files are looked at"],
  ["--selective", "only what decides is read of every file"],
  ["--no-selective", "only what decides is read of every file"],
  ["--skip-files", "no file is skipped by its name"],
  ["--no-skip-files", "no file is skipped by its name"],
  ["--large-model-support", "large files need no setting"],
  ["--no-large-model-support", "large files need no setting"],
  ["--max-total-size <size>", "only --max-size, per file, is a limit"],
  ["--max-download-size <size>", "--max-size limits downloads as well"],
  ["--registry-uri <uri>", "addresses of registries come from the environment"],
  ["--jfrog-api-token <token>", "credentials come from the environment alone"],
  ["--jfrog-access-token <token>", "credentials come from the environment alone"],
  ["--progress-log <file>", "progress goes to stderr"],
  ["--progress-format <format>", "progress goes to stderr"],
  ["--progress-interval <seconds>", "progress goes to stderr"],
];

/** Adds all that the help does not show. */
export function addHiddenOptions(command: Command, { showRare = false } = {}): Command {
  for (const option of rareOptions()) command.addOption(showRare ? option : option.hideHelp());
  for (const [flags] of WITHOUT_EFFECT) command.addOption(new Option(flags).hideHelp());
  return command;
}

/** One line for every option that was given and does nothing. */
export function notesOn(flags: object): string[] {
  const given = new Map(Object.entries(flags));
  return WITHOUT_EFFECT.flatMap(([spelled, why]) => {
    const option = new Option(spelled);
    const value = given.get(option.attributeName());
    const isGiven = option.negate ? value === false : value !== undefined && value !== false;
    // Where `--no-x` stands alone, commander sets x to true.
    return isGiven ? [`${option.long} has no effect: ${why}`] : [];
  });
}

/** A rule by the code that promptfoo's modelaudit gave it, or a range of these. */
const UPSTREAM_CODE = /^S\d{3,4}(?:-S?\d{3,4})?$/i;

/** True for a code of another scanner, which names nothing here. */
export function isUpstreamCode(text: string): boolean {
  return UPSTREAM_CODE.test(text);
}

/** `rule=LEVEL` in its parts. */
export function ruleAndLevel(text: string): [rule: string, level: string] {
  const cut = text.indexOf("=");
  if (cut <= 0)
    throw new UsageError(`--severity ${text}: the level is missing`, ["--severity pickle/unsafe-import=high"]);
  return [text.slice(0, cut), text.slice(cut + 1)];
}
