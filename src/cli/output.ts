import { writeFileSync } from "node:fs";
import { UsageError } from "../errors.js";
import { printable } from "../reporters/escape.js";
import { isGithubJob, withoutCommands } from "./annotations.js";

/**
 * What goes wrong with the streams is told by whoever writes to them: a reader that went away (`| head`) is no error, and where stderr
 * leads nowhere there is nobody to tell. To be called once, before anything is written.
 */
export function allowClosedStreams(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}

/** Writes to stdout and waits until it is taken. Fails where it is not, as on a full disk, but for a pipe that nobody reads. */
export function writeStdout(text: string): Promise<void> {
  return new Promise((done, fail) => {
    process.stdout.write(forLog(text), (error: (Error & { code?: string }) | null | undefined) => {
      if (error && error.code !== "EPIPE") fail(cannotWrite("to stdout", error));
      else done();
    });
  });
}

/** One line for the person, beside the report. */
export function note(text: string): void {
  process.stderr.write(`${forLog(printable(text))}\n`);
}

/** What commander has to say: lines of ours with what was typed in them, which may be names of files. */
export function writeComplaint(text: string): void {
  process.stderr.write(forLog(text.split("\n").map(printable).join("\n")));
}

/** The log of a GitHub job takes some texts for commands, and file names may be such. */
function forLog(text: string): string {
  return isGithubJob() ? withoutCommands(text) : text;
}

export function writeReport(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw cannotWrite(`to ${path}`, cause);
  }
}

function cannotWrite(where: string, cause: unknown): UsageError {
  const problem = cause instanceof Error ? cause.message : String(cause);
  return new UsageError(`cannot write the report ${where}: ${problem}`, [], { cause });
}
