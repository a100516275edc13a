import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { liesInScan } from "../config/locate.js";
import { baselineText, type KnownFinding, parseBaseline, withBaseline } from "../engine/baseline.js";
import type { ScanResult } from "../engine/result.js";
import { UsageError } from "../errors.js";
import { note, writeReport } from "./output.js";
import { checkWritable } from "./output-place.js";
import type { ScanFlags } from "./scan-options.js";

/** What `--baseline` and `--write-baseline` ask for, checked before the scan. */
export class BaselineFiles {
  private readonly known: readonly KnownFinding[];

  constructor(
    private readonly flags: ScanFlags,
    scanned: readonly string[],
  ) {
    const { baseline, writeBaseline } = flags;
    for (const file of [baseline, writeBaseline]) if (file !== undefined) refuseScanned(file, scanned);
    if (writeBaseline !== undefined) checkWritable(writeBaseline);
    this.known = baseline === undefined ? [] : parseBaseline(textOf(baseline), baseline);
  }

  /** The result with what is known marked, after it was written where that was asked for. */
  apply(result: ScanResult): ScanResult {
    const { baseline, writeBaseline, quiet } = this.flags;
    if (writeBaseline !== undefined) {
      const text = baselineText(result);
      writeReport(writeBaseline, text);
      if (!quiet) note(`baseline written to ${writeBaseline}`);
      return withBaseline(result, parseBaseline(text, writeBaseline), basename(writeBaseline));
    }
    return baseline === undefined ? result : withBaseline(result, this.known, basename(baseline));
  }
}

/** Whoever sends the models must not be able to add to what is known. */
function refuseScanned(file: string, scanned: readonly string[]): void {
  if (!liesInScan(file, scanned)) return;
  throw new UsageError(`the baseline ${file} lies in what is scanned, so whoever made that could add to it`, [
    "keep it in another folder: modelaudit scan models --baseline audit/baseline.json",
  ]);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`cannot read the baseline: ${problem}`, [`write it first: --write-baseline ${path}`], {
      cause,
    });
  }
}
