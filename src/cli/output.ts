import { accessSync, constants, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UsageError } from "../errors.js";
import { printable } from "../reporters/escape.js";

/** Writes to stdout and waits until it is taken. A reader that went away (`| head`) is no error. */
export function writeStdout(text: string): Promise<void> {
  return new Promise((done, fail) => {
    const finish = (error?: NodeJS.ErrnoException | null) => {
      process.stdout.off("error", finish);
      if (error && error.code !== "EPIPE") fail(error);
      else done();
    };
    // A pipe that breaks tells it twice: to the write, and to whoever listens; unheard, it would end the program.
    process.stdout.on("error", finish);
    process.stdout.write(text, finish);
  });
}

/** One line for the person, beside the report. */
export function note(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

/** Fails before the scan where the report could not be written after it. */
export function checkWritable(path: string): void {
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (cause) {
    throw new UsageError(`cannot write to ${path}`, ["create its folder, or choose another with --output"], { cause });
  }
}

export function writeReport(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`cannot write the report to ${path}: ${problem}`, [], { cause });
  }
}
