import { LimitError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import type { EndRecord } from "./end-records.js";
import {
  CENTRAL_BYTES,
  CENTRAL_SIGNATURE,
  type CentralHeader,
  centralLength,
  hasSignature,
  parseCentralHeader,
} from "./records.js";
import type { Window } from "./window.js";

export interface Directory {
  readonly endRecord: EndRecord;
  readonly start: number;
  /** After the last row. */
  readonly end: number;
  /** What is added to recorded offsets: the length of whatever precedes the archive. */
  readonly base: number;
  readonly entries: readonly CentralHeader[];
  /** Rows that lie beyond the stated size of the directory. */
  readonly beyond: number;
  /** Why the rows end before the stated size does. */
  readonly broken?: string;
  /** The limit that ended the walk. */
  readonly limit?: LimitError;
}

/** Where readers look for the directory: Python before the end record, minus the size; miniz at the recorded offset. */
function directoryStarts({ directoryEnd, fields }: EndRecord): { start: number; base: number }[] {
  const before = directoryEnd - fields.directorySize;
  const starts = [{ start: before, base: before - fields.directoryOffset }];
  if (before !== fields.directoryOffset) starts.push({ start: fields.directoryOffset, base: 0 });
  return starts.filter(({ start }) => start >= 0 && start <= directoryEnd);
}

/** The directories an end record leads to: one in every honest archive, none in a record that is made up. */
export async function readDirectories(window: Window, endRecord: EndRecord, budget: Budget): Promise<Directory[]> {
  const found: Directory[] = [];
  for (const { start, base } of directoryStarts(endRecord)) {
    const directory = await walk(window, { endRecord, start, base }, budget);
    if (directory.entries.length > 0) found.push(directory);
  }
  return found;
}

type Place = Pick<Directory, "endRecord" | "start" | "base">;

/** By size as Python does, never by the stated count; and on beyond the size for as long as there are rows. */
async function walk(window: Window, place: Place, budget: Budget): Promise<Directory> {
  const { endRecord, start, base } = place;
  const statedEnd = start + endRecord.fields.directorySize;
  const entries: CentralHeader[] = [];
  let at = start;
  let beyond = 0;
  let limit: LimitError | undefined;
  while (at < endRecord.directoryEnd) {
    const fixed = window.indexOf(at, CENTRAL_BYTES) ?? (await window.load(at, CENTRAL_BYTES));
    if (fixed === undefined || !hasSignature(window.bytes, CENTRAL_SIGNATURE, fixed)) break;
    const length = centralLength(window.bytes, fixed);
    if (at + length > endRecord.directoryEnd) break;
    if (entries.length >= budget.limits.max_members) {
      limit = new LimitError("max_members", `the directory lists more than ${budget.limits.max_members} members`, at);
      break;
    }
    budget.spendSteps();
    const index = window.indexOf(at, length) ?? (await window.load(at, length));
    if (index === undefined) break;
    entries.push(parseCentralHeader(window.bytes, { index, at }, base));
    if (at >= statedEnd) beyond++;
    at += length;
  }
  const isBroken = at < statedEnd && limit === undefined;
  const broken = isBroken ? `no directory entry at ${at}, ${statedEnd - at} bytes before its end` : undefined;
  return { ...place, end: at, entries, beyond, ...(broken && { broken }), ...(limit && { limit }) };
}
