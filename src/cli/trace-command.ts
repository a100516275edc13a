import { UsageError } from "../errors.js";
import { printable } from "../reporters/escape.js";
import { tracePickle } from "../scanners/pickle/trace.js";
import { openFile } from "../sources/open-file.js";
import { systemProblem } from "../sources/system-problem.js";
import { writeStdout } from "./output.js";

/** Characters per write. */
const BATCH = 1 << 16;

/** `modelaudit trace FILE`: what loading the pickle would do, as Python-like lines. */
export async function traceCommand(file: string): Promise<void> {
  const source = open(file);
  try {
    let text = "";
    for (const line of tracePickle(source)) {
      text += `${printable(line)}\n`;
      if (text.length < BATCH) continue;
      await writeStdout(text);
      text = "";
    }
    await writeStdout(text);
  } finally {
    source.close();
  }
}

function open(file: string): ReturnType<typeof openFile> {
  try {
    return openFile(file);
  } catch (cause) {
    throw new UsageError(`cannot read ${file}: ${systemProblem(cause)}`, ["give the path of one pickle"], { cause });
  }
}
