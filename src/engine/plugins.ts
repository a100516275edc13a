import { pathToFileURL } from "node:url";
import { addRules, findRule } from "../rules/index.js";
import type { Rule } from "../rules/rule.js";
import { parseSeverity } from "../rules/severity.js";
import { addPluginScanner, type PluginDescriptor, pluginScanners } from "../scanners/plugin-registry.js";
import { FALLBACK, LAYOUTS, SCANNERS } from "../scanners/registry.js";
import type { Scanner, ScannerClass } from "../scanners/scanner.js";

export interface PluginProblem {
  /** The plugin's module. */
  readonly path: string;
  readonly message: string;
}

const loaded = new Map<string, Promise<PluginProblem | undefined>>();

/** Adds the scanners and rules of these modules to this thread, each once. What is wrong with one is told, and the others go on. */
export async function loadPlugins(paths: readonly string[]): Promise<PluginProblem[]> {
  const problems: PluginProblem[] = [];
  for (const path of paths) {
    const outcome = loaded.get(path) ?? load(path);
    loaded.set(path, outcome);
    const problem = await outcome;
    if (problem) problems.push(problem);
  }
  return problems;
}

async function load(path: string): Promise<PluginProblem | undefined> {
  try {
    const { scanners, rules } = readModule(await import(pathToFileURL(path).href), path);
    const [taken] = addRules(rules);
    if (taken !== undefined) throw new TypeError(`the rule ${taken} exists already`);
    for (const scanner of scanners) addPluginScanner(scanner);
    return undefined;
  } catch (error) {
    return { path, message: `the plugin cannot be used: ${error instanceof Error ? error.message : String(error)}` };
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Checks all before anything is added: a plugin is used whole or not at all. */
function readModule(module: Fields, path: string): { scanners: PluginDescriptor[]; rules: Record<string, Rule> } {
  const { scanners, rules = {} } = module;
  if (!Array.isArray(scanners) || scanners.length === 0) throw new TypeError('it exports no list "scanners"');
  if (!isFields(rules)) throw new TypeError('its export "rules" is no object');
  const checked = Object.entries(rules).map(([id, rule]) => [id, readRule(id, rule)] as const);
  return { scanners: scanners.map((scanner) => readScanner(scanner, path)), rules: Object.fromEntries(checked) };
}

function readScanner(value: unknown, path: string): PluginDescriptor {
  if (!isFields(value)) throw new TypeError("an entry of its list of scanners is no object");
  const { id, title, extensions = [], matches, Scanner: ScannerOf } = value;
  if (typeof id !== "string" || !/^[a-z][a-z0-9-]{1,39}$/.test(id)) {
    throw new TypeError('a scanner\'s "id" is not of small letters, digits and dashes');
  }
  const known = [...SCANNERS, ...LAYOUTS, ...pluginScanners(), FALLBACK].some((other) => other.id === id);
  if (known) throw new TypeError(`the scanner ${id} exists already`);
  if (typeof title !== "string") throw new TypeError(`the scanner ${id} has no "title"`);
  if (typeof matches !== "function") throw new TypeError(`the scanner ${id} has no function "matches"`);
  if (!isScannerClass(ScannerOf)) throw new TypeError(`the "Scanner" of ${id} is no class with a method "scan"`);
  return {
    id,
    title,
    formats: [],
    extensions: Array.isArray(extensions) ? extensions.map(String) : [],
    isolated: true,
    load: async () => ScannerOf,
    matches: (head, name) => matches(head, name) === true,
    path,
  };
}

function readRule(id: string, value: unknown): Rule {
  if (!/^[a-z][a-z0-9-]*\/[a-z0-9-]+$/.test(id)) throw new TypeError(`the rule "${id}" is not named family/name`);
  if (findRule(id)) throw new TypeError(`the rule ${id} exists already`);
  if (!isFields(value)) throw new TypeError(`the rule ${id} is no object`);
  const severity = parseSeverity(String(value.severity));
  if (severity === undefined) throw new TypeError(`the rule ${id} has no known "severity"`);
  const { title, why, remediation } = value;
  if (typeof title !== "string" || typeof why !== "string" || typeof remediation !== "string") {
    throw new TypeError(`the rule ${id} needs the texts "title", "why" and "remediation"`);
  }
  return { severity, title, why, remediation, cwe: textsOf(value.cwe), references: textsOf(value.references) };
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function isScannerClass(value: unknown): value is ScannerClass {
  if (typeof value !== "function") return false;
  const prototype: Partial<Scanner> | undefined = value.prototype;
  return typeof prototype?.scan === "function";
}
