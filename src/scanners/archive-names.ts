import type { FormatId } from "../detect/format.js";
import type { Severity } from "../rules/severity.js";
import type { Observation, TreeEntry } from "./scanner.js";

/** Links followed while one name is resolved; more is a loop. */
const MAX_LINK_HOPS = 40;
/** Observations of one kind; the rest is told as a number, so that a hundred thousand bad names stay readable. */
const MAX_PER_KIND = 20;
/** Characters of a name that a message shows. */
const SHOWN_CHARACTERS = 160;

const DRIVE = /^[A-Za-z]:/;
const UNC = /^[\\/]{2}[^\\/]/;
/** C0 and C1 controls, and the characters that change the direction of text (Trojan Source, CVE-2021-42574). */
const DECEPTIVE = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
/** What an operating system runs when it is opened, or maps as code. `.py` and `.sh` are ordinary companions of a model. */
const PROGRAM_NAME =
  /\.(?:exe|dll|so(?:\.\d{1,4}){0,3}|dylib|scr|com|pif|sys|msi|bat|cmd|ps1|vbs|vbe|wsf|hta|lnk|reg)$/i;

/** What differs between kinds of archives: how their readers treat names that collide. */
export interface NameHabits {
  /** Which of several entries of one name the readers take. */
  readonly duplicates?: string;
  readonly duplicateSeverity?: Severity;
  /** Set where a loader looks names up without regard to case. */
  readonly foldedBy?: string;
}

/** What the names, kinds and links of an archive's entries give away, whatever the archive is. */
export function judgeNames(entries: readonly TreeEntry[], habits: NameHabits = {}): Observation[] {
  return [...judgeEachName(entries), ...judgeCollisions(entries, habits)];
}

/** Names one by one: where they lead, what they hide. */
export function judgeEachName(entries: readonly TreeEntry[]): Observation[] {
  const links = linkTargets(entries);
  const byRule = new FirstOfEachRule();
  for (const entry of entries) {
    byRule.add(judgePath(entry));
    byRule.add(judgeCharacters(entry));
    byRule.add(judgeKind(entry, links));
    byRule.add(judgeProgramName(entry));
  }
  return byRule.finish();
}

/** Names that are the same to some reader. */
export function judgeCollisions(entries: readonly TreeEntry[], habits: NameHabits = {}): Observation[] {
  const byRule = new FirstOfEachRule();
  for (const collision of collisions(entries, habits)) byRule.add(collision);
  return byRule.finish();
}

/** A member whose bytes are a native program or library, whatever its name. */
export function judgeProgram(name: string, formats: readonly FormatId[]): Observation | undefined {
  if (!formats.includes("executable")) return undefined;
  return {
    rule: "archive/executable-member",
    severity: "high",
    message: `${shown(name)} is a native program or library`,
    subject: name,
    member: name,
  };
}

/** A name as messages show it: cut, never escaped (reports escape). */
export function shown(name: string): string {
  return name.length > SHOWN_CHARACTERS ? `${name.slice(0, SHOWN_CHARACTERS)}...` : name;
}

/** Keeps the first few observations of every rule, and tells how many more there are. */
export class FirstOfEachRule {
  private readonly kept: Observation[] = [];
  private readonly counts = new Map<Observation["rule"], number>();

  add(observation: Observation | undefined): void {
    if (observation === undefined) return;
    const count = (this.counts.get(observation.rule) ?? 0) + 1;
    this.counts.set(observation.rule, count);
    if (count <= MAX_PER_KIND) this.kept.push(observation);
  }

  finish(): Observation[] {
    const rest = [...this.counts].flatMap(([rule, count]): Observation[] => {
      const more = count - MAX_PER_KIND;
      return more > 0 ? [{ rule, message: `${more} more entries of this kind`, subject: "more entries" }] : [];
    });
    return [...this.kept, ...rest];
  }
}

function judgePath({ name }: TreeEntry): Observation | undefined {
  const absolute = absoluteKind(name);
  if (absolute !== undefined) {
    return {
      rule: "archive/absolute-path",
      message: `${shown(name)} is ${absolute}`,
      subject: name,
      member: name,
    };
  }
  if (!leaves(name)) return undefined;
  return {
    rule: "archive/path-traversal",
    message: `${shown(name)} leaves the folder it is unpacked into`,
    subject: name,
    member: name,
  };
}

function absoluteKind(path: string): string | undefined {
  if (UNC.test(path)) return "a network (UNC) path";
  if (path.startsWith("/") || path.startsWith("\\")) return "an absolute path";
  return DRIVE.test(path) ? "a path with a drive letter" : undefined;
}

/** Whether `..` parts outnumber the folders before them. Backslashes separate as well: they do on Windows. */
function leaves(name: string): boolean {
  if (!name.includes("..")) return false;
  let depth = 0;
  for (const part of name.split(/[\\/]/)) {
    if (isParent(part)) depth--;
    else if (part !== "" && part !== ".") depth++;
    if (depth < 0) return true;
  }
  return false;
}

/** Windows drops spaces at the end of a part. */
function isParent(part: string): boolean {
  return part.trimEnd() === "..";
}

function judgeCharacters({ name }: TreeEntry): Observation | undefined {
  const [found] = DECEPTIVE.exec(name) ?? [];
  if (found === undefined) return undefined;
  const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const cut = found === "\u0000" ? `; readers in C see ${shown(name.slice(0, name.indexOf(found)))}` : "";
  return {
    rule: "archive/deceptive-name",
    message: `${shown(name)} contains the character U+${code}${cut}`,
    subject: name,
    member: name,
    evidence: { character: `U+${code}` },
  };
}

function judgeKind(entry: TreeEntry, links: ReadonlyMap<string, string>): Observation | undefined {
  const { name, kind, link } = entry;
  if (kind === "device" || kind === "other") {
    const what = kind === "device" ? "a device" : "a pipe, a socket or something else that is no file";
    return { rule: "archive/device-entry", message: `${shown(name)} is ${what}`, subject: name, member: name };
  }
  if (link === undefined || (kind !== "symlink" && kind !== "hardlink")) return undefined;
  // A hard link is named from the archive's root, a symbolic one from its own folder.
  const from = kind === "symlink" ? partsOf(name).slice(0, -1) : [];
  if (absoluteKind(link) === undefined && staysInside(from, partsOf(link), links)) return undefined;
  return {
    rule: "archive/unsafe-link",
    message: `${kind === "symlink" ? "symbolic link" : "hard link"} ${shown(name)} points to ${shown(link)}, outside the archive`,
    subject: name,
    member: name,
    evidence: { target: shown(link) },
  };
}

function linkTargets(entries: readonly TreeEntry[]): Map<string, string> {
  const links = new Map<string, string>();
  for (const { name, kind, link } of entries) {
    if (kind === "symlink" && link !== undefined) links.set(partsOf(name).join("/"), link);
  }
  return links;
}

function partsOf(path: string): string[] {
  return path.split(/[\\/]/).filter((part) => part !== "" && part !== ".");
}

/** Walks the parts as a file system would: a chain of links that each look harmless can leave together (CVE-2025-4517). */
function staysInside(from: readonly string[], to: readonly string[], links: ReadonlyMap<string, string>): boolean {
  const done = [...from];
  const ahead = [...to].reverse();
  for (let hops = 0; ahead.length > 0; ) {
    const part = ahead.pop() ?? "";
    if (isParent(part)) {
      if (done.pop() === undefined) return false;
      continue;
    }
    done.push(part);
    const target = links.get(done.join("/"));
    if (target === undefined) continue;
    if (absoluteKind(target) !== undefined || ++hops > MAX_LINK_HOPS) return false;
    done.pop();
    ahead.push(...partsOf(target).reverse());
  }
  return true;
}

function judgeProgramName({ name, kind }: TreeEntry): Observation | undefined {
  if (kind !== "file" || !PROGRAM_NAME.test(name)) return undefined;
  return {
    rule: "archive/executable-name",
    message: `${shown(name)} is named like a program or a native library`,
    subject: name,
    member: name,
  };
}

function* collisions(entries: readonly TreeEntry[], habits: NameHabits): Generator<Observation> {
  const firsts = new Map<string, string>();
  const times = new Map<string, number>();
  for (const { name, kind } of entries) {
    if (kind === "directory") continue;
    const fold = name.toLowerCase();
    const first = firsts.get(fold);
    if (first === undefined) firsts.set(fold, name);
    else times.set(name, (times.get(name) ?? (first === name ? 1 : 0)) + 1);
  }
  for (const [name, count] of times) {
    const first = firsts.get(name.toLowerCase());
    if (first !== undefined && first !== name) yield caseCollision(first, name, habits);
    if (count > 1) yield duplicate(name, count, habits);
  }
}

function caseCollision(first: string, second: string, { foldedBy }: NameHabits): Observation {
  const confused = foldedBy === undefined ? "" : `, and ${foldedBy} takes one for the other`;
  return {
    rule: "archive/case-collision",
    ...(foldedBy === undefined ? {} : { severity: "medium" as const }),
    message: `${shown(first)} and ${shown(second)} differ only in case${confused}`,
    subject: second,
    member: second,
  };
}

function duplicate(name: string, times: number, habits: NameHabits): Observation {
  const { duplicates = "readers take the first or the last of them", duplicateSeverity } = habits;
  return {
    rule: "archive/duplicate-member",
    ...(duplicateSeverity === undefined ? {} : { severity: duplicateSeverity }),
    message: `${times} entries are named ${shown(name)}: ${duplicates}`,
    subject: name,
    member: name,
    evidence: { entries: times },
  };
}
