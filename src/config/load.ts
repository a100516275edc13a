import { readFileSync } from "node:fs";
import { UsageError } from "../errors.js";
import { freeze } from "./freeze.js";
import { type Located, type LocateOptions, locateConfig } from "./locate.js";
import type { Policy } from "./policy.js";

const NAME = "default-security-config.toml";
/** The build leaves these beside the bundle: the rule base it compiled, and the text it compiled it from. */
const COMPILED = "default-policy.json";

export interface LoadedPolicy extends Located {
  readonly policy: Policy;
}

/** The rule base with the user's file laid over it. */
export async function loadPolicy(options: LocateOptions): Promise<LoadedPolicy> {
  const located = locateConfig(options);
  const base = await defaultPolicy();
  if (located.path === undefined) return { ...located, policy: base };
  const { parseLayer } = await import("./parse.js");
  const { mergeLayers } = await import("./merge.js");
  const over = parseLayer(located.path, readText(located.path));
  return { ...located, policy: freeze(mergeLayers(base, over)) };
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
