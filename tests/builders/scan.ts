import { defaultPolicy } from "../../src/config/load.js";
import type { Policy } from "../../src/config/policy.js";
import type { FileReport } from "../../src/engine/result.js";
import { inspectFolder, scanArtifact } from "../../src/engine/scan-artifact.js";
import { Budget } from "../../src/io/budget.js";
import { BufferSource } from "../../src/io/byte-source.js";
import type { Tree } from "../../src/scanners/scanner.js";

export interface ScanOptions {
  /** Sections of the policy that differ from the default. */
  readonly policy?: Partial<Policy>;
  readonly tree?: Tree;
}

/** Reading the rule base costs more than most scans. It is frozen, so all may share it. */
let rules: Promise<Policy> | undefined;

export function sharedPolicy(): Promise<Policy> {
  rules ??= defaultPolicy();
  return rules;
}

async function policyOf(changes: Partial<Policy> = {}): Promise<Policy> {
  return { ...(await sharedPolicy()), ...changes };
}

/** Scans bytes as the file of this name. */
export async function scanBytes(
  name: string,
  content: string | Uint8Array,
  options: ScanOptions = {},
): Promise<FileReport> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const policy = await policyOf(options.policy);
  const artifact = { path: name, name, source: new BufferSource(bytes), tree: async () => options.tree };
  return scanArtifact(artifact, { policy, budget: new Budget(policy.limits) });
}

/** Applies the layouts to a folder. */
export async function scanTree(tree: Tree, options: Pick<ScanOptions, "policy"> = {}): Promise<FileReport> {
  const policy = await policyOf(options.policy);
  return inspectFolder({ path: "folder", name: "folder" }, tree, { policy, budget: new Budget(policy.limits) });
}

/** `severity rule` of every finding, worst first. */
export function told(report: FileReport): string[] {
  return report.findings.map(({ severity, rule }) => `${severity} ${rule}`);
}
