import type { ZipArchive } from "../../formats/zip/archive.js";
import type { Directory } from "../../formats/zip/directory.js";
import { methodName } from "../../formats/zip/records.js";
import { overlapsAmong } from "../../formats/zip/spans.js";
import { FirstOfEachRule, shown } from "../archive-names.js";
import type { Observation } from "../scanner.js";

/** What is odd about the archive as a whole: its end records, its directories, what they leave out. */
export function judgeDirectory(archive: ZipArchive): Observation[] {
  const found = new FirstOfEachRule();
  // In a row every archive counts from its own beginning, so that a reader of the whole file may land in one before it.
  const inRow = new Set(archive.isRow ? archive.endRecords.map(({ directoryEnd }) => directoryEnd) : []);
  for (const observation of judgeEnd(archive)) found.add(observation);
  for (const directory of archive.directories) {
    for (const fact of doubts(directory, inRow)) found.add(ambiguous(fact, directory));
  }
  found.add(judgeOverlaps(archive));
  for (const { name, local, headerAt } of archive.directories.length > 0 ? archive.strays : []) {
    found.add({
      rule: "archive/hidden-entry",
      message: `${shown(name)} (${methodName(local?.method ?? 0)}) is in the file but in no directory: torch.load and zipfile do not see it, streaming unpackers do`,
      subject: `${name} at ${headerAt}`,
      member: name,
      offset: headerAt,
    });
  }
  return found.finish();
}

function* judgeEnd(archive: ZipArchive): Generator<Observation> {
  const { directories, endRecords, strays } = archive;
  const [last] = endRecords;
  const [primary] = directories;
  if (primary === undefined) {
    if (last === undefined)
      yield missing(
        "there is no end record in the last 65,557 bytes, where torch.load and zipfile look: they refuse the file, streaming unpackers read on",
      );
    else if (last.fields.directorySize > 0 || last.fields.entries > 0 || strays.length > 0)
      yield missing(
        `the end record at ${last.at} leads to no directory: torch.load and zipfile refuse the file or see no entries`,
      );
    return;
  }
  const starts = new Set(directories.map(({ start }) => start));
  if (last && last !== primary.endRecord) {
    yield ambiguous(
      `the last end record, at ${last.at}, lists ${last.fields.entries} entries, an earlier one ${primary.entries.length}: torch.load and zipfile go by the last`,
      primary,
    );
  } else if (starts.size > 1) {
    // Shards of distributed checkpoints are whole archives one after the other; each of them is examined.
    if (archive.isRow) yield inARow(archive, primary);
    else {
      const counts = directories.map(({ entries, start }) => `${entries.length} entries at ${start}`).join(", ");
      yield ambiguous(`there are ${starts.size} directories: ${counts}`, primary);
    }
  }
}

function inARow({ directories }: ZipArchive, primary: Directory): Observation {
  const message = `${directories.length} archives stand one after the other: torch.load and zipfile read the last`;
  return { ...ambiguous(message, primary), severity: "low" };
}

function missing(message: string): Observation {
  return { rule: "archive/missing-directory", message, subject: "directory" };
}

function* doubts(
  { endRecord, entries, broken, beyond, end }: Directory,
  inRow: ReadonlySet<number>,
): Generator<string> {
  const stated = endRecord.fields.entries;
  // Writers without zip64 let the 16-bit count overflow.
  if (stated !== entries.length && stated !== (entries.length & 0xffff)) {
    yield `the end record counts ${stated} entries, the directory has ${entries.length}: torch.load goes by the count, zipfile by the size`;
  }
  if (broken !== undefined) yield `${broken}: zipfile refuses the archive`;
  if (beyond > 0) yield `${beyond} entries lie beyond the directory's stated size: zipfile does not see them`;
  if (end < endRecord.directoryEnd && broken === undefined) {
    yield `${endRecord.directoryEnd - end} bytes lie between the directory and its end record: torch.load ignores them, zipfile takes them for a prefix and refuses the archive`;
  }
  if (endRecord.pointedAt !== undefined && !inRow.has(endRecord.pointedAt)) {
    yield "there are two zip64 records: zipfile takes the one before the locator, torch.load the one it points to";
  }
  yield* endRecord.problems;
}

function ambiguous(fact: string, { start }: Directory): Observation {
  return { rule: "archive/ambiguous-directory", message: fact, subject: fact, offset: start };
}

function judgeOverlaps({ entries, directories }: ZipArchive): Observation | undefined {
  const spans = entries
    .filter(({ local }) => local !== undefined)
    .map((entry) => ({
      name: entry.name,
      start: entry.start,
      end: (entry.local?.dataOffset ?? 0) + entry.header.compressedSize,
    }));
  const tables = directories.map(({ start, end }) => ({ name: "the directory", start, end }));
  const overlaps = overlapsAmong([...spans, ...tables]);
  const [first] = overlaps;
  if (first === undefined) return undefined;
  const [a, b] = first;
  const more = overlaps.length > 1 ? `, and ${overlaps.length - 1} more pairs` : "";
  return {
    rule: "archive/overlapping-entries",
    message: `${shown(a.name)} and ${shown(b.name)} share bytes from ${b.start} on${more}`,
    subject: "overlap",
    offset: b.start,
    evidence: { pairs: overlaps.length },
  };
}
