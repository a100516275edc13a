import type { FormatId } from "../detect/format.js";
import type { Severity } from "../rules/severity.js";
import type { Tree } from "../scanners/scanner.js";
import type { Part, ScanState } from "./result.js";

export interface NodePlace {
  /** The artifact's name and its members' names down to this one. */
  readonly path: readonly string[];
  readonly depth: number;
  /** What its container says it is. */
  readonly declared: readonly FormatId[];
  readonly tree: (() => Promise<Tree | undefined>) | undefined;
  /** Raw numbers by its container's account. */
  readonly headOnly: boolean;
}

/** Characters of a reason, which grows with every container around it. */
const MAX_REASON = 300;

/** The artifact or one of its members while it is scanned: where it is, and what became of it so far. */
export class Node implements NodePlace {
  readonly path: readonly string[];
  readonly depth: number;
  readonly declared: readonly FormatId[];
  readonly tree: (() => Promise<Tree | undefined>) | undefined;
  readonly headOnly: boolean;

  state: ScanState = "scanned";
  reason: string | undefined;
  size = 0;
  formats: readonly FormatId[] = [];
  /** What its name says it is. */
  promised: readonly FormatId[] = [];
  readonly scanners = new Set<string>();
  /** Scanners for whom the content turned out to be none of theirs, and why. */
  readonly declined = new Map<string, string>();
  /** Formats that the content only seems to have, by what the scanner of another one read. */
  readonly explained = new Set<FormatId>();
  /** Of everything found in it and below it. */
  readonly severities = new Set<Severity>();
  /** Findings made in it and below it. */
  observed = 0;

  constructor({ path, depth, declared, tree, headOnly }: NodePlace) {
    this.path = path;
    this.depth = depth;
    this.declared = declared;
    this.tree = tree;
    this.headOnly = headOnly;
  }

  get name(): string {
    return this.path[this.path.length - 1] ?? "";
  }

  /** The names inside the artifact. */
  get member(): readonly string[] {
    return this.path.slice(1);
  }

  /** States only get worse, and the first reason stays. */
  worsen(state: "partial" | "failed", reason: string): void {
    if (this.state === "failed" || this.state === state) return;
    this.state = state;
    this.reason = reason.slice(0, MAX_REASON);
  }

  skip(reason: string): void {
    if (this.state !== "scanned") return;
    this.state = "skipped";
    this.reason = reason;
  }

  /** What is wrong with a member is wrong with its container. */
  take(child: Node): void {
    if (child.state === "partial" || child.state === "failed") {
      this.worsen("partial", `${child.name}: ${child.reason ?? child.state}`);
    }
    for (const severity of child.severities) this.severities.add(severity);
    this.observed += child.observed;
  }

  part(artifact: string): Part {
    return {
      path: artifact,
      member: this.member,
      formats: this.formats,
      scanners: [...this.scanners],
      size: this.size,
      state: this.state,
      ...(this.reason === undefined ? {} : { reason: this.reason }),
    };
  }
}
