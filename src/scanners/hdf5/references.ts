import type { ExternalSegment } from "../../formats/hdf5/dataset.js";
import { FIRST_PLUGIN_FILTER, type Filter } from "../../formats/hdf5/filters.js";
import type { Link } from "../../formats/hdf5/links.js";
import type { VirtualSource } from "../../formats/hdf5/virtual.js";
import type { Severity } from "../../rules/severity.js";
import { describeReach, reachOf } from "../file-reference.js";
import type { Observation, Tree } from "../scanner.js";
import { KNOWN_FILTERS } from "./known-filters.js";

/** What a link is worth; nothing for a hard link, which is how every object is reached. */
export function judgeLink(path: string, link: Link, tree: Tree | undefined): Observation | undefined {
  switch (link.kind) {
    case "external":
      return judgeExternalLink(path, link, tree);
    case "soft":
      return { rule: "hdf5/soft-link", message: `${path} is a soft link to ${link.target}`, subject: "soft links" };
    case "user":
      return {
        rule: "hdf5/user-link",
        message: `${path} is a link of the user-defined class ${link.type}`,
        subject: path,
        evidence: { class: link.type },
      };
    default:
      return undefined;
  }
}

function judgeExternalLink(
  path: string,
  { file, target }: Extract<Link, { kind: "external" }>,
  tree: Tree | undefined,
): Observation {
  return {
    rule: "hdf5/external-link",
    severity: severityOfReference(file, tree, "low"),
    message: `${path} is a link to ${target} in ${file}, ${whereIs(file, tree)}`,
    subject: file,
    evidence: { link: path, file, target },
  };
}

export function judgeExternalFile(
  path: string,
  { file, offset }: ExternalSegment,
  tree: Tree | undefined,
): Observation {
  return {
    rule: "hdf5/external-storage",
    severity: severityOfReference(file, tree, "medium"),
    message: `dataset ${path} takes its bytes out of ${file} (from ${offset} on), ${whereIs(file, tree)}`,
    subject: file,
    evidence: { dataset: path, file, offset },
  };
}

/** A source named "." is the file itself. */
export function judgeVirtualSource(
  path: string,
  source: VirtualSource,
  tree: Tree | undefined,
): Observation | undefined {
  const { file, dataset } = source;
  if (file === ".") return undefined;
  return {
    rule: "hdf5/virtual-source",
    severity: severityOfReference(file, tree, "low"),
    message: `virtual dataset ${path} reads ${dataset} out of ${file}, ${whereIs(file, tree)}`,
    subject: file,
    evidence: { dataset: path, file, source: dataset },
  };
}

/** A plain name is how scientists split their data: it is worth what the missing file could be, and little when it is there. */
function severityOfReference(file: string, tree: Tree | undefined, missing: Severity): Severity {
  if (reachOf(file) !== "relative") return "high";
  return isBeside(file, tree) ? "low" : missing;
}

function whereIs(file: string, tree: Tree | undefined): string {
  const reach = reachOf(file);
  if (reach !== "relative") return describeReach(reach);
  return isBeside(file, tree) ? "a file beside it" : "a file that is not beside it";
}

/** Members of an archive lie beside each other in the archive alone: a loader looks in the folder it works in. */
function isBeside(file: string, tree: Tree | undefined): boolean {
  if (tree?.kind !== "directory") return false;
  const name = file.replace(/^(?:\.\/){1,8}/, "");
  return tree.find(name)?.kind === "file";
}

export function judgeFilter(path: string, { id, name }: Filter): Observation | undefined {
  if (id < FIRST_PLUGIN_FILTER) return undefined;
  const known = KNOWN_FILTERS.get(id);
  return {
    rule: "hdf5/plugin-filter",
    severity: known === undefined ? "medium" : "info",
    message:
      known === undefined
        ? `dataset ${path} needs the unregistered filter ${id}${name === "" ? "" : ` (${name})`}`
        : `dataset ${path} needs the filter ${id} (${known})`,
    subject: String(id),
    evidence: { dataset: path, filter: id, name },
  };
}
