import type { Policy } from "../config/policy.js";
import { detect } from "../detect/detect.js";
import type { FormatId } from "../detect/format.js";
import { EncryptedError, LimitError, ParseError } from "../errors.js";
import type { Budget } from "../io/budget.js";
import type { ByteSource } from "../io/byte-source.js";
import { type Severity, worst } from "../rules/severity.js";
import { LAYOUTS, SCANNERS, type ScannerDescriptor } from "../scanners/registry.js";
import type { Json, Member, MemberOutcome, Observation, ScanContext, Tree } from "../scanners/scanner.js";
import { judgeAmbiguity } from "./ambiguity.js";
import { Findings } from "./findings.js";
import type { Check, FileReport, Finding, Part, ScanState } from "./result.js";

/** One thing to scan: a file, and later what a URL points at. */
export interface Artifact {
  /** As it is reported: the path the user gave, or found below it. */
  readonly path: string;
  readonly name: string;
  readonly source: ByteSource;
  /** Its folder, for formats that refer to their neighbours. */
  readonly tree?: () => Promise<Tree | undefined>;
}

export interface JobOptions {
  readonly policy: Policy;
  readonly budget: Budget;
  /** Called with every finding as it is made, so that a job that is killed loses nothing. */
  readonly onFinding?: (finding: Finding) => void;
  /** False in a thread that nobody can kill: a scanner that needs one then throws IsolationNeeded. */
  readonly isolated?: boolean;
}

/** Thrown out of a job that ran in the main thread and met a scanner that must not. */
export class IsolationNeeded extends Error {
  override readonly name = "IsolationNeeded";
}

/** Members listed in a report; all are scanned. */
const MAX_PARTS = 2000;
const MAX_CHECKS = 500;

/** One artifact in, one report out; depends on its arguments alone. */
export async function scanArtifact(artifact: Artifact, options: JobOptions): Promise<FileReport> {
  const job = new Job(artifact, options);
  const started = performance.now();
  await job.scan({ path: [artifact.name], source: artifact.source, depth: 0, formats: [], tree: artifact.tree });
  return job.finish(performance.now() - started);
}

interface Node {
  /** The artifact's name and its members' names down to this one. */
  readonly path: readonly string[];
  readonly source: ByteSource;
  readonly depth: number;
  readonly formats: readonly FormatId[];
  readonly tree?: (() => Promise<Tree | undefined>) | undefined;
}

interface NodeState {
  state: ScanState;
  reason: string | undefined;
  severities: Severity[];
  scanners: string[];
  formats: readonly FormatId[];
}

class Job {
  readonly findings: Findings;
  private readonly checks: Check[] = [];
  private readonly parts: Part[] = [];
  private readonly metadata = new Map<string, Json>();
  private examined = 0;
  private root: NodeState | undefined;

  constructor(
    private readonly artifact: Artifact,
    private readonly options: JobOptions,
  ) {
    this.findings = new Findings(artifact.path, options.policy, options.onFinding);
  }

  async scan(node: Node): Promise<NodeState> {
    const own: NodeState = { state: "scanned", reason: undefined, severities: [], scanners: [], formats: [] };
    this.root ??= own;
    const part = this.parts.length;
    if (part < MAX_PARTS) this.parts.push(this.partOf(node, own));
    try {
      const detection = await detect(node.source, lastOf(node.path));
      const formats = new Set([...node.formats, ...detection.formats]);
      if (formats.size === 0) for (const format of detection.hinted) formats.add(format);
      own.formats = [...formats];
      for (const observation of judgeAmbiguity(detection, lastOf(node.path), node.depth)) {
        this.observe(observation, node, own, "detect");
      }
      await this.scanAs(node, own);
    } catch (error) {
      this.settle(error, node, own, "detect");
    }
    if (part < MAX_PARTS) this.parts[part] = this.partOf(node, own);
    return own;
  }

  private async scanAs(node: Node, own: NodeState): Promise<void> {
    let known = false;
    for (const format of own.formats) {
      for (const descriptor of SCANNERS.filter(({ formats }) => formats.includes(format))) {
        known = true;
        await this.runScanner(descriptor, format, node, own);
      }
    }
    if (!known && node.source.size > 0) {
      own.state = "skipped";
      own.reason = "unknown format";
      this.observe({ rule: "analysis/unknown-format", message: "no scanner knows this content" }, node, own, "detect");
    }
  }

  private async runScanner(descriptor: ScannerDescriptor, format: FormatId, node: Node, own: NodeState): Promise<void> {
    if (descriptor.isolated && this.options.isolated === false) throw new IsolationNeeded(descriptor.id);
    own.scanners.push(descriptor.id);
    try {
      const ScannerOf = await descriptor.load();
      await new ScannerOf().scan(node.source, this.contextOf(node, own, format, descriptor.id));
    } catch (error) {
      this.settle(error, node, own, descriptor.id);
    }
  }

  /** The one place where a failure of reading becomes a finding. */
  private settle(error: unknown, node: Node, own: NodeState, scanner: string): void {
    if (error instanceof IsolationNeeded) throw error;
    if (error instanceof LimitError) {
      this.becomePartial(own, error.message);
      this.observe(
        {
          rule: "analysis/limit-exceeded",
          message: error.message,
          subject: error.limit,
          ...offsetOf(error),
          evidence: { limit: error.limit },
        },
        node,
        own,
        scanner,
      );
    } else if (error instanceof EncryptedError) {
      this.becomePartial(own, error.message);
      this.observe({ rule: "analysis/encrypted", message: error.message, ...offsetOf(error) }, node, own, scanner);
    } else if (error instanceof ParseError) {
      this.becomePartial(own, error.message);
      this.observe(
        { rule: "analysis/malformed", message: error.message, subject: scanner, ...offsetOf(error) },
        node,
        own,
        scanner,
      );
    } else {
      own.state = "failed";
      own.reason = `scanner ${scanner}: ${error instanceof Error ? error.message : String(error)}`;
      const stack = error instanceof Error && error.stack ? { stack: error.stack } : {};
      this.observe(
        { rule: "analysis/scanner-failed", message: own.reason, subject: scanner, evidence: stack },
        node,
        own,
        scanner,
      );
    }
  }

  private becomePartial(own: NodeState, reason: string): void {
    if (own.state === "failed") return;
    own.state = "partial";
    own.reason ??= reason;
  }

  private observe(observation: Observation, node: Node, own: NodeState, scanner: string): void {
    own.severities.push(this.findings.add(observation, node.path.slice(1), scanner));
  }

  private contextOf(node: Node, own: NodeState, format: FormatId, scanner: string): ScanContext {
    const { policy, budget } = this.options;
    const member = node.path.slice(1);
    return {
      name: lastOf(node.path),
      path: node.path,
      depth: node.depth,
      format,
      policy,
      budget,
      tree: async () => node.tree?.(),
      report: (observation) => this.observe(observation, node, own, scanner),
      passed: (name, message) => {
        if (this.checks.length < MAX_CHECKS)
          this.checks.push({ path: this.artifact.path, member, name, passed: true, message });
      },
      describe: (key, value) => {
        const at = [...member, key].join(":");
        this.metadata.set(at, value);
      },
      examined: (bytes) => {
        this.examined += bytes;
      },
      incomplete: (reason) => this.becomePartial(own, reason),
      descend: (child) => this.descend(child, node, own),
      inspectTree: (tree) => this.inspectTree(tree, node, own),
    };
  }

  private async descend(child: Member, node: Node, own: NodeState): Promise<MemberOutcome> {
    this.options.budget.checkDepth(node.depth + 1);
    this.options.budget.spendMember();
    const tree = child.tree;
    const result = await this.scan({
      path: [...node.path, child.name],
      source: child.source,
      depth: node.depth + 1,
      formats: child.formats ?? [],
      tree: tree === undefined ? undefined : async () => tree,
    });
    const complete = result.state === "scanned";
    if (result.state === "partial" || result.state === "failed")
      this.becomePartial(own, `${child.name}: ${result.reason ?? result.state}`);
    own.severities.push(...result.severities);
    return { formats: result.formats, worst: worst(result.severities), complete };
  }

  private async inspectTree(tree: Tree, node: Node, own: NodeState): Promise<void> {
    for (const { id, roots, load } of LAYOUTS) {
      for (const root of roots(tree)) {
        own.scanners.push(id);
        try {
          const LayoutOf = await load();
          await new LayoutOf().inspect(tree, root, this.contextOf(node, own, own.formats[0] ?? "text", id));
        } catch (error) {
          this.settle(error, node, own, id);
        }
      }
    }
  }

  private partOf(node: Node, own: NodeState): Part {
    return {
      path: this.artifact.path,
      member: node.path.slice(1),
      formats: own.formats,
      scanners: own.scanners,
      size: node.source.size,
      state: own.state,
      ...(own.reason === undefined ? {} : { reason: own.reason }),
    };
  }

  finish(durationMs: number): FileReport {
    const { state, reason, formats } = this.root ?? {
      state: "failed" as const,
      reason: "nothing was scanned",
      formats: [],
    };
    return {
      path: this.artifact.path,
      size: this.artifact.source.size,
      state,
      ...(reason === undefined ? {} : { reason }),
      bytesExamined: Math.min(this.examined, this.artifact.source.size),
      formats,
      scanners: [...new Set(this.parts.flatMap(({ scanners }) => scanners))],
      findings: this.findings.finish(),
      checks: this.checks,
      metadata: Object.fromEntries(this.metadata),
      parts: this.parts,
      durationMs,
    };
  }
}

function lastOf(path: readonly string[]): string {
  return path[path.length - 1] ?? "";
}

function offsetOf(error: ParseError): { offset: number } | Record<string, never> {
  return error.offset === undefined ? {} : { offset: error.offset };
}
