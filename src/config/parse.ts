import { parse, TomlError } from "smol-toml";
import { UsageError } from "../errors.js";
import type { Policy } from "./policy.js";
import { ConfigFile } from "./readers.js";
import { type PolicyLayer, readLayer, SECTIONS } from "./schema.js";

/** Reads and checks one configuration file. */
export function parseLayer(path: string, text: string): PolicyLayer {
  const raw = parseToml(path, text) as Record<string, unknown>;
  const known = Object.fromEntries(Object.entries(raw).filter(([k]) => k in SECTIONS));
  return { ...raw, ...readLayer(known, [], new ConfigFile(path, text)) };
}

/** Reads and checks the rule base, which must have every section. */
export function parseBase(path: string, text: string): Policy {
  const empty = Object.fromEntries(Object.keys(SECTIONS).map((section) => [section, {}]));
  const layer: PolicyLayer = { ...empty, suppress: [], plugins: [], ...parseLayer(path, text) };
  return layer as Policy; // every section was just found, every value checked by its reader
}

function parseToml(path: string, text: string): unknown {
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
