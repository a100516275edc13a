// CycloneDX 1.6 (ECMA-424, https://cyclonedx.org/docs/1.6/json/): a bill of the files, what they state of themselves, and what was found.

import type { FileReport, ScanResult } from "../../engine/result.js";
import { type Summary, summarize } from "../../engine/summary.js";
import { printable, printableJson } from "../escape.js";
import type { ReportOptions } from "../reporter.js";
import { type Component, componentOf, licenseFields, renderComponent, uuidOf } from "./component.js";
import { dependenciesOf } from "./dependencies.js";
import { Facts, factsOf } from "./facts.js";
import { modelCardOf } from "./model-card.js";
import { type Outside, outsideOf } from "./outside.js";
import { property } from "./property.js";
import { vulnerabilityOf } from "./vulnerabilities.js";

const ROOT = "scan";

/** The bill of materials as CycloneDX JSON. Everything but the time follows from the files. */
export function renderSbom(result: ScanResult, options: ReportOptions): string {
  return `${printableJson(JSON.stringify(new Bill(result, options).document(), null, 2))}\n`;
}

class Bill {
  private readonly summary: Summary;
  /** The folder that all files lie in. */
  private readonly base: string;
  private readonly components: readonly Component[];
  private readonly facts = new Map<string, Facts>();
  private readonly outside: Outside;

  constructor(
    private readonly result: ScanResult,
    private readonly options: ReportOptions,
  ) {
    this.summary = summarize(result);
    const base = commonFolder(result.files.map(({ path }) => path));
    this.base = base;
    this.components = result.files.map((file) => componentOf(file, base));
    for (const [folder, files] of groupByFolder(this.components)) this.facts.set(folder, factsOf(files));
    this.outside = outsideOf(this.components, (folder) => this.factsOf(folder));
  }

  document(): object {
    const vulnerabilities = this.vulnerabilities();
    const refs = this.components.map(({ ref }) => ref);
    const found = [...this.summary.findings, ...this.summary.suppressed].map(({ fingerprint }) => fingerprint);
    return {
      $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      serialNumber: `urn:uuid:${uuidOf([this.options.version, ...refs, "", ...found.sort()])}`,
      version: 1,
      metadata: this.metadata(),
      components: [
        ...this.components.map((component) => renderComponent(component, this.factsOf(component.folder))),
        ...this.outside.components,
      ],
      dependencies: dependenciesOf({ root: ROOT, components: this.components, outside: this.outside.needs }),
      ...this.compositions(),
      vulnerabilities,
    };
  }

  private factsOf(folder: string): Facts {
    return this.facts.get(folder) ?? new Facts();
  }

  private metadata(): object {
    const { version } = this.options;
    return {
      timestamp: this.result.startedAt,
      tools: { components: [{ type: "application", name: "modelaudit", version }] },
      component: this.subject(),
      properties: [
        property("verdict", this.summary.verdict),
        property("risk_score", this.summary.riskScore.toFixed(1)),
        property("files", this.result.files.length),
        property("bytes", this.summary.bytes),
        property("bytes_examined", this.summary.bytesExamined),
        ...this.result.errors.map(({ path, message }) => property("error", printable(`${path}: ${message}`))),
      ],
    };
  }

  /** What the bill is of: the file or folder that was asked for, with what its card states. */
  private subject(): object {
    const models = this.components.filter(({ type }) => type === "machine-learning-model");
    const facts = this.factsOf(this.base);
    const [only] = this.components;
    const name = this.components.length === 1 && only ? only.name : (lastPart(this.base) ?? "scan");
    const bases = [...new Set(facts.all("base_model"))];
    return {
      type: models.length > 0 ? "machine-learning-model" : "file",
      "bom-ref": ROOT,
      name: printable(name),
      ...licenseFields(facts.licenses),
      ...(bases.length === 0
        ? {}
        : { pedigree: { ancestors: bases.map((base) => ({ type: "machine-learning-model", name: base })) } }),
      ...(models.length > 0 ? modelCardOf(facts) : {}),
    };
  }

  /** What was not read to its end may hold more than the bill says. */
  private compositions(): object {
    const isWhole = ({ file }: Component) => file.state === "scanned";
    const refsOf = (components: readonly Component[]) => components.map(({ ref }) => ref);
    const unread = this.components.filter((component) => !isWhole(component));
    const read = this.components.filter(isWhole);
    const compositions = [
      ...(read.length > 0 ? [{ aggregate: "complete", assemblies: refsOf(read) }] : []),
      ...(unread.length > 0 ? [{ aggregate: "incomplete", assemblies: refsOf(unread) }] : []),
    ];
    return compositions.length === 0 ? {} : { compositions };
  }

  private vulnerabilities(): object[] {
    const { findings, suppressed } = this.summary;
    const refs = new Map(this.components.map(({ file, ref }) => [file.path, ref]));
    const used = new Map<string, number>();
    return [...findings, ...suppressed].map((finding) => {
      const times = used.get(finding.fingerprint) ?? 0;
      used.set(finding.fingerprint, times + 1);
      const ref = `finding:${finding.fingerprint}${times === 0 ? "" : `-${times}`}`;
      return vulnerabilityOf(finding, { ref, affects: refs.get(finding.path) ?? ROOT });
    });
  }
}

/** The files of each folder that say something of the others. */
function groupByFolder(components: readonly Component[]): Map<string, FileReport[]> {
  const folders = new Map<string, FileReport[]>();
  for (const { folder, file, type } of components) {
    const files = folders.get(folder) ?? [];
    folders.set(folder, files);
    // Cards, licences and configurations speak for their folder; one model does not speak for another.
    if (type !== "machine-learning-model") files.push(file);
  }
  return folders;
}

/** The longest folder, "" or ending in a separator, that all paths begin with. */
function commonFolder(paths: readonly string[]): string {
  const [first = "", ...others] = paths.map((path) => path.slice(0, endOfFolder(path)));
  let common = first;
  for (const folder of others) {
    while (!folder.startsWith(common)) common = common.slice(0, endOfFolder(common.slice(0, -1)));
  }
  return common;
}

function endOfFolder(path: string): number {
  return Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1;
}

function lastPart(folder: string): string | undefined {
  return folder
    .split(/[/\\]/)
    .filter((part) => part !== "" && part !== ".")
    .at(-1);
}
