import type { Policy } from "../config/policy.js";
import { detect } from "../detect/detect.js";
import { FORMATS, type FormatId } from "../detect/format.js";
import type { Budget } from "../io/budget.js";
import type { ByteSource } from "../io/byte-source.js";
import { loadOnce } from "../io/load-once.js";
import { worst } from "../rules/severity.js";
import { judgeName } from "../scanners/name-policy.js";
import { PLUGIN_HEAD_BYTES, type PluginDescriptor, pluginScanners } from "../scanners/plugin-registry.js";
import { FALLBACK, LAYOUTS, type ScannerDescriptor, scannersFor } from "../scanners/registry.js";
import type { Member, MemberOutcome, ScanContext, Tree } from "../scanners/scanner.js";
import { judgeAmbiguity, mayBeExplained } from "./ambiguity.js";
import { judgeFailure } from "./failure.js";
import { JobRecord } from "./job-record.js";
import { Node, type NodePlace } from "./node.js";
import type { FileReport, Finding } from "./result.js";

/** A folder on disk. */
export interface Folder {
  /** As it is reported: the path the user gave, or found below it. */
  readonly path: string;
  readonly name: string;
  /** Where it is inside what was asked for; fingerprints depend on it, so that they are the same on every machine. */
  readonly identity?: string;
}

/** One thing to scan: a file, and later what a URL points at. */
export interface Artifact extends Folder {
  readonly source: ByteSource;
  /** Its folder, for formats that refer to their neighbours. */
  readonly tree?: () => Promise<Tree | undefined>;
}

export interface JobOptions {
  readonly policy: Policy;
  readonly budget: Budget;
  /** Called with every finding as it is made, so that a job that is killed loses nothing. */
  readonly onFinding?: (finding: Finding) => void;
  /** Called with the names from the artifact down to each member that is begun. */
  readonly onMember?: (path: readonly string[]) => void;
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
const MAY_HIDE: ReadonlySet<FormatId> = new Set(["text", "image", "media", "pdf", "data", "arrow"]);

/** One artifact in, one report out; depends on its arguments alone. */
export async function scanArtifact(artifact: Artifact, options: JobOptions): Promise<FileReport> {
  const started = performance.now();
  const job = new Job(artifact, options);
  options.budget.measureAgainst(artifact.source.size);
  const root = await job.scan(rootOf(artifact.name, artifact.tree), artifact.source);
  return job.record.report(root, performance.now() - started);
}

/** Applies the layouts to a folder on disk: what its files mean together. Members of its findings are paths inside the folder. */
export async function inspectFolder(folder: Folder, tree: Tree, options: JobOptions): Promise<FileReport> {
  const started = performance.now();
  const job = new Job(folder, options);
  const root = new Node(rootOf(folder.name, async () => tree));
  await job.inspectTree(tree, root);
  return job.record.report(root, performance.now() - started);
}

function rootOf(name: string, tree: NodePlace["tree"]): NodePlace {
  return { path: [name], depth: 0, declared: [], tree, headOnly: false };
}

interface Reading {
  readonly format: FormatId;
  readonly source: ByteSource;
}

class Job {
  readonly record: JobRecord;

  constructor(
    artifact: Folder,
    private readonly options: JobOptions,
  ) {
    this.record = new JobRecord(artifact, options.policy, options.onFinding);
  }

  /** Scans the artifact or a member of it, and everything below. */
  async scan(place: NodePlace, from: Member["source"]): Promise<Node> {
    const node = new Node(place);
    this.record.enter(node);
    this.options.onMember?.(node.path);
    try {
      const source = typeof from === "function" ? await from() : from;
      node.size = source.size;
      try {
        if (source.size > 0) await this.scanContent(source, node);
        else this.record.pass(node, "empty", "the file is empty, there is nothing to load");
      } finally {
        if (source !== from) source.close?.();
      }
    } catch (error) {
      this.settle(error, node, "detect");
    }
    return node;
  }

  private async scanContent(source: ByteSource, node: Node): Promise<void> {
    // What a container says of its member goes before what the member's name promises.
    const name = node.declared.length > 0 ? "" : node.name;
    const detection = await detect(source, name, node.headOnly);
    const formats = new Set([...node.declared, ...detection.formats]);
    if (formats.size === 0) for (const format of detection.hinted) formats.add(format);
    node.formats = [...formats];
    node.promised = detection.hinted;
    const isExplicable = mayBeExplained(detection.formats);
    if (!isExplicable) this.tellAmbiguity(detection.formats, node);
    const forbidden = judgeName(this.options.policy, "file name", node.name);
    if (forbidden) this.record.observe(forbidden, node, "name-policy");
    await this.scanAs(source, node);
    if (!isExplicable) return;
    node.formats = node.formats.filter((format) => !node.explained.has(format));
    this.tellAmbiguity(
      detection.formats.filter((format) => !node.explained.has(format)),
      node,
    );
  }

  private tellAmbiguity(formats: readonly FormatId[], node: Node): void {
    for (const seen of judgeAmbiguity(formats, node.name)) this.record.observe(seen, node, "detect");
  }

  /** As everything the bytes could be; where nothing takes them, they are searched for what hides in them. */
  private async scanAs(source: ByteSource, node: Node): Promise<void> {
    let taken = await this.runPlugins(source, node);
    for (const format of node.formats) {
      if (node.explained.has(format)) continue;
      for (const descriptor of scannersFor(format)) {
        if (this.isOff(descriptor.id, node)) continue;
        if (await this.runScanner(descriptor, { format, source }, node)) taken = true;
      }
    }
    if (node.headOnly || (taken && !node.formats.every((format) => MAY_HIDE.has(format)))) return;
    if (this.isOff(FALLBACK.id, node) || this.isLeftOut(node)) return taken ? undefined : this.leave(node);
    if ((await this.runScanner(FALLBACK, { format: "data", source }, node)) || taken) return;
    this.leave(node);
  }

  /** Whether the policy switches the scanner off; what only it could read is skipped for that reason. */
  private isOff(id: string, node: Node): boolean {
    const isOff = this.options.policy.scanners.off.includes(id);
    if (isOff) node.declined.set(id, `the scanner ${id} is switched off`);
    return isOff;
  }

  /** Nothing is hidden in content whose own scanner is switched off: it lies open, and was not wanted. */
  private isLeftOut(node: Node): boolean {
    return this.options.policy.scanners.off.some((id) => node.declined.has(id));
  }

  private async runPlugins(source: ByteSource, node: Node): Promise<boolean> {
    const plugins = pluginScanners();
    if (plugins.length === 0) return false;
    // Code of others, even that which only looks at the first bytes: it may take for ever.
    this.isolate("plugin");
    const head = await source.read(0, PLUGIN_HEAD_BYTES);
    let taken = false;
    for (const plugin of plugins) {
      if (this.isOff(plugin.id, node) || !this.takes(plugin, head, node)) continue;
      const format = node.formats[0] ?? "data";
      if (await this.runScanner(plugin, { format, source }, node)) taken = true;
    }
    return taken;
  }

  private takes(plugin: PluginDescriptor, head: Uint8Array, node: Node): boolean {
    try {
      return plugin.matches(head, node.name);
    } catch (error) {
      this.settle(error, node, plugin.id);
      return false;
    }
  }

  /** Content that no scanner took. */
  private leave(node: Node): void {
    const known = node.formats.map((format) => FORMATS[format]).join(", ");
    if (known === "") node.skip("unknown format");
    else if (isInert(node.formats) || isInert(node.promised)) {
      this.record.pass(node, "inert", `${known}: no loader runs anything in it`);
    } else node.skip(declinedBy(node) ?? `${known}: no scanner reads it`);
    // Inside a container the parts tell it: a finding per tensor file would bury the others.
    if (known !== "" || node.depth > 0) return;
    this.record.observe({ rule: "analysis/unknown-format", message: "no scanner knows this content" }, node, "detect");
  }

  /** False when the scanner found that the content is none of its business. */
  private async runScanner({ id, isolated, load }: ScannerDescriptor, as: Reading, node: Node): Promise<boolean> {
    if (isolated) this.isolate(id);
    node.scanners.add(id);
    this.record.scanners.add(id);
    const before = node.observed;
    try {
      const ScannerOf = await loadOnce(load);
      await new ScannerOf().scan(as.source, this.contextOf(node, as.format, id));
    } catch (error) {
      this.settle(error, node, id);
    }
    const declined = node.declined.has(id);
    if (!declined && node.observed === before && node.state === "scanned")
      this.record.pass(node, id, `examined as ${as.format}, nothing found`);
    return !declined;
  }

  private isolate(scanner: string): void {
    if (this.options.isolated === false) throw new IsolationNeeded(scanner);
  }

  private settle(error: unknown, node: Node, scanner: string): void {
    if (error instanceof IsolationNeeded) throw error;
    const { state, reason, observation } = judgeFailure(error, scanner);
    node.worsen(state, reason);
    if (observation) this.record.observe(observation, node, scanner);
  }

  private contextOf(node: Node, format: FormatId, scanner: string): ScanContext {
    const { record } = this;
    const { policy, budget } = this.options;
    return {
      name: node.name,
      path: node.path,
      depth: node.depth,
      format,
      policy,
      budget,
      tree: async () => {
        if (node.depth === 0) record.usedNeighbours = true;
        return node.tree?.();
      },
      report: (observation) => record.observe(observation, node, scanner),
      passed: (name, message) => record.pass(node, name, message),
      describe: (key, value) => record.describe(node, key, value),
      examined: (bytes) => {
        record.examined += bytes;
      },
      incomplete: (reason) => node.worsen("partial", reason),
      skip: (reason) => node.declined.set(scanner, reason),
      explain: (explained) => node.explained.add(explained),
      isolate: () => this.isolate(scanner),
      descend: (child) => this.descend(child, node),
      inspectTree: (tree) => this.inspectTree(tree, node),
    };
  }

  private async descend({ name, source, formats, tree, headOnly }: Member, node: Node): Promise<MemberOutcome> {
    this.options.budget.checkDepth(node.depth + 1);
    this.options.budget.spendMember();
    const place: NodePlace = {
      path: [...node.path, name],
      depth: node.depth + 1,
      declared: formats ?? [],
      tree: tree === undefined ? undefined : async () => tree,
      headOnly: headOnly ?? false,
    };
    const child = await this.scan(place, source);
    node.take(child);
    return { formats: child.formats, worst: worst(child.severities), complete: child.state === "scanned" };
  }

  /** Applies every layout that knows some folder of the tree. */
  async inspectTree(tree: Tree, node: Node): Promise<void> {
    for (const { id, roots, load } of LAYOUTS) {
      if (this.options.policy.scanners.off.includes(id)) continue;
      try {
        for (const root of roots(tree)) {
          this.record.scanners.add(id);
          const LayoutOf = await loadOnce(load);
          await new LayoutOf().inspect(tree, root, this.contextOf(node, node.formats[0] ?? "text", id));
        }
      } catch (error) {
        this.settle(error, node, id);
      }
    }
  }
}

/** Raw numbers may look like anything: where their name promises no more, and no scanner takes them for what they look like, they are that. */
function isInert(formats: readonly FormatId[]): boolean {
  return formats.length > 0 && formats.every((format) => INERT.has(format));
}

/** Why the scanner of the content's own format left it. */
function declinedBy({ declined }: Node): string | undefined {
  return [...declined].find(([scanner]) => scanner !== FALLBACK.id)?.[1];
}
