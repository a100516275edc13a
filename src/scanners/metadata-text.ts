import { parseJson } from "../formats/json/parse.js";
import { judgeObjects } from "./config/judge.js";
import { configContext } from "./config/scan-config.js";
import { judgeEncoded } from "./encoded-text.js";
import { judgeForeignTemplate } from "./jinja-judge.js";
import type { Observation, ScanContext } from "./scanner.js";
import { judgeText } from "./text-content.js";

export interface MetadataPlace {
  /** The entry's name in the file. */
  readonly key: string;
  /** Of the text's first byte inside the artifact. */
  readonly offset?: number;
  /** What the text spells in base64 was told already. */
  readonly isDecoded?: boolean;
}

/** What a Jinja engine would take as its own. */
const TEMPLATE_MARK = /\{\{|\{%/;
/** A configuration inside a text: loaders of some libraries build their model from it. */
const CONFIGURATION =
  /^\s{0,100}[[{][\s\S]{0,65536}"(?:_target_|_component_|class_path|target|auto_map|trust_remote_code)"/;

/**
 * Judges a text that describes a model: author, licence, training arguments. Nothing runs such a text by itself, so what would be critical in
 * a chat template is told as suspicious here.
 */
export function judgeMetadata(text: string, place: MetadataPlace, context: ScanContext): void {
  judgeMetadataText(text, place, context);
  tellForeignTemplate(text, place, context);
}

/** The same without a look for templates, for texts that are templates. */
export function judgeMetadataText(text: string, place: MetadataPlace, context: ScanContext): void {
  const { key } = place;
  const encoded = place.isDecoded === true ? undefined : judgeEncoded(text, key);
  if (encoded) context.report({ ...encoded, ...at(place) });
  for (const found of judgeText(text, { place: key, key, plainData: true, ...at(place) }, context.policy)) {
    context.report(found);
  }
  judgeConfiguration(text, place, context);
}

function judgeConfiguration(text: string, place: MetadataPlace, context: ScanContext): void {
  if (!CONFIGURATION.test(text)) return;
  const { value, offsetOf } = parseJson(text, { tolerant: true });
  if (value === undefined) return;
  const report = (found: Observation) =>
    context.report({ ...found, message: `${place.key}: ${found.message}`, ...at(place) });
  judgeObjects({ value, offsetOf }, { ...configContext(context), report });
}

function tellForeignTemplate(text: string, place: MetadataPlace, context: ScanContext): void {
  if (!TEMPLATE_MARK.test(text)) return;
  for (const found of judgeForeignTemplate(text)) {
    context.report({ ...found, message: `${place.key} holds a template: ${found.message}`, ...at(place) });
  }
}

function at({ offset }: MetadataPlace): { readonly offset: number } | Record<string, never> {
  return offset === undefined ? {} : { offset };
}

/** Tools write tensors to files under their names. */
const PATH_LIKE = /(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|^[A-Za-z]:[/\\]|\0/;

/** True for a name that, taken as a path, leaves the folder it is written to. */
export function isPathLike(name: string): boolean {
  return PATH_LIKE.test(name);
}
