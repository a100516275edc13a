import { basename } from "node:path";
import type { Policy } from "../config/policy.js";
import { detect } from "../detect/detect.js";
import { unexamined } from "../engine/job.js";
import type { FileReport, ScanResult } from "../engine/result.js";
import { printable } from "../reporters/escape.js";
import { bytesText, countText } from "../reporters/quantity.js";
import { SCANNERS } from "../scanners/registry.js";
import { openFile } from "../sources/open-file.js";
import { select } from "../sources/select.js";
import type { SelectedFile } from "../sources/selection.js";
import { systemProblem } from "../sources/system-problem.js";

/** What a scan of these paths would look at. Reads the first and last bytes of every file to tell its format, and no more. */
export async function planScan(paths: readonly string[], policy: Policy): Promise<ScanResult> {
  const { files, skipped, errors } = await select(paths);
  const planned: FileReport[] = [];
  for (const file of files) planned.push(await planFile(file, policy));
  return {
    files: [...planned, ...skipped.map(({ path, reason, state }) => unexamined({ path, size: 0 }, reason, state))],
    findings: [],
    errors,
    startedAt: new Date().toISOString(),
    durationMs: 0,
    interrupted: false,
    failOn: policy.severity_thresholds.fail_on,
    // Nothing was examined, so nothing may come out as clean.
    strict: true,
  };
}

async function planFile(file: SelectedFile, policy: Policy): Promise<FileReport> {
  const limit = policy.limits.max_file_bytes;
  if (limit > 0 && file.size > limit) return unexamined(file, `above the limit of ${bytesText(limit)} (--max-size)`);
  try {
    const source = openFile(file.file);
    try {
      const { formats: found, hinted } = await detect(source, basename(file.file));
      const formats = found.length > 0 ? found : hinted;
      const off = new Set(policy.scanners.off);
      const able = SCANNERS.filter((scanner) => scanner.formats.some((format) => formats.includes(format)));
      const scanners = able.map(({ id }) => id).filter((id) => !off.has(id));
      return { ...unexamined(file, "dry run: nothing was scanned", "skipped"), formats, scanners };
    } finally {
      source.close();
    }
  } catch (error) {
    if (!(error instanceof Error && ("syscall" in error || "offset" in error))) throw error;
    return unexamined(file, `cannot be opened: ${systemProblem(error)}`);
  }
}

/** The plan as a table, for a person. */
export function planText({ files, errors }: ScanResult): string {
  const rows = files.map(({ path, size, state, reason, formats, scanners }) => {
    const what = state === "failed" ? (reason ?? state) : planOf(formats, scanners);
    return [printable(path), bytesText(size), what] as const;
  });
  const widest = (column: 0 | 1) => Math.max(0, ...rows.map((row) => row[column].length));
  const [paths, sizes] = [widest(0), widest(1)];
  const lines = rows.map(([path, size, what]) => `  ${path.padEnd(paths)}  ${size.padStart(sizes)}  ${what}`);
  const missing = errors.flatMap(({ path, message, hints }) => {
    return [`  ${printable(path)}: ${printable(message)}`, ...hints.map((hint) => `    try: ${printable(hint)}`)];
  });
  const total = bytesText(files.reduce((sum, { size }) => sum + size, 0));
  const end = `Dry run: ${countText(files.length, "file")}, ${total}. Nothing was scanned.`;
  return [...lines, ...missing, ...(rows.length + missing.length > 0 ? [""] : []), end].map((l) => `${l}\n`).join("");
}

function planOf(formats: readonly string[], scanners: readonly string[]): string {
  if (formats.length === 0) return "unknown format: searched for hidden pickles";
  if (scanners.length === 0) return `${formats.join(", ")}: no scanner of its own`;
  return `${formats.join(", ")}: ${scanners.join(", ")}`;
}
