import type { Policy } from "../config/policy.js";
import { detect } from "../detect/detect.js";
import { FORMATS, type FormatId } from "../detect/format.js";
import type { Budget } from "../io/budget.js";
import { BufferSource, type ByteSource } from "../io/byte-source.js";
import { type Severity, worst } from "../rules/severity.js";
import { judgeName } from "../scanners/name-policy.js";
import { FALLBACK, LAYOUTS, SCANNERS, type ScannerDescriptor } from "../scanners/registry.js";
import type { Json, Member, MemberOutcome, Observation, ScanContext, Tree } from "../scanners/scanner.js";
import { judgeAmbiguity } from "./ambiguity.js";
import { judgeFailure } from "./failure.js";
import { Findings } from "./findings.js";
import type { Check, FileReport, Finding, Part, ScanState } from "./result.js";

/** One thing to scan: a file, and later what a URL points at. */
export interface Artifact {
  /** As it is reported: the path the user gave, or found below it. */
  readonly path: string;
  readonly name: string;
  /** Where it is inside what was asked for; fingerprints depend on it, so that they are the same on every machine. */
  readonly identity?: string;
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

/** Formats that are examined as far as there is anything to examine once they are recognised. */
const INERT: ReadonlySet<FormatId> = new Set(["data", "image", "media"]);

/** Thrown out of a job that ran in the main thread and met a scanner that must not. */
export class IsolationNeeded extends Error {
  override readonly name = "IsolationNeeded";
}

/** Formats that end where nobody looks: a pickle may stand in front of their content or behind it. */
const MAY_HIDE: ReadonlySet<FormatId> = new Set(["text", "image", "media", "pdf", "data"]);

/** Bounds of what one report lists; everything is scanned. */
const MAX_PARTS = 2000;
const MAX_CHECKS = 500;
const MAX_FACTS = 1000;
/** Characters of a reason, which grows with every container around it. */
const MAX_REASON = 300;

/** One artifact in, one report out; depends on its arguments alone. */
export async function scanArtifact(artifact: Artifact, options: JobOptions): Promise<FileReport> {
  const job = new Job(artifact, options);
  const started = performance.now();
  options.budget.measureAgainst(artifact.source.size);
  await job.scan(
    { path: [artifact.name], depth: 0, formats: [], tree: artifact.tree, headOnly: false },
    artifact.source,
  );
  return job.finish(performance.now() - started);
}

/** Applies the layouts to a folder on disk: what its files mean together. Members of its findings are paths inside the folder. */
export async function inspectFolder(
  artifact: Omit<Artifact, "source">,
  tree: Tree,
  options: JobOptions,
): Promise<FileReport> {
  const source = new BufferSource(new Uint8Array());
  const job = new Job({ ...artifact, source }, options);
  const started = performance.now();
  await job.inspect({ path: [artifact.name], depth: 0, formats: [], tree: async () => tree, headOnly: false }, tree);
  return job.finish(performance.now() - started);
}

interface Node {
  /** The artifact's name and its members' names down to this one. */
  readonly path: readonly string[];
  readonly depth: number;
  /** What its container says it is. */
  readonly formats: readonly FormatId[];
  readonly tree: (() => Promise<Tree | undefined>) | undefined;
  /** Raw numbers by its container's account. */
  readonly headOnly: boolean;
}

interface Reading {
  readonly format: FormatId;
  readonly source: ByteSource;
}

/** What is known of a node so far. */
interface NodeState {
  state: ScanState;
  reason: string | undefined;
  readonly severities: Severity[];
  readonly scanners: Set<string>;
  /** Scanners that found nothing of theirs, and why. */
  readonly declined: Map<string, string>;
  formats: readonly FormatId[];
  size: number;
}

class Job {
  private readonly findings: Findings;
  private readonly checks: Check[] = [];
  private readonly parts: Part[] = [];
  private readonly facts = new Map<string, Json>();
  private readonly used = new Set<string>();
  private examined = 0;
  private usedNeighbours = false;
  private root: NodeState | undefined;

  constructor(
    private readonly artifact: Artifact,
    private readonly options: JobOptions,
  ) {
    this.findings = new Findings(artifact, options.policy, options.onFinding);
  }

  async scan(node: Node, from: Member["source"]): Promise<NodeState> {
    const own = this.enter();
    const part = this.parts.length;
    this.parts.push(partOf(this.artifact.path, node, own));
    try {
      const source = typeof from === "function" ? await from() : from;
      own.size = source.size;
      try {
        if (source.size > 0) await this.scanContent(source, node, own);
        else this.pass(node, "empty", "the file is empty, there is nothing to load");
      } finally {
        if (source !== from) source.close?.();
      }
    } catch (error) {
      this.settle(error, node, own, "detect");
    }
    if (part < MAX_PARTS) this.parts[part] = partOf(this.artifact.path, node, own);
    else this.parts.length = MAX_PARTS;
    return own;
  }

  /** The same for a folder, which has no bytes of its own. */
  async inspect(node: Node, tree: Tree): Promise<void> {
    await this.inspectTree(tree, node, this.enter());
  }

  private enter(): NodeState {
    const own: NodeState = {
      state: "scanned",
      reason: undefined,
      severities: [],
      scanners: new Set(),
      declined: new Map(),
      formats: [],
      size: 0,
    };
    this.root ??= own;
    return own;
  }

  private async scanContent(source: ByteSource, node: Node, own: NodeState): Promise<void> {
    const name = lastOf(node.path);
    const detection = await detect(source, name, node.headOnly);
    const formats = new Set([...node.formats, ...detection.formats]);
    if (formats.size === 0) for (const format of detection.hinted) formats.add(format);
    own.formats = [...formats];
    for (const seen of judgeAmbiguity(detection, name, node.depth)) this.observe(seen, node, own, "detect");
    const forbidden = judgeName(this.options.policy, "file name", name);
    if (forbidden) this.observe(forbidden, node, own, "name-policy");
    await this.scanAs(source, node, own);
  }

  /** As everything the bytes could be; where nothing takes them, they are searched for what hides in them. */
  private async scanAs(source: ByteSource, node: Node, own: NodeState): Promise<void> {
    let taken = false;
    for (const format of own.formats) {
      for (const descriptor of SCANNERS) {
        if (!descriptor.formats.includes(format)) continue;
        if (await this.runScanner(descriptor, { format, source }, node, own)) taken = true;
      }
    }
    if (node.headOnly || (taken && !own.formats.every((format) => MAY_HIDE.has(format)))) return;
    if ((await this.runScanner(FALLBACK, { format: "data", source }, node, own)) || taken) return;
    this.skipUnknown(node, own);
  }

  /** Content that no scanner took. Inside a container the parts tell it: a finding per tensor file would bury the others. */
  private skipUnknown(node: Node, own: NodeState): void {
    const known = own.formats.map((format) => FORMATS[format]).join(", ");
    if (known !== "" && own.formats.every((format) => INERT.has(format))) {
      this.pass(node, "inert", `${known}: no loader runs anything in it`);
    } else {
      const declined = [...own.declined].find(([scanner]) => scanner !== FALLBACK.id)?.[1];
    skip(own, declined ?? (known === "" ? "unknown format" : `${known}: no scanner reads it`));
      if (node.depth === 0 && known === "")
        this.observe(
          { rule: "analysis/unknown-format", message: "no scanner knows this content" },
          node,
          own,
          "detect",
        );
    }
  }

  /** False when the scanner found that the content is none of its business. */
  private async runScanner(descriptor: ScannerDescriptor, as: Reading, node: Node, own: NodeState): Promise<boolean> {
    const { id, isolated, load } = descriptor;
    if (isolated && this.options.isolated === false) throw new IsolationNeeded(id);
    own.scanners.add(id);
    this.used.add(id);
    const before = own.severities.length;
    try {
      const ScannerOf = await load();
      await new ScannerOf().scan(as.source, this.contextOf(node, own, as.format, id));
      if (own.severities.length === before && own.state === "scanned" && !own.declined.has(id))
        this.pass(node, id, `examined as ${as.format}, nothing found`);
    } catch (error) {
      this.settle(error, node, own, id);
    }
    return !own.declined.has(id);
  }

  private needIsolation(scanner: string): void {
    if (this.options.isolated === false) throw new IsolationNeeded(scanner);
  }

  private settle(error: unknown, node: Node, own: NodeState, scanner: string): void {
    if (error instanceof IsolationNeeded) throw error;
    const { state, reason, observation } = judgeFailure(error, scanner);
    worsen(own, state, reason);
    if (observation) this.observe(observation, node, own, scanner);
  }

  private observe(observation: Observation, node: Node, own: NodeState, scanner: string): void {
    own.severities.push(this.findings.add(observation, node.path.slice(1), scanner));
  }

  private pass(node: Node, name: string, message: string): void {
    if (this.checks.length >= MAX_CHECKS) return;
    this.checks.push({ path: this.artifact.path, member: node.path.slice(1), name, passed: true, message });
  }

  private contextOf(node: Node, own: NodeState, format: FormatId, scanner: string): ScanContext {
    const { policy, budget } = this.options;
    return {
      name: lastOf(node.path),
      path: node.path,
      depth: node.depth,
      format,
      policy,
      budget,
      tree: async () => {
        if (node.depth === 0) this.usedNeighbours = true;
        return node.tree?.();
      },
      report: (observation) => this.observe(observation, node, own, scanner),
      passed: (name, message) => this.pass(node, name, message),
      describe: (key, value) => {
        if (this.facts.size < MAX_FACTS) this.facts.set([...node.path.slice(1), key].join(":"), value);
      },
      examined: (bytes) => {
        this.examined += bytes;
      },
      isolate: () => this.needIsolation(scanner),
      skip: (reason) => {
        own.declined.set(scanner, reason);
      },
      incomplete: (reason) => worsen(own, "partial", reason),
      descend: (child) => this.descend(child, node, own),
      inspectTree: (tree) => this.inspectTree(tree, node, own),
    };
  }

  private async descend(child: Member, node: Node, own: NodeState): Promise<MemberOutcome> {
    this.options.budget.checkDepth(node.depth + 1);
    this.options.budget.spendMember();
    const { name, tree, source, headOnly = false } = child;
    const path = [...node.path, name];
    const around = tree === undefined ? undefined : async () => tree;
    const result = await this.scan(
      { path, depth: node.depth + 1, formats: child.formats ?? [], tree: around, headOnly },
      source,
    );
    const { state, reason, formats, severities } = result;
    if (state === "partial" || state === "failed")
      worsen(own, "partial", `${name}: ${reason ?? state}`.slice(0, MAX_REASON));
    own.severities.push(...new Set(severities));
    return { formats, worst: worst(severities), complete: state === "scanned" };
  }

  private async inspectTree(tree: Tree, node: Node, own: NodeState): Promise<void> {
    for (const { id, roots, load } of LAYOUTS) {
      try {
        for (const root of roots(tree)) {
          this.used.add(id);
          const LayoutOf = await load();
          await new LayoutOf().inspect(tree, root, this.contextOf(node, own, own.formats[0] ?? "text", id));
        }
      } catch (error) {
        this.settle(error, node, own, id);
      }
    }
  }

  finish(durationMs: number): FileReport {
    const { path, source } = this.artifact;
    const own = this.root ?? this.enter();
    return {
      path,
      size: source.size,
      state: own.state,
      ...(own.reason === undefined ? {} : { reason: own.reason }),
      bytesExamined: Math.min(this.examined, source.size),
      formats: own.formats,
      scanners: [...this.used],
      findings: this.findings.list(),
      checks: this.checks,
      metadata: Object.fromEntries(this.facts),
      parts: this.parts,
      durationMs,
      ...(this.usedNeighbours ? { usedNeighbours: true } : {}),
    };
  }
}

function skip(own: NodeState, reason: string): void {
  if (own.state !== "scanned") return;
  own.state = "skipped";
  own.reason = reason;
}

/** States only get worse, and the first reason stays. */
function worsen(own: NodeState, state: "partial" | "failed", reason: string): void {
  if (own.state === "failed" || own.state === state) return;
  own.reason = reason;
  own.state = state;
}

function partOf(path: string, node: Node, own: NodeState): Part {
  return {
    path,
    member: node.path.slice(1),
    formats: own.formats,
    scanners: [...own.scanners],
    size: own.size,
    state: own.state,
    ...(own.reason === undefined ? {} : { reason: own.reason }),
  };
}

function lastOf(path: readonly string[]): string {
  return path[path.length - 1] ?? "";
}
