import type { Policy } from "../config/policy.js";
import type { Json, Observation } from "../scanners/scanner.js";
import { sortFindings } from "./finding-order.js";
import { Findings } from "./findings.js";
import type { Node } from "./node.js";
import type { Check, FileReport, Finding, Part } from "./result.js";

/** Bounds of what one report lists; everything is scanned. */
const MAX_PARTS = 2000;
const MAX_CHECKS = 500;
const MAX_FACTS = 1000;

interface Subject {
  readonly path: string;
  readonly identity?: string;
}

/** What a job learns about one artifact, until it becomes the report. */
export class JobRecord {
  readonly scanners = new Set<string>();
  examined = 0;
  usedNeighbours = false;
  private readonly findings: Findings;
  private readonly checks: Check[] = [];
  private readonly facts = new Map<string, Json>();
  private readonly nodes: Node[] = [];

  constructor(
    private readonly artifact: Subject,
    policy: Policy,
    onFinding?: (finding: Finding) => void,
  ) {
    this.findings = new Findings(artifact, policy, onFinding);
  }

  enter(node: Node): void {
    if (this.nodes.length < MAX_PARTS) this.nodes.push(node);
  }

  observe(observation: Observation, node: Node, scanner: string): void {
    node.severities.add(this.findings.add(observation, node.member, scanner));
    node.observed++;
  }

  pass(node: Node, name: string, message: string): void {
    if (this.checks.length >= MAX_CHECKS) return;
    this.checks.push({ path: this.artifact.path, member: node.member, name, passed: true, message });
  }

  describe(node: Node, key: string, value: Json): void {
    if (this.facts.size < MAX_FACTS) this.facts.set([...node.member, key].join(":"), value);
  }

  /** `root` is the artifact itself. */
  report(root: Node, durationMs: number): FileReport {
    const parts: readonly Part[] = this.nodes.map((node) => node.part(this.artifact.path));
    return {
      path: this.artifact.path,
      size: root.size,
      state: root.state,
      ...(root.reason === undefined ? {} : { reason: root.reason }),
      bytesExamined: Math.min(this.examined, root.size),
      formats: root.formats,
      scanners: [...this.scanners],
      findings: sortFindings(this.findings.list()),
      checks: this.checks,
      metadata: Object.fromEntries(this.facts),
      parts,
      durationMs,
      ...(this.usedNeighbours ? { usedNeighbours: true } : {}),
    };
  }
}
