import type { Finding, ScanResult } from "../../engine/result.js";
import { summarize } from "../../engine/summary.js";
import { findRule } from "../../rules/index.js";
import { SEVERITY_SCORES, type Severity } from "../../rules/severity.js";
import { atlasName, cweName } from "../../rules/taxonomies.js";
import { printable, printableJson } from "../escape.js";
import type { ReportOptions } from "../reporter.js";
import { artifactUri } from "./uri.js";

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const HOME = "https://github.com/modelaudit/modelaudit";

/** GitHub's code scanning knows these three; the finer grade is in `security-severity`. */
const LEVELS: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
  info: "note",
  debug: "note",
};

/**
 * The report as SARIF 2.1.0 (OASIS, errata 01) for code scanning: one result per finding, rules with help, CWE and ATLAS as taxonomies,
 * byte regions, members as logical locations, and a notification for everything that could not be examined.
 */
export function renderSarif(result: ScanResult, options: ReportOptions): string {
  return `${printableJson(JSON.stringify(new Log(result, options).document(), null, 2))}\n`;
}

class Log {
  private readonly findings: readonly Finding[];
  private readonly ruleIds: readonly string[];
  private readonly weaknesses: readonly string[];
  private readonly techniques: readonly string[];

  constructor(
    private readonly result: ScanResult,
    private readonly options: ReportOptions,
  ) {
    const { findings, suppressed } = summarize(result);
    this.findings = [...findings, ...suppressed];
    this.ruleIds = sorted(this.findings.map(({ rule }) => rule));
    const rules = this.ruleIds.flatMap((id) => findRule(id) ?? []);
    this.weaknesses = sorted(rules.flatMap(({ cwe }) => cwe));
    this.techniques = sorted(rules.flatMap(({ atlas = [] }) => atlas));
  }

  document(): object {
    return { $schema: SCHEMA, version: "2.1.0", runs: [this.run()] };
  }

  private run(): object {
    return {
      tool: { driver: this.driver() },
      taxonomies: this.taxonomies(),
      invocations: [this.invocation()],
      artifacts: this.result.files.map(({ path, size, sha256 }) => ({
        location: this.artifact(path),
        length: size,
        ...(sha256 === undefined ? {} : { hashes: { "sha-256": sha256 } }),
      })),
      results: this.findings.map((finding) => this.resultOf(finding)),
      columnKind: "utf16CodeUnits",
      originalUriBaseIds: { ROOT: { description: { text: "The folder in which the scan was started." } } },
    };
  }

  private driver(): object {
    return {
      name: "modelaudit",
      version: this.options.version,
      semanticVersion: this.options.version,
      informationUri: HOME,
      rules: this.ruleIds.map((id) => this.rule(id)),
      supportedTaxonomies: this.taxonomies().map(({ name, guid }) => ({ name, guid })),
    };
  }

  private rule(id: string): object {
    const rule = findRule(id);
    if (rule === undefined) return { id };
    const { title, why, remediation, severity, cwe, atlas = [], references = [] } = rule;
    const links = references.length === 0 ? "" : `\n\nSee ${references.join(", ")}.`;
    return {
      id,
      name: pascalCase(id),
      shortDescription: { text: title },
      fullDescription: { text: why },
      help: { text: `${why}\n\n${remediation}${links}`, markdown: `${why}\n\n**What to do.** ${remediation}${links}` },
      helpUri: `${HOME}/blob/main/docs/rules.md#${id.replace("/", "")}`,
      defaultConfiguration: { level: LEVELS[severity] },
      properties: {
        "security-severity": SEVERITY_SCORES[severity].toFixed(1),
        precision: severity === "critical" || severity === "high" ? "high" : "medium",
        tags: ["security", ...cwe.map((weakness) => `external/cwe/${weakness.toLowerCase()}`), ...atlas],
      },
      relationships: [
        ...cwe.map((weakness) => ({ target: { id: weakness, toolComponent: { name: "CWE" } }, kinds: ["superset"] })),
        ...atlas.map((technique) => ({
          target: { id: technique, toolComponent: { name: "ATLAS" } },
          kinds: ["relevant"],
        })),
      ],
    };
  }

  private taxonomies() {
    const all = [
      {
        name: "CWE",
        guid: "f3a8a2c4-3b5e-4a66-9c1e-0d6a5a3f7b10",
        organization: "MITRE",
        informationUri: "https://cwe.mitre.org/",
        shortDescription: { text: "The MITRE Common Weakness Enumeration" },
        taxa: this.weaknesses.map((id) => ({ id, shortDescription: { text: cweName(id) } })),
      },
      {
        name: "ATLAS",
        guid: "5a0c0a0e-7c51-4f5c-8d38-6a2f1c9b4e21",
        organization: "MITRE",
        informationUri: "https://atlas.mitre.org/",
        shortDescription: { text: "The MITRE Adversarial Threat Landscape for AI Systems" },
        taxa: this.techniques.map((id) => ({ id, shortDescription: { text: atlasName(id) } })),
      },
    ];
    return all.filter(({ taxa }) => taxa.length > 0);
  }

  private invocation(): object {
    const { startedAt, durationMs, errors, interrupted, files } = this.result;
    const unread = files.filter(({ state }) => state === "failed" || state === "partial");
    return {
      executionSuccessful: errors.length === 0 && !interrupted && files.every(({ state }) => state !== "failed"),
      startTimeUtc: startedAt,
      endTimeUtc: new Date(Date.parse(startedAt) + durationMs).toISOString(),
      exitCode: summarize(this.result).exitCode,
      toolExecutionNotifications: [
        ...files
          .filter(({ state }) => state !== "scanned")
          .map(({ path, state, reason = "not examined" }) => ({
            level: state === "skipped" ? "note" : "warning",
            descriptor: { id: `coverage/${state}` },
            message: { text: `${state}: ${printable(reason)}` },
            locations: [{ physicalLocation: { artifactLocation: this.artifact(path) } }],
          })),
        ...errors.map(({ path, message }) => ({
          level: "error",
          descriptor: { id: "coverage/error" },
          message: { text: printable(`${path}: ${message}`) },
        })),
      ],
      properties: { filesNotFullyExamined: unread.length },
    };
  }

  private resultOf(finding: Finding): object {
    const { rule, severity, message, count, suppressed, fingerprint, evidence, safety } = finding;
    const times = count > 1 ? ` (${count} times)` : "";
    return {
      ruleId: rule,
      ruleIndex: this.ruleIds.indexOf(rule),
      level: LEVELS[severity],
      message: { text: `${printable(message)}${times}` },
      locations: [this.location(finding)],
      partialFingerprints: { "modelaudit/v1": fingerprint },
      taxa: (findRule(rule)?.cwe ?? []).map((id) => ({ id, toolComponent: { name: "CWE" } })),
      ...(suppressed === undefined ? {} : { suppressions: [{ kind: "external", justification: suppressed }] }),
      properties: { severity, safety, "security-severity": SEVERITY_SCORES[severity].toFixed(1), evidence },
    };
  }

  private location({ path, member, offset }: Finding): object {
    // The offset of a member counts inside the member; the file's own bytes are named only where it is the file that is meant.
    const region = offset !== undefined && member.length === 0 ? { region: { byteOffset: offset } } : {};
    const inside = member.map(printable).join("!/");
    return {
      physicalLocation: { artifactLocation: this.artifact(path), ...region },
      ...(member.length === 0
        ? {}
        : {
            logicalLocations: [
              {
                name: printable(member[member.length - 1] ?? ""),
                fullyQualifiedName: `${printable(path)}!/${inside}${offset === undefined ? "" : `@${offset}`}`,
                kind: "member",
              },
            ],
          }),
    };
  }

  private artifact(path: string): object {
    const uri = artifactUri(path, this.options.cwd);
    return /^[a-z][a-z0-9+.-]*:/i.test(uri) ? { uri } : { uri, uriBaseId: "ROOT" };
  }
}

function sorted(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

/** `pickle/unsafe-call` -> `PickleUnsafeCall`. */
function pascalCase(id: string): string {
  return id
    .split(/[/-]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}
