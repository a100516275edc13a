import { LimitError } from "../errors.js";
import { BLOCK } from "../formats/tar/header.js";
import { type TarAnomaly, type TarEntry, walkTar } from "../formats/tar/walk.js";
import { type ByteSource, slice } from "../io/byte-source.js";
import type { RuleId } from "../rules/index.js";
import type { Severity } from "../rules/severity.js";
import { ArchiveTree, scanEntries } from "./archive-members.js";
import { FirstOfEachRule, judgeNames, shown } from "./archive-names.js";
import type { Observation, ScanContext, Scanner } from "./scanner.js";

/** Walks the headers of a tar and scans its entries where they lie. */
export class TarScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const found: TarEntry[] = [];
    const limit = await this.walk(source, context, found);
    context.examined(found.length * BLOCK);
    const tree = toTree(found, source);
    for (const observation of judgeEntries(found)) context.report(observation);
    if (found.some(({ sparse }) => sparse)) context.incomplete("sparse entries were examined as stored");
    await context.inspectTree(tree);
    await scanEntries(tree, context);
    if (limit) throw limit;
  }

  /** Collects the entries and tells of anomalies; returns the limit that ended the walk. */
  private async walk(source: ByteSource, context: ScanContext, found: TarEntry[]): Promise<LimitError | undefined> {
    const { max_members } = context.budget.limits;
    try {
      for await (const item of walkTar(source, context.budget)) {
        if ("anomaly" in item) await reportAnomaly(item.anomaly, source, context);
        else if (found.length === max_members) return new LimitError("max_members", `more than ${max_members} entries`);
        else found.push(item.entry);
      }
    } catch (error) {
      if (error instanceof LimitError) return error;
      throw error;
    }
    return undefined;
  }
}

function toTree(found: readonly TarEntry[], source: ByteSource): ArchiveTree<TarEntry> {
  const isTorch = isTorchTar(found);
  return new ArchiveTree("tar", found, ({ name, kind, offset, size }) => {
    if (kind !== "file") return undefined;
    const content = { source: slice(source, offset, size), offset };
    return isTorch && TORCH_MEMBERS.has(baseName(name)) ? { ...content, formats: ["pickle"] } : content;
  });
}

/** What torch.load unpickles one after the other when a checkpoint is a tar, as PyTorch 0.1 wrote it. */
const TORCH_MEMBERS = new Set(["storages", "tensors", "pickle"]);

/** The first of them runs before the loader asks for the others. */
function isTorchTar(found: readonly TarEntry[]): boolean {
  return found.some(({ name, kind }) => kind === "file" && baseName(name) === "storages");
}

function baseName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

function judgeEntries(found: readonly TarEntry[]): Observation[] {
  const first = new FirstOfEachRule();
  for (const { name, kind, mode, sparse, offset } of found) {
    if (kind === "file" && (mode & SET_ID) !== 0) first.add(privileged(name, mode, offset));
    if (sparse) first.add(sparseEntry(name, offset));
    if (baseName(name) === ESCAPING_WHITEOUT) first.add(escapingWhiteout(name));
  }
  return [...judgeNames(found.flatMap(readings)), ...first.finish()];
}

/** The entry as each reader has it. */
function readings(entry: TarEntry): TarEntry[] {
  const { name, otherName = name, link, otherLink = link } = entry;
  if (otherName === name && otherLink === link) return [entry];
  return [entry, { ...entry, name: otherName, ...(otherLink === undefined ? {} : { link: otherLink }) }];
}

/** The setuid and setgid bits. */
const SET_ID = 0o6000;

function privileged(name: string, mode: number, offset: number): Observation {
  return {
    rule: "archive/privileged-mode",
    message: `${shown(name)} has mode ${mode.toString(8).padStart(4, "0")}: unpacked by an administrator it runs with their rights`,
    subject: name,
    member: name,
    offset,
  };
}

function sparseEntry(name: string, offset: number): Observation {
  return {
    rule: "archive/sparse-entry",
    message: `${shown(name)} is stored without its holes; it was examined as stored, not as a reader restores it`,
    subject: name,
    member: name,
    offset,
  };
}

/** In an image layer `.wh.name` deletes `name` of the layers below: this one deletes the parent of its folder. */
const ESCAPING_WHITEOUT = ".wh...";

function escapingWhiteout(name: string): Observation {
  return {
    rule: "archive/path-traversal",
    message: `${shown(name)} deletes the folder above its own when the image layer is applied`,
    subject: name,
    member: name,
  };
}

interface Judgement {
  readonly rule: RuleId;
  readonly severity?: Severity;
  readonly why?: string;
  /** Something that is announced is not there. */
  readonly unread?: boolean;
}

const ANOMALIES: Readonly<Record<TarAnomaly["kind"], Judgement>> = {
  "bad-checksum": { rule: "archive/damaged-header" },
  "bad-size": { rule: "archive/damaged-header" },
  "bad-extended-header": { rule: "archive/damaged-header" },
  "size-conflict": {
    rule: "archive/header-mismatch",
    why: "Readers that take the other size find their next header in the middle of the content: each sees other entries (CVE-2025-62518).",
  },
  "name-conflict": {
    rule: "archive/header-mismatch",
    why: "Readers take the name or the target of the entry from different places: what one of them checks, another does not unpack.",
  },
  "link-with-content": {
    rule: "archive/header-mismatch",
    why: "Some readers skip the content of such an entry, others look for the next header in it: each sees other entries.",
  },
  "after-end": {
    rule: "archive/hidden-entry",
    why: "Most readers stop at the end-of-archive mark; with --ignore-zeros, and in some libraries, reading goes on behind it.",
  },
  truncated: { rule: "analysis/truncated", unread: true },
  "without-end": { rule: "analysis/truncated", severity: "low" },
  tail: { rule: "analysis/trailing-data", severity: "medium" },
};

async function reportAnomaly(anomaly: TarAnomaly, source: ByteSource, context: ScanContext): Promise<void> {
  const { kind, message, offset, length, name } = anomaly;
  const { rule, severity, why, unread } = ANOMALIES[kind];
  const about = name === undefined || name === "" ? {} : { member: name };
  context.report({
    rule,
    message: name ? `${shown(name)}: ${message}` : message,
    subject: `${kind} ${name ?? offset}`,
    offset,
    ...about,
    ...(severity === undefined ? {} : { severity }),
    ...(why === undefined ? {} : { why }),
  });
  if (unread) context.incomplete(message);
  if (length === undefined) return;
  await context.descend({ name: `data at ${offset}`, source: slice(source, offset, length), offset });
}
