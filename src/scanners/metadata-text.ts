import type { Policy } from "../config/policy.js";
import { judgeTemplate } from "./jinja-judge.js";
import type { Observation } from "./scanner.js";
import { judgeText } from "./text-content.js";

export interface MetadataPlace {
  /** The entry's name in the file. */
  readonly key: string;
  /** Of the text's first byte inside the artifact. */
  readonly offset?: number;
}

/** What a Jinja engine would take as its own. */
const TEMPLATE_MARK = /\{\{|\{%/;

/**
 * Judges a text that describes a model: author, licence, training arguments. Nothing runs such a text by itself, so what would be critical in
 * a chat template is told as suspicious here.
 */
export function judgeMetadata(text: string, { key, offset }: MetadataPlace, policy: Policy): Observation[] {
  const place = { place: key, key, plainData: true, ...(offset === undefined ? {} : { offset }) };
  return [...judgeText(text, place, policy), ...judgeForeignTemplate(text, key, offset)];
}

function judgeForeignTemplate(text: string, key: string, offset: number | undefined): Observation[] {
  if (!TEMPLATE_MARK.test(text)) return [];
  return judgeTemplate(text)
    .filter(({ severity }) => severity === "critical" || severity === "high")
    .map((finding) => ({
      ...finding,
      severity: "medium",
      message: `${key} holds a template: ${finding.message}`,
      ...(offset === undefined ? {} : { offset }),
    }));
}

/** Tools write tensors to files under their names. */
const PATH_LIKE = /(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|^[A-Za-z]:[/\\]|\0/;

/** True for a name that, taken as a path, leaves the folder it is written to. */
export function isPathLike(name: string): boolean {
  return PATH_LIKE.test(name);
}
