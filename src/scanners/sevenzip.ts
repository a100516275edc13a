import type { FormatId } from "../detect/format.js";
import { type UnpackedArchive, type UnpackedEntry, unpackArchive } from "../formats/sevenzip/archive.js";
import { IN_PROCESS_BYTES } from "../formats/sevenzip/engine.js";
import type { ArchiveType } from "../formats/sevenzip/listing.js";
import type { ByteSource } from "../io/byte-source.js";
import { ArchiveTree, scanEntries } from "./archive-members.js";
import { judgeNames, shown } from "./archive-names.js";
import { judgeExpansion } from "./expansion.js";
import type { Observation, ScanContext, Scanner } from "./scanner.js";
import { inspectTail } from "./trailing.js";

/** Unpacks a 7z or rar archive in memory and scans its entries. */
export class SevenZipScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    if (source.size > IN_PROCESS_BYTES) context.isolate();
    const archive = await unpackArchive(source, await archiveType(source, context.format), context.budget);
    context.examined(archive.end);
    try {
      await this.inspect(archive, context);
    } finally {
      archive.close();
    }
    await inspectTail(source, { start: archive.end, after: "the archive" }, context);
  }

  private async inspect(archive: UnpackedArchive, context: ScanContext): Promise<void> {
    const { entries, failure, limit } = archive;
    const tree = new ArchiveTree("7z", await Promise.all(entries.map(withLink)), ({ kind, content }) =>
      kind === "file" ? { source: content } : undefined,
    );
    for (const observation of judgeNames(tree.entries)) context.report(observation);
    for (const entry of entries) judgeEntry(entry, limit !== undefined, context);
    if (failure !== undefined) {
      context.report({ rule: "analysis/malformed", message: `the archive is damaged: ${failure}`, subject: "archive" });
      context.incomplete(failure);
    }
    await context.inspectTree(tree);
    const bomb = judgeExpansion(archive.end, await scanEntries(tree, context));
    if (bomb) context.report(bomb);
    if (limit) throw limit;
  }
}

/** Both generations of rar begin with the same six bytes. */
async function archiveType(source: ByteSource, format: FormatId): Promise<ArchiveType> {
  if (format !== "rar") return "7z";
  return (await source.read(6, 1))[0] === 1 ? "rar5" : "rar";
}

/** A longer target is no path of any system. */
const MAX_LINK = 4096;

/** 7z keeps a symbolic link's target as its content, rar in its headers. */
async function withLink(entry: UnpackedEntry): Promise<UnpackedEntry> {
  if (entry.kind !== "symlink" || entry.link !== undefined) return entry;
  return { ...entry, link: Buffer.from(await entry.content.read(0, MAX_LINK)).toString("utf8") };
}

function judgeEntry(entry: UnpackedEntry, cutShort: boolean, context: ScanContext): void {
  if (entry.kind !== "file") return;
  if (/^..[sS]|^.{5}[sS]/.test(entry.mode)) context.report(privileged(entry));
  if (entry.failure === undefined || (cutShort && !entry.encrypted)) return;
  const observation = entry.encrypted ? encrypted(entry) : unreadable(entry, entry.failure);
  context.report(observation);
  context.incomplete(observation.message);
}

function privileged({ name, mode }: UnpackedEntry): Observation {
  return {
    rule: "archive/privileged-mode",
    message: `${shown(name)} has mode ${mode}: unpacked by an administrator it runs with their rights`,
    subject: name,
    member: name,
  };
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
