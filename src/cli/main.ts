import { CommanderError } from "commander";
import { UsageError } from "../errors.js";
import { checkArguments } from "./arguments.js";
import { allowClosedStreams, note } from "./output.js";
import { buildProgram } from "./program.js";

const USAGE = 2;

/** Runs the command line and sets the exit code of the process. The one place where an error ends. */
export async function main(args: readonly string[]): Promise<void> {
  allowClosedStreams();
  try {
    checkArguments(args);
    await buildProgram((code) => {
      process.exitCode = code;
    }).parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode = tell(error, args);
  }
}

function tell(error: unknown, args: readonly string[]): number {
  // commander has printed its message, or the help or version that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  if (error instanceof UsageError) {
    note(`error: ${error.message}`);
    for (const hint of error.hints) note(`  try: ${hint}`);
    return USAGE;
  }
  const verbose = args.includes("--verbose") || args.includes("-v");
  const told = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`internal error: ${verbose ? (told.stack ?? told.message) : told.message}\n`);
  if (!verbose) note("  try: the same command with --verbose, and report what it prints");
  return USAGE;
}

void main(process.argv.slice(2));
