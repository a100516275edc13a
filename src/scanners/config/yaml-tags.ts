import { isJsonArray, isJsonObject, type JsonValue } from "../../formats/json/value.js";
import type { YamlTag } from "../../formats/yaml/parse.js";
import { YAML_TAG_PREFIX } from "../../formats/yaml/tags.js";
import type { Severity } from "../../rules/severity.js";
import { at, type ConfigContext } from "./document.js";
import { judgeFilePath } from "./file-references.js";
import { brief } from "./hydra.js";
import { judgeTarget } from "./targets.js";

/** What the reader does with the name behind a tag. */
type Use = "calls" | "builds" | "imports";

interface TagForm {
  /** What the tag begins with, in full. */
  readonly prefix: string;
  readonly use: Use;
  /** As people write it. */
  readonly shown: string;
}

/** PyYAML and ruamel.yaml (constructor.py: UnsafeConstructor), and HyperPyYAML, which SpeechBrain reads hyperparams.yaml with. */
const FORMS: readonly TagForm[] = [
  { prefix: `${YAML_TAG_PREFIX}python/object/apply:`, use: "calls", shown: "!!python/object/apply" },
  { prefix: `${YAML_TAG_PREFIX}python/object/new:`, use: "builds", shown: "!!python/object/new" },
  { prefix: `${YAML_TAG_PREFIX}python/object:`, use: "builds", shown: "!!python/object" },
  { prefix: `${YAML_TAG_PREFIX}python/name:`, use: "imports", shown: "!!python/name" },
  { prefix: `${YAML_TAG_PREFIX}python/module:`, use: "imports", shown: "!!python/module" },
  { prefix: "!new:", use: "calls", shown: "!new" },
  { prefix: "!apply:", use: "calls", shown: "!apply" },
  { prefix: "!name:", use: "imports", shown: "!name" },
  { prefix: "!module:", use: "imports", shown: "!module" },
];

/** SnakeYAML takes any Java class as a global tag and calls its constructor; Ruby's Psych, YamlDotNet and older js-yaml do the like. */
const FOREIGN_CLASS = new RegExp(
  `^(?:${YAML_TAG_PREFIX.replaceAll(".", "\\.")}(?:\\w+\\.){2,10}[A-Z$]\\w*|${YAML_TAG_PREFIX.replaceAll(".", "\\.")}js/function$|!(?:System|Microsoft)\\.(?:\\w{1,80}\\.){0,10}\\w|!ruby/(?:object|hash|struct|exception))`,
);

/** Judges the explicit tags of a document; tags that stand for plain data are silent. */
export function judgeYamlTags(
  tags: readonly YamlTag[],
  offsetAt: (index: number) => number,
  context: ConfigContext,
): void {
  const known: YamlTag[] = [];
  for (const tag of tags) {
    const form = FORMS.find(({ prefix }) => tag.tag.startsWith(prefix));
    const offset = offsetAt(tag.index);
    if (form === undefined) judgeForeignTag(tag, offset, context);
    else if (!judgePythonTag(tag, form, { offset, context })) known.push(tag);
  }
  const [first] = known;
  if (first === undefined) return;
  context.report({
    rule: "config/unsafe-yaml-tag",
    severity: "low",
    message: `${known.length} tags have objects of known packages built, the first of them ${shorten(first.tag)} at ${first.path || "the document"}`,
    subject: "known packages",
    offset: offsetAt(first.index),
  });
}

/** False when the name is one of a known package. */
function judgePythonTag(
  { tag, node, path }: YamlTag,
  { prefix, use, shown }: TagForm,
  { offset, context }: { readonly offset: number; readonly context: ConfigContext },
): boolean {
  const name = tag.slice(prefix.length);
  const verdict = judgeTarget(name, context.policy);
  if (verdict.kind === "trusted") return false;
  const otherwise = verdict.kind === "ordinary" ? "low" : unknownSeverity[use];
  const severity = verdict.kind === "dangerous" ? severityOf(use, verdict.severity) : otherwise;
  const place = path === "" ? "the document" : path;
  context.report({
    rule: "config/unsafe-yaml-tag",
    severity,
    message: `${shown} at ${place} ${use} ${shorten(name)}${use === "imports" ? "" : `(${argumentsOf(node)})`}`,
    subject: `${shown} ${name}`,
    ...at(offset),
    evidence: { tag: shorten(tag), name: shorten(name), place },
  });
  return true;
}

/** A name that is only imported is one step from being called. */
function severityOf(use: Use, severity: Severity): Severity {
  return use === "imports" && severity === "critical" ? "high" : severity;
}

const unknownSeverity: Readonly<Record<Use, Severity>> = { calls: "medium", builds: "low", imports: "low" };

function judgeForeignTag({ tag, node, path }: YamlTag, offset: number, context: ConfigContext): void {
  // HyperPyYAML reads the file that the tag names as a part of this one.
  if (tag.startsWith("!include:")) judgeFilePath(tag.slice("!include:".length), `!include at ${path}`, offset, context);
  if (!FOREIGN_CLASS.test(tag)) return;
  context.report({
    rule: "config/unsafe-yaml-tag",
    severity: "medium",
    message: `the tag ${shorten(tag)} at ${path || "the document"} builds an object of this class (${argumentsOf(node)})`,
    subject: shorten(tag),
    ...at(offset),
    evidence: { tag: shorten(tag), place: path },
    why: "YAML readers for Java and Ruby that are not restricted call the constructor of any class that a tag names.",
  });
}

const MAX_SHOWN = 120;

function shorten(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function argumentsOf(node: JsonValue): string {
  if (node === null || node === "") return "";
  if (isJsonArray(node)) return node.slice(0, 4).map(brief).join(", ");
  if (isJsonObject(node))
    return [...node]
      .slice(0, 4)
      .map(([key, value]) => `${shorten(key)}=${brief(value)}`)
      .join(", ");
  return brief(node);
}
