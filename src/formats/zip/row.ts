import type { Budget } from "../../io/budget.js";
import type { ByteSource } from "../../io/byte-source.js";
import { type Directory, readDirectories } from "./directory.js";
import { type EndRecord, endRecordBefore } from "./end-records.js";
import type { Window } from "./window.js";

/**
 * The directories of a file that is whole archives one behind the other, the last one first; none when it is anything else. Shards of
 * distributed checkpoints are such rows, of thousands of archives (torch/distributed/checkpoint/filesystem.py).
 */
export async function readRow(source: ByteSource, window: Window, budget: Budget): Promise<readonly Directory[]> {
  const row: Directory[] = [];
  const others: Directory[] = [];
  for (let end = source.size; end > 0; ) {
    const endRecord = await endRecordBefore(source, end);
    // Most files are one archive: its directory need not be walked to know that nothing precedes it.
    if (row.length === 0 && (endRecord === undefined || beginOf(endRecord) <= 0)) return [];
    const found = endRecord ? await readDirectories(window, endRecord, budget) : [];
    const own = found.find(isAtEnd);
    if (own === undefined || !fills(own, end)) return [];
    if (row.length === 0) others.push(...found.filter((directory) => directory !== own));
    row.push(own);
    end = own.base;
  }
  // A reader of the whole file may count from its beginning: what it finds there must be of the row as well.
  const starts = new Set(row.map(({ start }) => start));
  return row.length > 1 && others.every(({ start }) => starts.has(start)) ? row : [];
}

function beginOf({ directoryEnd, fields }: EndRecord): number {
  return directoryEnd - fields.directorySize - fields.directoryOffset;
}

/** Right before its end record, of the stated size, as every writer leaves it. */
function isAtEnd({ start, end, endRecord, beyond, broken, limit }: Directory): boolean {
  const isWhole = broken === undefined && limit === undefined && beyond === 0;
  return isWhole && start === endRecord.directoryEnd - endRecord.fields.directorySize && end === endRecord.directoryEnd;
}

/** Its archive begins inside the file, with an entry, and holds all entries that it lists. */
function fills({ base, start, entries }: Directory, end: number): boolean {
  const isInside = base >= 0 && base < end && entries.some(({ headerAt }) => headerAt === base);
  return (
    isInside && entries.every(({ headerAt, compressedSize }) => headerAt >= base && headerAt + compressedSize < start)
  );
}
