import { parse, TomlError } from "smol-toml";
import { UsageError } from "../errors.js";
import type { Policy } from "./policy.js";
import { ConfigFile } from "./readers.js";
import { type PolicyLayer, readLayer, SECTIONS } from "./schema.js";

/** Reads and checks one configuration file. */
export function parseLayer(path: string, text: string): PolicyLayer {
  return readLayer(parseToml(path, text), [], new ConfigFile(path, text));
}

/** Reads and checks the rule base, which must have every section. */
export function parseBase(path: string, text: string): Policy {
  const layer: PolicyLayer = { suppress: [], plugins: [], ...parseLayer(path, text) };
  for (const section of Object.keys(SECTIONS)) {
    if (!Object.hasOwn(layer, section)) throw new UsageError(`${path}: [${section}] is missing`);
  }
  return layer as Policy; // every section was just found, every value checked by its reader
}

export function parseToml(path: string, text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const [problem = ""] = cause.message.replace(/^Invalid TOML document: /, "").split("\n");
    throw new UsageError(`${path}:${cause.line}: ${problem}`, ["check the syntax of this line (https://toml.io)"], {
      cause,
    });
  }
}
