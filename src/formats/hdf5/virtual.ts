// HDF5 File Format Specification, part III.F: the mapping of a virtual dataset, an object of a global heap.

import type { HdfCursor } from "./cursor.js";
import type { HdfFile } from "./file.js";
import type { GlobalHeap } from "./heaps.js";
import { UnsupportedError } from "./unsupported.js";

export interface VirtualSource {
  /** "." is the file itself; may hold `%b` for the number of a block. */
  readonly file: string;
  readonly dataset: string;
}

/** Mappings of real virtual datasets: one per file of an experiment. */
const MAX_SOURCES = 100_000;
const CHECKSUM_BYTES = 4;

export async function readVirtualSources(
  file: HdfFile,
  heap: GlobalHeap,
  reference: { readonly collection: number; readonly index: number },
): Promise<VirtualSource[]> {
  const extent = await heap.find(reference);
  const cursor = await file.block(extent.address, extent.length);
  const version = cursor.u8();
  if (version !== 0) throw new UnsupportedError(`virtual dataset mapping version ${version}`, cursor.offset);
  const count = Math.min(cursor.length(), MAX_SOURCES);
  const sources: VirtualSource[] = [];
  for (let i = 0; i < count && cursor.remaining > CHECKSUM_BYTES; i++) {
    sources.push({ file: cursor.text(), dataset: cursor.text() });
    skipSelection(cursor);
    skipSelection(cursor);
  }
  return sources;
}

const SELECTION = { none: 0, points: 1, hyperslab: 2, all: 3 } as const;

/** Part IV.A.3: which elements of a dataspace. Only its length matters here. */
function skipSelection(cursor: HdfCursor): void {
  const type = cursor.u32();
  const version = cursor.u32();
  if (type === SELECTION.none || type === SELECTION.all) cursor.skip(4 + 4);
  else if (version === 1) {
    cursor.skip(4); // reserved
    cursor.skip(cursor.u32());
  } else if (type === SELECTION.hyperslab && version === 2) {
    cursor.skip(1); // flags
    cursor.skip(cursor.u32());
  } else if (type === SELECTION.hyperslab && version === 3) skipHyperslab3(cursor);
  else if (type === SELECTION.points && version === 2) skipPoints2(cursor);
  else throw new UnsupportedError(`selection of type ${type}, version ${version}`, cursor.offset);
}

function skipHyperslab3(cursor: HdfCursor): void {
  const isRegular = (cursor.u8() & 0x01) !== 0;
  const width = cursor.u8();
  const rank = cursor.u32();
  // Start, stride, count and block of each dimension; or a list of blocks by their corners.
  cursor.skip(isRegular ? 4 * rank * width : 2 * rank * width * cursor.uint(Math.min(width, 8)));
}

function skipPoints2(cursor: HdfCursor): void {
  const width = cursor.u8();
  const rank = cursor.u32();
  cursor.skip(rank * width * cursor.uint(Math.min(width, 8)));
}
