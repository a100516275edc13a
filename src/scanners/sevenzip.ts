import type { FormatId } from "../detect/format.js";
import type { LimitError } from "../errors.js";
import { type UnpackedArchive, type UnpackedEntry, unpackArchive } from "../formats/sevenzip/archive.js";
import { IN_PROCESS_BYTES } from "../formats/sevenzip/engine.js";
import type { ArchiveType, PackageType } from "../formats/sevenzip/listing.js";
import type { ByteSource } from "../io/byte-source.js";
import { ArchiveTree, type EntryContent, scanEntries } from "./archive-members.js";
import { FirstOfEachRule, judgeNames, shown } from "./archive-names.js";
import { judgeExpansion } from "./expansion.js";
import type { Observation, ScanContext, Scanner } from "./scanner.js";
import { inspectTail } from "./trailing.js";

/** Unpacks a 7z or rar archive, a package or an image of a disc in memory and scans its entries. */
export class SevenZipScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const type = await archiveType(source, context.format);
    if (type === undefined) {
      tellUnreadable(context);
      return;
    }
    if (source.size > IN_PROCESS_BYTES) context.isolate();
    const archive = await unpackArchive(source, type, context.budget);
    context.examined(archive.end);
    try {
      await this.inspect(archive, context);
    } finally {
      archive.close();
    }
    await inspectTail(source, { start: archive.end, after: "the archive" }, context);
  }

  private async inspect(archive: UnpackedArchive, context: ScanContext): Promise<void> {
    const { failure, limit } = archive;
    const entries = await Promise.all(archive.entries.map(withLink));
    for (const entry of entries) {
      const unread = judgeFailure(entry, limit);
      if (unread) context.incomplete(unread.message);
    }
    for (const observation of judgeEntries(entries, limit)) context.report(observation);
    if (entries.length === 0 && context.format === "rar") context.report(NOTHING_LEFT);
    if (failure !== undefined) {
      context.report({ rule: "analysis/malformed", message: `the archive is damaged: ${failure}`, subject: "archive" });
      context.incomplete(failure);
    }
    const tree = new ArchiveTree("7z", entries, contentOf);
    await context.inspectTree(tree);
    const bomb = judgeExpansion(archive.end, await scanEntries(tree, context));
    if (bomb) context.report(bomb);
    if (limit) throw limit;
  }
}

/** A rar of a header alone can only be cut off: nothing writes one. */
const NOTHING_LEFT: Observation = {
  rule: "analysis/truncated",
  severity: "low",
  message: "the archive holds no entry",
  subject: "archive",
};

/** Both generations of rar begin with the same six bytes. */
async function archiveType(source: ByteSource, format: FormatId): Promise<ArchiveType | undefined> {
  if (format === "package") return packageType(source);
  if (format !== "rar") return "7z";
  return (await source.read(6, 1))[0] === 1 ? "rar5" : "rar";
}

/** Streams of a kind that the engine does not know. */
function tellUnreadable(context: ScanContext): void {
  const message = "the content is compressed by lzop, lzip, lrzip or snappy, which are not unpacked";
  context.report({ rule: "archive/unsupported-method", message, subject: "stream" });
  context.incomplete(message);
}

/** What the first bytes say; images of discs begin with nothing. */
const PACKAGE_MAGICS: readonly (readonly [magic: string, type: PackageType])[] = [
  ["MSCF", "Cab"],
  ["!<arch>", "Ar"],
  ["\xed\xab\xee\xdb", "Rpm"],
  ["MSWIM", "wim"],
  ["xar!", "Xar"],
  ["hsqs", "SquashFS"],
  ["07070", "Cpio"],
  ["\x1f\x9d", "Z"],
];
/** ISO 9660's first volume descriptor, and UDF's. */
const DESCRIPTOR_AT = 32_769;

async function packageType(source: ByteSource): Promise<PackageType | undefined> {
  const head = Buffer.from(await source.read(0, 8)).toString("latin1");
  const known = PACKAGE_MAGICS.find(([magic]) => head.startsWith(magic));
  if (known !== undefined) return known[1];
  if (head.startsWith("-lh", 2)) return "Lzh";
  if (/^(?:\x89LZO|LZIP|LRZI|\xff\x06\0\0sNaP)/.test(head)) return undefined;
  const descriptor = Buffer.from(await source.read(DESCRIPTOR_AT, 5)).toString("latin1");
  return descriptor === "CD001" ? "Iso" : descriptor === "BEA01" ? "Udf" : "Dmg";
}

/** A longer target is no path of any system. */
const MAX_LINK = 4096;

/** 7z keeps a symbolic link's target as its content, rar in its headers. */
async function withLink(entry: UnpackedEntry): Promise<UnpackedEntry> {
  if (entry.kind !== "symlink" || entry.link !== undefined) return entry;
  return { ...entry, link: Buffer.from(await entry.content.read(0, MAX_LINK)).toString("utf8") };
}

/** A link with more than a target is looked into like a file. */
function contentOf({ kind, content }: UnpackedEntry): EntryContent | undefined {
  return kind === "file" || content.size > MAX_LINK ? { source: content } : undefined;
}

function judgeEntries(entries: readonly UnpackedEntry[], limit: LimitError | undefined): Observation[] {
  const first = new FirstOfEachRule();
  for (const entry of entries) {
    first.add(judgeMode(entry));
    first.add(judgeFailure(entry, limit));
  }
  return [...judgeNames(entries), ...first.finish()];
}

/** The setuid bit stands in place of the owner's x, the setgid bit in place of the group's. */
const SET_ID = /^(?:..|.{5})[sS]/;

function judgeMode({ name, kind, mode }: UnpackedEntry): Observation | undefined {
  if (kind !== "file" || !SET_ID.test(mode)) return undefined;
  return {
    rule: "archive/privileged-mode",
    message: `${shown(name)} has mode ${mode}: unpacked by an administrator it runs with their rights`,
    subject: name,
    member: name,
  };
}

/** Entries behind a limit are told by the limit. */
function judgeFailure(entry: UnpackedEntry, limit: LimitError | undefined): Observation | undefined {
  const { kind, failure } = entry;
  if (kind !== "file" || failure === undefined) return undefined;
  if (entry.encrypted) return encrypted(entry);
  return limit ? undefined : unreadable(entry, failure);
}

function encrypted({ name, method }: UnpackedEntry): Observation {
  return {
    rule: "archive/encrypted-member",
    message: `${shown(name)} is encrypted (${method})`,
    subject: name,
    member: name,
  };
}

function unreadable({ name, size, content, method }: UnpackedEntry, failure: string): Observation {
  const unsupported = /unsupported method/i.test(failure);
  return {
    rule: unsupported ? "archive/unsupported-method" : "archive/unreadable-entry",
    message: `${shown(name)} could not be unpacked (${method || "no method"}): ${failure}, ${content.size} of ${size} bytes came out`,
    subject: name,
    member: name,
  };
}
