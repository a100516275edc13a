import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { UsageError } from "../errors.js";
import { freeze } from "./freeze.js";
import { type Located, type LocateOptions, liesInScan, locateConfig } from "./locate.js";
import type { Policy } from "./policy.js";
import type { PolicyLayer } from "./schema.js";

const NAME = "default-security-config.toml";
/** The build leaves these beside the bundle: the rule base it compiled, and the text it compiled it from. */
const COMPILED = "default-policy.json";

export interface LoadedPolicy extends Located {
  readonly policy: Policy;
}

export interface LoadOptions extends LocateOptions {
  /** Settings between the rule base and the user's file, lowest first. */
  readonly beneath?: readonly PolicyLayer[];
}

/** The rule base with the user's file laid over it. */
export async function loadPolicy({ beneath = [], ...options }: LoadOptions): Promise<LoadedPolicy> {
  const located = locateConfig(options);
  const base = await defaultPolicy();
  if (located.path === undefined && beneath.length === 0) return { ...located, policy: base };
  const { mergeLayers } = await import("./merge.js");
  const { over, warnings } = await userLayer(located, options.scanned);
  const policy = freeze([...beneath, over].reduce(mergeLayers, base));
  return { path: located.path, warnings: [...located.warnings, ...warnings], policy };
}

/** The user's file. Its plugins are found from its own folder; one that lies in what is scanned is left out. */
async function userLayer({ path }: Located, scanned: readonly string[]) {
  if (path === undefined) return { over: {}, warnings: [] };
  const { parseLayer } = await import("./parse.js");
  const layer = parseLayer(path, readText(path));
  const plugins = (layer.plugins ?? []).map((plugin) => resolve(dirname(path), plugin));
  const refused = plugins.filter((plugin) => liesInScan(plugin, scanned));
  return {
    over: { ...layer, plugins: plugins.filter((plugin) => !refused.includes(plugin)) },
    warnings: refused.map((plugin) => `the plugin ${plugin} is ignored: it lies in what is scanned`),
  };
}

/** The rule base alone. Parsing TOML costs more than all else at start, so the build's compiled form is used while the text is the same. */
export async function defaultPolicy(): Promise<Policy> {
  const text = readHome();
  if (readIfThere(NAME)?.equals(text)) {
    const compiled = readIfThere(COMPILED);
    if (compiled) return freeze(JSON.parse(compiled.toString()) as Policy); // written by the build out of a checked rule base
  }
  const { parseBase } = await import("./parse.js");
  return freeze(parseBase(NAME, text.toString()));
}

/** The rule base's text: above the bundle, or two above this source file, or, for a bundle on its own, beside it. */
function readHome(): Buffer {
  const text = readIfThere(`../${NAME}`) ?? readIfThere(`../../${NAME}`) ?? readIfThere(NAME);
  if (text === undefined) throw new Error(`${NAME} is missing from the installation`);
  return text;
}

function readIfThere(name: string): Buffer | undefined {
  try {
    return readFileSync(new URL(name, import.meta.url));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`cannot read the configuration ${path}: ${problem}`, [], { cause });
  }
}
