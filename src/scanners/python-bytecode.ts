import { ParseError } from "../errors.js";
import { readPycHeader } from "../formats/bytecode/pyc.js";
import { type BytecodeReading, readBytecode } from "../formats/bytecode/read-bytecode.js";
import { codeFieldCounts } from "../formats/marshal/code-object.js";
import { readMarshal } from "../formats/marshal/read-marshal.js";
import { isKind } from "../formats/marshal/value.js";
import type { ByteSource } from "../io/byte-source.js";
import { watcherOf } from "./code/judge-file.js";
import { judgeSummary } from "./code/judge-source.js";
import { observationsOf } from "./code/report.js";
import type { ScanContext, Scanner } from "./scanner.js";

/** Modules of several megabytes of source compile to less. */
const MAX_PYC = 16 << 20;
const HEADER_BYTES = 16;

/** Compiled Python: Python runs it instead of the source beside it, so it is judged by what it itself does. */
export class PythonBytecodeScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    if (source.size > MAX_PYC) throw new ParseError(`bytecode of ${source.size} bytes, at most ${MAX_PYC} are read`);
    const bytes = await source.read(0, source.size);
    context.examined(bytes.length);
    const { version, headerBytes } = readPycHeader(bytes.subarray(0, HEADER_BYTES));
    context.describe("python_version", version ?? "unknown");
    const readings = this.read(bytes.subarray(headerBytes), version, context);
    for (const { summary } of readings) {
      const findings = judgeSummary(summary, context.policy);
      for (const observation of observationsOf(findings, "offset")) context.report(observation);
      if (summary.gaps.length > 0) context.incomplete(summary.gaps.join("; "));
    }
  }

  /** Every way in which the bytes are a code object; one, unless the file was made to have several. */
  private read(
    bytes: Uint8Array,
    version: BytecodeReading["version"] | undefined,
    context: ScanContext,
  ): BytecodeReading[] {
    const counts = codeFieldCounts(bytes);
    if (counts.length === 0) throw new ParseError("no code object of a known Python version behind the header");
    return counts.flatMap((codeFields) => {
      const code = readMarshal(bytes, { codeFields });
      if (!isKind(code, "code")) throw new ParseError("no code object behind the header");
      context.budget.spendSteps(bytes.length);
      return readBytecode(code, {
        isWatched: watcherOf(context.policy),
        ...(version === undefined ? {} : { version }),
      });
    });
  }
}
