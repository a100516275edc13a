import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { systemPlaces } from "../config/locate.js";
import type { Limits } from "../config/policy.js";
import { preferencesPath } from "../config/preferences.js";
import { loadPlugins, type PluginProblem } from "../engine/plugins.js";
import { printable } from "../reporters/escape.js";
import { pluginScanners } from "../scanners/plugin-registry.js";
import { LAYOUTS, SCANNERS } from "../scanners/registry.js";
import { VERSION } from "../version.js";
import { cacheText } from "./cache-command.js";
import { selfTest } from "./self-test.js";
import { settingsFor } from "./settings.js";

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
  const given = { cache: true, ...(configFile === undefined ? {} : { config: configFile }) };
  const { policy, warnings, configPath } = await settingsFor([], given);
  const problems = await loadPlugins(policy.plugins);
  const off = new Set(policy.scanners.off);
  const scanners = await Promise.all([...SCANNERS, ...LAYOUTS, ...pluginScanners()].map((row) => tryLoading(row, off)));
  const broken = scanners.filter(({ problem }) => problem !== undefined).length;
  const test = await selfTest(policy);
  const lines = [
    `modelaudit ${VERSION}, Node.js ${process.versions.node} on ${process.platform}-${process.arch}, ${availableParallelism()} workers`,
    "",
    `Scanners: ${scanners.length - broken} of ${scanners.length} load`,
    ...scanners.flatMap(scannerLines),
    "",
    ...pluginLines(policy.plugins, problems),
    "Self-test",
    ...test.lines,
    "",
    `Configuration: ${configPath ?? "the defaults alone"}`,
    ...warnings.map((warning) => `  warning: ${warning}`),
    "  looked for: --config, MODELAUDIT_CONFIG, ./modelaudit-security.toml,",
    ...systemPlaces().map((place) => `              ${place}`),
    `Preferences: ${existsSync(preferencesPath()) ? preferencesPath() : `none (${preferencesPath()} does not exist)`}`,
    `Cache: ${cacheText("stats").trimEnd()}`,
    "",
    `Limits ([limits] in the configuration; fails at ${policy.severity_thresholds.fail_on} or above)`,
    ...limitLines(policy.limits),
  ];
  const healthy = broken === 0 && problems.length === 0 && test.passed;
  return { text: lines.map((line) => `${printable(line)}\n`).join(""), healthy };
}

function pluginLines(paths: readonly string[], problems: readonly PluginProblem[]): string[] {
  if (paths.length === 0) return [];
  const rows = paths.flatMap((path) => {
    const problem = problems.find((candidate) => candidate.path === path);
    if (problem === undefined) return [`  ok      ${path}`];
    return [
      `  BROKEN  ${path}`,
      `          ${problem.message}`,
      "          try: docs/plugins.md shows what a plugin looks like",
    ];
  });
  return ["Plugins", ...rows, ""];
}

async function tryLoading({ id, title, extensions = [], load }: Loadable, off: ReadonlySet<string>) {
  const row = { id, title, extensions, isOff: off.has(id) };
  try {
    await load();
    return { ...row, problem: undefined };
  } catch (error) {
    return { ...row, problem: error instanceof Error ? error.message : String(error) };
  }
}

function scannerLines({ id, title, extensions, isOff, problem }: Awaited<ReturnType<typeof tryLoading>>): string[] {
  const mark = problem === undefined ? (isOff ? "off   " : "ok    ") : "BROKEN";
  const line = `  ${mark}  ${id.padEnd(20)}${title}${extensions.length > 0 ? ` (${extensions.join(" ")})` : ""}`;
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
