import { ParseError } from "../../errors.js";
import { readArchive, type ZipArchive } from "../../formats/zip/archive.js";
import type { ZipEntry } from "../../formats/zip/entry.js";
import type { ByteSource } from "../../io/byte-source.js";
import { judgeCollisions, judgeEachName } from "../archive-names.js";
import { judgeExpansion } from "../expansion.js";
import type { Observation, ScanContext, Scanner, TreeEntry } from "../scanner.js";
import { judgeDirectory } from "./judge-directory.js";
import { judgeHeaders } from "./judge-headers.js";
import { MemberReader } from "./member-reader.js";
import { MemberWalk } from "./members.js";
import { examineRegions } from "./regions.js";
import { visit } from "./repeats.js";
import { isTorchArchive, Storages } from "./storages.js";
import { ZipTree } from "./zip-tree.js";

/** Copies of one archive inside another artifact beyond this number serve no reader. */
const MAX_COPIES = 8;
const DUPLICATES =
  "zipfile takes the last, streaming unpackers write each over the other, torch.load takes the first or the last by their order";

/** Lists a zip as each loader would, tells where they disagree, and examines what any of them would read. */
export class ZipScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const seen = await visit(source, context.budget);
    if (seen.isRecursive) return context.report(bomb("the archive contains itself"));
    if (seen.times === MAX_COPIES + 1)
      context.report(bomb(`more than ${MAX_COPIES} copies of this archive lie in the file`));
    // A copy was examined where it was met first.
    if (seen.times > 1) return;
    try {
      await this.examine(source, context);
    } finally {
      seen.leave();
    }
  }

  private async examine(source: ByteSource, context: ScanContext): Promise<void> {
    const archive = await readArchive(source, context.budget);
    context.examined(archive.examined);
    const all = [...archive.entries, ...archive.strays];
    if (all.length === 0 && archive.endRecords.length === 0) throw new ParseError("no zip entry and no end record", 0);
    const reader = new MemberReader(source, context);
    const tree = await ZipTree.of(archive.directories.length > 0 ? archive.entries : all, reader);
    const hasChecksums = this.judge(archive, tree, source.size, context);
    await context.inspectTree(tree);
    const walk = new MemberWalk({ reader, context, tree, storages: new Storages(all), hasChecksums });
    await walk.examine(all);
    const expansion = judgeExpansion(source.size, walk.filler);
    if (expansion) context.report(expansion);
    await examineRegions(archive, source, context);
    for (const { limit } of archive.directories) if (limit) throw limit;
  }

  private judge(archive: ZipArchive, tree: ZipTree, size: number, context: ScanContext): boolean {
    const { entries, strays, directories } = archive;
    const isTorch = isTorchArchive(entries);
    // Entries that only a second directory lists collide with those of the first by nature.
    const ofOneReader = tree.entries.slice(0, directories[0]?.entries.length);
    const observations: Observation[] = [
      ...judgeDirectory(archive),
      ...judgeHeaders(entries, size),
      ...judgeEachName([...tree.entries, ...otherNames(entries, directories.length > 0 ? strays : [])]),
      ...judgeCollisions(ofOneReader, { duplicates: DUPLICATES, ...(isTorch && { foldedBy: "torch.load" }) }),
    ];
    for (const observation of observations) context.report(observation);
    const hasChecksums = !isTorch || entries.some(({ header }) => header.crc !== 0);
    if (!hasChecksums) context.report(withoutChecksums());
    return hasChecksums;
  }
}

/** Names under which some reader unpacks entries, beside those in the tree. */
function otherNames(entries: readonly ZipEntry[], strays: readonly ZipEntry[]): TreeEntry[] {
  const others = new Set(strays.map(({ name }) => name));
  for (const { name, central, local } of entries) {
    for (const other of [local?.name, central?.unicodeName, local?.unicodeName]) {
      if (other !== undefined && other !== name) others.add(other);
    }
  }
  return [...others].map((name) => ({ name, kind: name.endsWith("/") ? "directory" : "file", size: 0 }));
}

function bomb(message: string): Observation {
  return { rule: "archive/bomb", message, subject: "copies" };
}

function withoutChecksums(): Observation {
  return {
    rule: "archive/content-mismatch",
    severity: "info",
    message: "the archive was written without checksums: zipfile refuses its entries, torch.load reads them",
    subject: "checksums",
  };
}
