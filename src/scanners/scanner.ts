import type { Policy } from "../config/policy.js";
import type { FormatId } from "../detect/format.js";
import type { Budget } from "../io/budget.js";
import type { ByteSource } from "../io/byte-source.js";
import type { RuleId } from "../rules/index.js";
import type { Safety, Severity } from "../rules/severity.js";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** What a scanner saw. The engine adds where it was seen, how bad it is and a fingerprint. */
export interface Observation {
  readonly rule: RuleId;
  /** One line, no full stop needed: the fact, with the names and numbers of this file. */
  readonly message: string;
  /** What the observation is about (a callable, a member, an op): the same subject under the same rule is one finding, counted. */
  readonly subject?: string;
  /** Byte offset inside the artifact that is scanned. */
  readonly offset?: number;
  /** The entry that is meant, when a container or a folder is scanned and the observation is about one of its entries. */
  readonly member?: string;
  /** Where the scanner knows better than the rule's default. */
  readonly severity?: Severity;
  readonly safety?: Safety;
  /** Replaces the rule's `why` where this case has a better one. */
  readonly why?: string;
  /** CVE ids and advisories that this very observation matches. */
  readonly references?: readonly string[];
  /** Facts worth keeping, as plain data. Strings are shown escaped; keep them short (a few hundred characters). */
  readonly evidence?: { readonly [key: string]: Json };
}

/** A member of a container, or bytes found inside a file, to be scanned as an artifact of its own. */
export interface Member {
  /** As the container names it; shown in locations after the container's own name. */
  readonly name: string;
  /** The bytes, or a way to get them: then what goes wrong on the way is the member's own finding, and the engine closes them afterwards. */
  readonly source: ByteSource | (() => Promise<ByteSource>);
  /** What the container says the bytes are. They are scanned as this *and* as everything they turn out to be. */
  readonly formats?: readonly FormatId[];
  /** Offset of the member's first byte inside the container, where its bytes lie there verbatim. */
  readonly offset?: number;
  /** Folder-like view in which the member lives, for scanners that look at neighbours. */
  readonly tree?: Tree;
  /** Raw numbers by the container's own account (a tensor's storage): only the first bytes are looked at to see whether that is so. */
  readonly headOnly?: boolean;
}

/** What became of a member. */
export interface MemberOutcome {
  readonly formats: readonly FormatId[];
  /** The worst severity found in it and below it. */
  readonly worst: Severity | undefined;
  readonly complete: boolean;
}

export type EntryKind = "file" | "directory" | "symlink" | "hardlink" | "device" | "other";

export interface TreeEntry {
  /** Path inside the tree, `/` between the parts, as stored. */
  readonly name: string;
  readonly kind: EntryKind;
  /** In bytes, uncompressed. */
  readonly size: number;
  /** Target of a link, as stored. */
  readonly link?: string;
}

/** A folder on disk, a zip, a tar, a 7z: named entries that can be opened. Layout rules (a model repository, a .mar, a SavedModel) see only this. */
export interface Tree {
  readonly kind: "directory" | "zip" | "tar" | "7z";
  readonly entries: readonly TreeEntry[];
  /** The first entry of exactly this name. */
  find(name: string): TreeEntry | undefined;
  /** Undefined when the entry cannot be read (encrypted, a link, over a limit); the reason is then a finding of the container. */
  open(entry: TreeEntry): Promise<ByteSource | undefined>;
}

/** All that a scanner knows of the world. */
export interface ScanContext {
  /** The artifact's own name: the last part of its path, or the member's name. */
  readonly name: string;
  /** Names from the file on disk to this artifact, outermost first. */
  readonly path: readonly string[];
  /** Containers around this artifact. */
  readonly depth: number;
  readonly format: FormatId;
  readonly policy: Policy;
  readonly budget: Budget;
  /** The folder or container around the artifact, where there is one. Listed on first use. */
  tree(): Promise<Tree | undefined>;
  report(observation: Observation): void;
  /** A check that was made and held; shown among `checks`. */
  passed(name: string, message: string): void;
  /** A fact the file states about itself (architecture, producer, licence, parameter count ...). */
  describe(key: string, value: Json): void;
  /** Bytes of this artifact that were looked at, beyond those of its members. */
  examined(bytes: number): void;
  /** Marks the artifact `partial`: part of it was not examined, for this reason. */
  incomplete(reason: string): void;
  /** The content turned out not to be of this scanner's format, or of no interest: nothing was examined, for this reason. */
  skip(reason: string): void;
  /** That the content seems to be of this format as well comes of what was read, and means nothing: it is not scanned as such. */
  explain(format: FormatId): void;
  /**
   * To be called before native or wasm code that may loop: in a thread that nobody can end, the job starts anew in one that can be ended,
   * and this call does not return.
   */
  isolate(): void;
  /** Scans a member with everything that matches it. Never throws for what is wrong with the member. */
  descend(member: Member): Promise<MemberOutcome>;
  /** Applies the layouts (rules about several entries together) to a container's entries. */
  inspectTree(tree: Tree): Promise<void>;
}

/** One per format. A new instance is made for every artifact, so it may keep state in fields. */
export interface Scanner {
  /**
   * Reports what it sees to the context. Throws ParseError where the bytes do not fit the format: what was reported before is kept,
   * and the engine adds the finding.
   */
  scan(source: ByteSource, context: ScanContext): Promise<void>;
}

export type ScannerClass = new () => Scanner;

/**
 * Knows what entries mean together: a model repository, a SavedModel folder, a .mar, a skops file. Works on any Tree, so a repository
 * inside a .tar.gz is judged like one on disk.
 */
export interface Layout {
  /** `root` is the folder inside the tree at which the layout was recognised, "" or ending in "/". */
  inspect(tree: Tree, root: string, context: ScanContext): Promise<void>;
}

export type LayoutClass = new () => Layout;
