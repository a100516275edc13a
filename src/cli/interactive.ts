import { createInterface, type Interface } from "node:readline/promises";
import { FORMATS, PRESET_NAMES, PRESETS } from "../config/preferences.js";
import { UsageError } from "../errors.js";
import { parseSeverity, SEVERITIES } from "../rules/severity.js";
import type { ScanFlags } from "./scan-options.js";

/** As a shell reports a program that Ctrl-C ended. */
const INTERRUPTED = 130;

export interface Answers {
  readonly paths: readonly string[];
  readonly flags: ScanFlags;
}

/** Asks for what the command line did not say. The questions go to stderr: stdout carries the report alone. */
export async function ask(paths: readonly string[], flags: ScanFlags): Promise<Answers> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new UsageError("--interactive needs a terminal", ["give the settings as options: modelaudit scan --help"]);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const stopped = new AbortController();
  terminal.on("close", () => stopped.abort());
  terminal.on("SIGINT", () => {
    process.stderr.write("\n");
    process.exit(INTERRUPTED);
  });
  try {
    return await new Questions(terminal, stopped.signal).all(paths, flags);
  } catch (cause) {
    if (!stopped.signal.aborted) throw cause;
    throw new UsageError("stopped before the last question was answered", [], { cause });
  } finally {
    terminal.close();
  }
}

class Questions {
  constructor(
    private readonly terminal: Interface,
    private readonly signal: AbortSignal,
  ) {}

  async all(given: readonly string[], flags: ScanFlags): Promise<Answers> {
    const paths = given.length > 0 ? given : [await this.text("What shall be scanned? (file, folder or pattern)", ".")];
    const preset = flags.preset ?? (await this.preset());
    const failOn = flags.failOn ?? parseSeverity(await this.choice("Fail at which severity?", SEVERITIES, "medium"));
    const format = flags.format ?? (await this.choice("Report format?", FORMATS, "text"));
    const output = flags.output ?? (await this.text("Report file? (empty: on the terminal)", ""));
    const asked = { ...(preset && { preset }), ...(failOn && { failOn }), ...(output && { output }) };
    return { paths, flags: { ...flags, ...asked, format } };
  }

  private async preset() {
    for (const name of PRESET_NAMES) process.stderr.write(`  ${name.padEnd(12)}${PRESETS[name].title}\n`);
    const chosen = await this.choice("Preset?", ["none", ...PRESET_NAMES], "none");
    return chosen === "none" ? undefined : chosen;
  }

  private async text(question: string, otherwise: string): Promise<string> {
    const shown = otherwise === "" ? "" : ` [${otherwise}]`;
    const answer = await this.terminal.question(`${question}${shown} `, { signal: this.signal });
    return answer.trim() || otherwise;
  }

  private async choice<T extends string>(question: string, choices: readonly T[], otherwise: T): Promise<T> {
    for (;;) {
      const answer = await this.text(`${question} (${choices.join(", ")})`, otherwise);
      const found = choices.find((known) => known === answer.toLowerCase());
      if (found !== undefined) return found;
      process.stderr.write(`  "${answer}" is none of these\n`);
    }
  }
}
