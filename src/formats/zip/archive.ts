import type { Budget } from "../../io/budget.js";
import type { ByteSource } from "../../io/byte-source.js";
import { type Directory, readDirectories } from "./directory.js";
import { type EndRecord, findEndRecords } from "./end-records.js";
import { makeEntry, type ZipEntry } from "./entry.js";
import { unexplained } from "./gaps.js";
import { readLocalHeader } from "./local-headers.js";
import { type CentralHeader, END_BYTES } from "./records.js";
import { readRow } from "./row.js";
import { gapsBetween, type Span } from "./spans.js";
import { type Sweep, Sweeper, withoutRecords } from "./sweep.js";
import { Window } from "./window.js";

/** Bytes outside all entries that are searched for hidden ones: enough for any executable or document in front of an archive. */
const MAX_SWEPT_BYTES = 256 << 20;
/** Directories that are followed; an honest file has one. */
const MAX_DIRECTORIES = 8;

/** Everything that a zip file holds under any reader's eyes. Offsets are those of the file. */
export interface ZipArchive {
  /** The one readers take first. Empty when the file has no usable directory. */
  readonly directories: readonly Directory[];
  /** All claims to be the end, the last one in the file first. */
  readonly endRecords: readonly EndRecord[];
  readonly comments: readonly Span[];
  /** The file is whole archives one behind the other, nothing between them: the last one is the first of the directories. */
  readonly isRow: boolean;
  /** Of all directories, in their order; an entry that two directories list is here once. */
  readonly entries: readonly ZipEntry[];
  /** Found by their local headers alone. */
  readonly strays: readonly ZipEntry[];
  /** Before the first entry or directory. */
  readonly leading: Span | undefined;
  /** Of no entry, no directory and no end record, and not all zero. */
  readonly unlisted: readonly Span[];
  /** After the last end record and its comment. */
  readonly trailing: Span | undefined;
  /** Was not searched for hidden entries: too long. */
  readonly unswept: readonly Span[];
  /** Bytes read for all this. */
  readonly examined: number;
}

/** Lists an archive: by every directory, then by a sweep over what no directory explains. The entries' data is not read. */
export async function readArchive(source: ByteSource, budget: Budget): Promise<ZipArchive> {
  const window = new Window(source);
  const listing = await list(source, window, budget);
  const { directories, endRecords, entries } = listing;
  const comments = commentsOf(listing);
  const known = [...entries.map(certainSpan(source.size)), ...directories, ...endRecords.map(spanOf), ...comments];
  const gaps = await unexplained(window, entries, gapsBetween(known, source.size));
  const swept = await sweepGaps(source, gaps, { window, budget });
  return {
    directories,
    endRecords,
    comments,
    entries,
    isRow: listing.isRow,
    ...sortRest(swept.rest, known),
    ...swept,
    examined: window.taken,
  };
}

interface Reader {
  readonly window: Window;
  readonly budget: Budget;
}

interface Listing {
  readonly directories: Directory[];
  readonly endRecords: EndRecord[];
  readonly entries: ZipEntry[];
  readonly isRow: boolean;
}

/** Archives in a row share no entries. */
const NO_ENTRIES: Listing = { directories: [], endRecords: [], entries: [], isRow: false };

/** Follows the end records, the last first, but for those that lie inside an entry: they belong to an archive in the archive. */
async function list(source: ByteSource, window: Window, budget: Budget): Promise<Listing> {
  const listing: Listing = { directories: [], endRecords: [], entries: [], isRow: false };
  const { directories, endRecords, entries } = listing;
  const row = await readRow(source, window, budget);
  for (const directory of row) {
    directories.push(directory);
    endRecords.push(directory.endRecord);
    for (const entry of await pairHeaders(directory, NO_ENTRIES, { window, budget })) entries.push(entry);
  }
  if (row.length > 0) return { ...listing, isRow: true };
  for (const endRecord of await findEndRecords(source)) {
    if (entries.some(({ start, end }) => start < endRecord.at && endRecord.at < end)) continue;
    endRecords.push(endRecord);
    for (const directory of await readDirectories(window, endRecord, budget)) {
      if (directories.length >= MAX_DIRECTORIES || directories.some(({ start }) => start === directory.start)) continue;
      directories.push(directory);
      for (const entry of await pairHeaders(directory, listing, { window, budget })) entries.push(entry);
    }
  }
  return listing;
}

/** Pairs a directory's rows with their local headers, without the entries that an earlier directory lists as well. */
async function pairHeaders(
  { entries: rows }: Directory,
  listing: Listing,
  { window, budget }: Reader,
): Promise<ZipEntry[]> {
  const seen = new Set(listing.entries.map(({ central }) => central && identityOf(central)));
  const entries: ZipEntry[] = [];
  for (const row of rows) {
    budget.spendSteps();
    if (seen.size > 0 && seen.has(identityOf(row))) continue;
    const entry = makeEntry(row, await readLocalHeader(window, row.headerAt));
    if (entry) entries.push(entry);
  }
  return entries;
}

function identityOf({ headerAt, rawName, compressedSize, method }: CentralHeader): string {
  return `${headerAt}:${compressedSize}:${method}:${rawName}`;
}

/** An entry that claims to reach behind the file's end owns nothing but its header for certain. */
function certainSpan(size: number): (entry: ZipEntry) => Span {
  return ({ start, end, local }) => ({ start, end: end <= size ? end : (local?.dataOffset ?? start) });
}

/** Comments of the end records that readers go by; behind one that leads nowhere may be anything. An empty archive has one record. */
function commentsOf({ directories, endRecords }: Listing): Span[] {
  const used = new Set(directories.map(({ endRecord }) => endRecord));
  const [only, ...others] = endRecords;
  if (only?.fields.entries === 0 && others.length === 0) used.add(only);
  return [...used].map(({ at, end }) => ({ start: at + END_BYTES, end })).filter(({ start, end }) => start < end);
}

function spanOf({ at, directoryEnd }: EndRecord): Span {
  return { start: directoryEnd, end: at + END_BYTES };
}

async function sweepGaps(source: ByteSource, gaps: readonly Span[], { window, budget }: Reader) {
  const strays: ZipEntry[] = [];
  const rest: Span[] = [];
  const unswept: Span[] = [];
  const sweeper = new Sweeper(source, window, budget);
  let left = MAX_SWEPT_BYTES;
  for (const gap of gaps) {
    const found = await sweeper.sweep({ start: gap.start, end: Math.min(gap.end, gap.start + left) });
    left -= found.end - gap.start;
    if (found.end < gap.end) unswept.push({ start: found.end, end: gap.end });
    for (const span of withUnswept(found, gap.end)) rest.push(...(await withoutRecords(window, span)));
    for (const { local, start, end } of found.strays) {
      const entry = makeEntry(undefined, local);
      if (entry) strays.push({ ...entry, start, end });
    }
  }
  return { strays, rest, unswept };
}

/** What was not searched for entries is unexplained all the same, as a part of the run before it. */
function withUnswept({ rest, end }: Sweep, gapEnd: number): readonly Span[] {
  if (end === gapEnd) return rest;
  const last = rest.at(-1);
  return last?.end === end ? [...rest.slice(0, -1), { ...last, end: gapEnd }] : [...rest, { start: end, end: gapEnd }];
}

/** Where unexplained bytes lie relative to the archive says what they may be. */
function sortRest(
  rest: readonly Span[],
  known: readonly Span[],
): Pick<ZipArchive, "leading" | "unlisted" | "trailing"> {
  if (known.length === 0) return { leading: undefined, unlisted: rest, trailing: undefined };
  const first = known.reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY);
  const last = known.reduce((most, { end }) => Math.max(most, end), 0);
  return {
    leading: rest.find(({ start, end }) => start === 0 && end <= first),
    unlisted: rest.filter(({ start }) => start > 0 && start < last),
    trailing: rest.find(({ start }) => start >= last),
  };
}
