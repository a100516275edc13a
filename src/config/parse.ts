import { parse, TomlError } from "smol-toml";
import { UsageError } from "../errors.js";
import { nearest } from "../nearest.js";
import { findRule, ruleIds } from "../rules/index.js";
import type { Policy } from "./policy.js";
import { ConfigFile } from "./readers.js";
import { type PolicyLayer, readLayer, SECTIONS } from "./schema.js";
import type { KeyPath } from "./toml-lines.js";

/** Reads and checks one configuration file. */
export function parseLayer(path: string, text: string): PolicyLayer {
  const file = new ConfigFile(path, text);
  const layer = readLayer(parseToml(path, text), [], file);
  // Rules of plugins are known when these are loaded, which is later.
  if ((layer.plugins ?? []).length === 0) checkRuleIds(layer, file);
  return layer;
}

/** A rule that does not exist is a slip of the finger, and somebody relies on what was meant. */
function checkRuleIds({ rules = {}, suppress = [] }: PolicyLayer, file: ConfigFile): void {
  for (const id of Object.keys(rules)) checkRuleId(id, ["rules", id], file);
  for (const [i, { rule }] of suppress.entries()) {
    if (rule !== "*") checkRuleId(rule, ["suppress", String(i), "rule"], file);
  }
}

function checkRuleId(id: string, key: KeyPath, file: ConfigFile): void {
  if (findRule(id)) return;
  const similar = nearest(id, ruleIds(), 1).map((known) => `did you mean "${known}"?`);
  file.fail(key, `there is no rule "${id}"`, [...similar, "`modelaudit rules` lists them all"]);
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
