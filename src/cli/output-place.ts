import { accessSync, closeSync, constants, lstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { liesInScan } from "../config/locate.js";
import { UsageError } from "../errors.js";
import { isInside } from "../sources/links.js";

/** Fails before the scan where the report could not be written after it, or where writing it would do harm. */
export function checkOutput(path: string, scanned: readonly string[]): void {
  if (path === "") throw new UsageError("the name of the report's file is empty", ["name one: -o report.json"]);
  checkWritable(path);
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (leadsOut(path, found, scanned)) {
    throw new UsageError(`${path} leads out of what is scanned: whoever made that chose where it leads`, [
      "write the report to another folder, or remove the link",
    ]);
  }
  if (found?.isFile() && liesInScan(path, scanned) && !isReport(path)) {
    throw new UsageError(`${path} is among what is scanned, and no report of ours: it would be overwritten`, [
      "write the report to another file",
    ]);
  }
}

export function checkWritable(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`${path} is a folder`, [`name a file in it: ${path.replace(/\/$/, "")}/report.json`]);
  }
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (cause) {
    throw new UsageError(`cannot write to ${path}`, ["create its folder, or choose another with --output"], { cause });
  }
}

/** A link that came with the models, the file itself or a folder on the way to it, may lead to anything that its user may write to. */
function leadsOut(path: string, found: Stats | undefined, scanned: readonly string[]): boolean {
  if (found?.isSymbolicLink() && liesInScan(dirname(path), scanned)) return true;
  const isBelow = scanned.some((root) => resolve(root) !== resolve(path) && isInside(resolve(root), resolve(path)));
  return isBelow && !liesInScan(dirname(path), scanned);
}

/** Bytes at the front in which every report but an empty one tells what it is. */
const TELLING_BYTES = 4096;
/** Keys of JSON, SARIF and CycloneDX reports, the title of HTML, and the identifier of a rule, a verdict or the last line of a text. */
const REPORT =
  /"(?:scanner_names|bomFormat)"|sarif|modelaudit report|\[[a-z][a-z0-9-]{1,40}\/[a-z0-9-]{1,60}\]|^(?:DANGEROUS|SUSPICIOUS|INCOMPLETE|NO DANGER FOUND)|^Scanned \d/m;

function isReport(path: string): boolean {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const front = Buffer.alloc(TELLING_BYTES);
    const length = readSync(file, front, 0, TELLING_BYTES, 0);
    return length === 0 || REPORT.test(front.toString("latin1", 0, length));
  } finally {
    closeSync(file);
  }
}
