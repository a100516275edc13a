import { readFileSync } from "node:fs";
import { parseBase } from "../../../src/config/parse.js";
import type { FileReport, Finding } from "../../../src/engine/result.js";
import { scanArtifact } from "../../../src/engine/scan-artifact.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { isAtLeast, severityRank } from "../../../src/rules/severity.js";

const path = new URL("../../../default-security-config.toml", import.meta.url);
export const policy = parseBase("default-security-config.toml", readFileSync(path, "utf8"));

/** Scans bytes under a name as the command line would, in this thread. */
export async function reportOf(bytes: Uint8Array, name = "model.pkl"): Promise<FileReport> {
  const budget = new Budget(policy.limits);
  return scanArtifact({ path: name, name, source: new BufferSource(bytes) }, { policy, budget });
}

/** Findings of low and above, worst first. */
export async function findingsOf(bytes: Uint8Array, name?: string): Promise<readonly Finding[]> {
  const { findings } = await reportOf(bytes, name);
  return findings
    .filter(({ severity }) => isAtLeast(severity, "low"))
    .toSorted((a, b) => severityRank(b.severity) - severityRank(a.severity));
}

export async function rulesOf(bytes: Uint8Array, name?: string): Promise<string[]> {
  return [...new Set((await findingsOf(bytes, name)).map(({ rule }) => rule))];
}
