import { availableParallelism } from "node:os";
import { loadPolicy } from "../config/load.js";
import { systemPlaces } from "../config/locate.js";
import type { Limits } from "../config/policy.js";
import { LAYOUTS, SCANNERS } from "../scanners/registry.js";
import { VERSION } from "../version.js";

export interface Diagnosis {
  readonly text: string;
  readonly healthy: boolean;
}

interface Loadable {
  readonly id: string;
  readonly title: string;
  readonly extensions?: readonly string[];
  readonly load: () => Promise<unknown>;
}

/** `modelaudit doctor`: what works here, what does not and why, and which settings are in force. */
export async function diagnose(configFile: string | undefined): Promise<Diagnosis> {
  const scanners = await Promise.all([...SCANNERS, ...LAYOUTS].map(tryLoading));
  const broken = scanners.filter(({ problem }) => problem !== undefined).length;
  const { path, warnings, policy } = await loadPolicy({ given: configFile, scanned: [] });
  const lines = [
    `modelaudit ${VERSION}, Node.js ${process.versions.node} on ${process.platform}-${process.arch}, ${availableParallelism()} workers`,
    "",
    `Scanners: ${scanners.length - broken} of ${scanners.length} load`,
    ...scanners.flatMap(scannerLines),
    "",
    `Configuration: ${path ?? "the defaults alone"}`,
    ...warnings.map((warning) => `  warning: ${warning}`),
    "  looked for: --config, MODELAUDIT_CONFIG, ./modelaudit-security.toml,",
    ...systemPlaces().map((place) => `              ${place}`),
    "",
    `Limits ([limits] in the configuration; fails at ${policy.severity_thresholds.fail_on} or above)`,
    ...limitLines(policy.limits),
  ];
  return { text: lines.map((line) => `${line}\n`).join(""), healthy: broken === 0 };
}

async function tryLoading({ id, title, extensions = [], load }: Loadable) {
  try {
    await load();
    return { id, title, extensions, problem: undefined };
  } catch (error) {
    return { id, title, extensions, problem: error instanceof Error ? error.message : String(error) };
  }
}

function scannerLines({ id, title, extensions, problem }: Awaited<ReturnType<typeof tryLoading>>): string[] {
  const mark = problem === undefined ? "ok    " : "BROKEN";
  const line = `  ${mark}  ${id.padEnd(16)}${title}${extensions.length > 0 ? ` (${extensions.join(" ")})` : ""}`;
  if (problem === undefined) return [line];
  return [
    line,
    `          ${problem}`,
    "          try: install modelaudit again (npm ci); its files come out as failed until then",
  ];
}

function limitLines(limits: Limits): string[] {
  return Object.entries(limits).map(
    ([key, value]) => `  ${key.padEnd(22)}${value === 0 ? (ZERO.get(key) ?? 0) : value}`,
  );
}

const ZERO = new Map([
  ["max_file_bytes", "no limit"],
  ["timeout_seconds", "by size: 60, 300, 3600 or 7200"],
]);
