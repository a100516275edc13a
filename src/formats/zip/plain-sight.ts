// Compressors store what does not shrink as it is, so the directory of an archive of weights stands in plain sight near the end of the stream.

import type { Budget } from "../../io/budget.js";
import type { ByteSource } from "../../io/byte-source.js";
import { type Directory, readDirectories } from "./directory.js";
import { findEndRecords } from "./end-records.js";
import { asBuffer, hasSignature, LOCAL_BYTES, LOCAL_SIGNATURE, localLength } from "./records.js";
import { Window } from "./window.js";

const CHUNK_BYTES = 64 << 10;

/**
 * Whether every archive that a reader finds near the end of a packed stream is its content showing through: the same directories, and at
 * the place of each entry either the entry of the content or nothing that a reader takes for one.
 */
export async function showsThrough(packed: ByteSource, content: ByteSource, budget: Budget): Promise<boolean> {
  const outer = await directoriesOf(packed, budget);
  if (outer.length === 0) return false;
  const inner = await directoriesOf(content, budget);
  for (const directory of outer) {
    const twin = await findTwin(directory, inner, { packed, content });
    if (twin === undefined || !(await entriesShow([directory, twin], { packed, content }, budget))) return false;
  }
  return true;
}

interface Sides {
  readonly packed: ByteSource;
  readonly content: ByteSource;
}

async function directoriesOf(source: ByteSource, budget: Budget): Promise<Directory[]> {
  const window = new Window(source);
  const found: Directory[] = [];
  for (const record of await findEndRecords(source)) found.push(...(await readDirectories(window, record, budget)));
  return found;
}

/** The directory of the content whose bytes are the same, from the first row to the end of its record. */
async function findTwin(
  directory: Directory,
  inner: readonly Directory[],
  { packed, content }: Sides,
): Promise<Directory | undefined> {
  if (directory.broken !== undefined || directory.limit !== undefined) return undefined;
  const length = directory.endRecord.end - directory.start;
  for (const twin of inner) {
    if (twin.endRecord.end - twin.start !== length) continue;
    if (await isSame({ packed, content }, [directory.start, twin.start], length)) return twin;
  }
  return undefined;
}

/** The same directory lists the same entries in the same order. */
async function entriesShow(
  [directory, twin]: readonly [Directory, Directory],
  sides: Sides,
  budget: Budget,
): Promise<boolean> {
  for (const [index, { headerAt, compressedSize }] of directory.entries.entries()) {
    budget.spendSteps();
    const header = asBuffer(await sides.packed.read(Math.max(0, headerAt), LOCAL_BYTES));
    if (header.length < LOCAL_BYTES || !hasSignature(header, LOCAL_SIGNATURE)) continue;
    const own = twin.entries[index]?.headerAt;
    if (own === undefined) return false;
    if (!(await isSame(sides, [headerAt, own], localLength(header, 0) + compressedSize))) return false;
  }
  return true;
}

async function isSame(
  { packed, content }: Sides,
  [from, own]: readonly [number, number],
  length: number,
): Promise<boolean> {
  for (let at = 0; at < length; at += CHUNK_BYTES) {
    const size = Math.min(CHUNK_BYTES, length - at);
    const bytes = asBuffer(await packed.read(from + at, size));
    if (bytes.length < size || !bytes.equals(await content.read(own + at, size))) return false;
  }
  return true;
}
