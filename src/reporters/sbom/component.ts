import { createHash } from "node:crypto";
import type { FileReport } from "../../engine/result.js";
import { SEVERITY_SCORES, worst } from "../../rules/severity.js";
import { printable } from "../escape.js";
import { artifactUri } from "../sarif/uri.js";
import { type Facts, factsOf } from "./facts.js";
import { type ComponentType, componentTypeOf } from "./kind.js";
import { licensesOf } from "./licenses.js";
import { modelCardOf } from "./model-card.js";
import { property } from "./property.js";

/** A file on its way into the bill. */
export interface Component {
  readonly ref: string;
  readonly file: FileReport;
  /** The last part of its path. */
  readonly name: string;
  /** The rest of its path. */
  readonly folder: string;
  readonly type: ComponentType;
}

const REF_HASH = 16;

/** `base` is the folder that all files lie in: refs are paths inside it, so that they are the same on every machine. */
export function componentOf(file: FileReport, base: string): Component {
  const uri = artifactUri(file.path.slice(base.length), base);
  const cut = Math.max(file.path.lastIndexOf("/"), file.path.lastIndexOf("\\")) + 1;
  return {
    ref: file.sha256 === undefined ? `file:${uri}` : `file:${uri}#${file.sha256.slice(0, REF_HASH)}`,
    file,
    name: file.path.slice(cut),
    folder: file.path.slice(0, cut),
    type: componentTypeOf(file),
  };
}

/** The component as CycloneDX writes it. `surroundings` is what the other files of its folder state. */
export function renderComponent({ ref, file, name, type }: Component, surroundings: Facts): object {
  const own = factsOf([file]);
  const facts = type === "machine-learning-model" ? own.fallBackTo(surroundings) : own;
  return {
    type,
    "bom-ref": ref,
    name: printable(name),
    ...(file.sha256 === undefined ? {} : { hashes: [{ alg: "SHA-256", content: file.sha256 }] }),
    ...licenseFields(facts.licenses),
    ...(type === "machine-learning-model" ? modelCardOf(facts) : {}),
    properties: propertiesOf(file),
  };
}

/** What a publisher declares is the licence; the text of one that lies beside it is evidence, and the licence where nothing is declared. */
export function licenseFields(licenses: Facts["licenses"]): object {
  const declared = licenses.filter(({ kind }) => kind === "declared");
  const observed = licenses.filter(({ kind }) => kind === "observed");
  return {
    ...licensesOf(declared.length > 0 ? declared : observed),
    ...(observed.length > 0 ? { evidence: licensesOf(observed) } : {}),
  };
}

function propertiesOf(file: FileReport): object[] {
  const { path, size, state, reason, formats, parts, duplicateOf, bytesExamined } = file;
  return [
    property("path", printable(path)),
    property("size", size),
    ...formats.map((format) => property("format", format)),
    property("state", state),
    ...(reason === undefined ? [] : [property("reason", printable(reason))]),
    property("bytes_examined", bytesExamined),
    property("risk_score", riskOf(file).toFixed(1)),
    ...(parts.length > 1 ? [property("members", parts.length - 1)] : []),
    ...(duplicateOf === undefined ? [] : [property("duplicate_of", printable(duplicateOf))]),
  ];
}

/** 0 to 10: the score of its worst finding that counts, as in every other report. */
function riskOf({ findings }: FileReport): number {
  const worstFound = worst(
    findings.flatMap(({ severity, suppressed }) => (suppressed === undefined ? [severity] : [])),
  );
  return worstFound === undefined ? 0 : SEVERITY_SCORES[worstFound];
}

/** A UUID (RFC 9562, version 8) out of the content: the same files and findings give the same one. */
export function uuidOf(parts: readonly string[]): string {
  const digest = createHash("sha256").update(parts.join("\u0000")).digest();
  const hex = digest.toString("hex");
  const variant = ((digest[8] ?? 0) & 0x3f) | 0x80;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant.toString(16)}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}
