import { isAtLeast } from "../../rules/severity.js";
import { describeReach, reachOf } from "../file-reference.js";
import type { ScanContext, Tree } from "../scanner.js";
import { judgeEntryCode } from "../tree-entries.js";

/** A Python file that a model server imports. */
export interface ServerCode {
  /** Name of the entry. */
  readonly file: string;
  /** Who names it: `MANIFEST.json handler`. */
  readonly place: string;
}

/** Tells a file that the server runs, and what is in it. False when the tree holds no such file. */
export async function reportServerCode(
  { file, place }: ServerCode,
  tree: Tree,
  context: ScanContext,
): Promise<boolean> {
  const verdict = await judgeEntryCode(tree, file, context);
  if (verdict === undefined) return false;
  const isDangerous = isAtLeast(verdict.severity, "high");
  context.report({
    rule: isDangerous ? "serving/handler-code" : "serving/own-code",
    ...(isDangerous ? { severity: verdict.severity } : {}),
    message: isDangerous ? `${place} has ${file} run: ${verdict.reason}` : `${place} has ${file} run by the server`,
    subject: file,
    member: file,
    evidence: { file, calls: verdict.calls, reason: verdict.reason },
  });
  return true;
}

/** Tells a path that a package names and that is not of the package. True when it is one. */
export function reportForeignPath(path: string, place: string, context: ScanContext): boolean {
  const reach = reachOf(path);
  if (reach === "relative") return false;
  context.report({
    rule: reach === "url" ? "serving/remote-file" : "serving/path-escape",
    message: `${place} is ${describeReach(reach)}: ${JSON.stringify(path.slice(0, 160))}`,
    subject: path.slice(0, 300),
    evidence: { path: path.slice(0, 300), place },
  });
  return true;
}

export function reportMissingFile(file: string, place: string, context: ScanContext): void {
  context.report({
    rule: "serving/missing-file",
    message: `${place} names ${JSON.stringify(file.slice(0, 160))}, which the package does not hold`,
    subject: file.slice(0, 300),
    evidence: { file: file.slice(0, 300), place },
  });
}
