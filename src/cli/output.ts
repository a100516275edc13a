import { accessSync, constants, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UsageError } from "../errors.js";
import { printable } from "../reporters/escape.js";

/** A reader that went away (`| head`) is no error: what it wanted, it has. To be called once, before anything is written. */
export function allowClosedPipe(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

/** Writes to stdout and waits until it is taken. */
export function writeStdout(text: string): Promise<void> {
  // A failure reaches the listener above; nobody waits for what cannot be delivered.
  return new Promise((done) => process.stdout.write(text, () => done()));
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
