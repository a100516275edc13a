// A dataset's elements as windows of whole elements, in the order they are stored, whatever the layout.

import { ParseError } from "../../errors.js";
import { walkTree } from "./btree-v1.js";
import type { HdfCursor } from "./cursor.js";
import type { Dataset } from "./dataset.js";
import type { HdfFile } from "./file.js";
import { decodeChunk } from "./filters.js";
import type { ChunkIndex } from "./layout.js";
import { UnsupportedError } from "./unsupported.js";

export interface RawWindow {
  readonly bytes: Uint8Array;
  /** Inside the artifact, when the bytes stand there verbatim. */
  readonly offset: number | undefined;
}

const WINDOW_BYTES = 1 << 20;
/** h5py chooses chunks below 1 MiB; a chunk must fit into memory for every reader. */
const MAX_CHUNK_BYTES = 512 << 20;

/** Never what an external file or another dataset holds, and nothing for space that was not written yet. */
export async function* readRaw(file: HdfFile, dataset: Dataset): AsyncGenerator<RawWindow> {
  const { layout } = dataset;
  if (layout.kind === "compact") yield { bytes: layout.bytes, offset: layout.offset };
  else if (layout.kind === "contiguous") yield* readContiguous(file, dataset);
  else if (layout.kind === "chunked") yield* readChunks(file, dataset, layout.index);
}

async function* readContiguous(file: HdfFile, { layout, type, space }: Dataset): AsyncGenerator<RawWindow> {
  if (layout.kind !== "contiguous" || layout.address === undefined || type.size === 0) return;
  const stated = Math.min(layout.length, space.elements * type.size);
  const available = Math.max(0, file.size - layout.address);
  const step = Math.max(1, Math.floor(WINDOW_BYTES / type.size)) * type.size;
  for (let at = 0; at < Math.min(stated, available); at += step) {
    const length = Math.min(step, stated - at);
    const address = layout.address + at;
    yield { bytes: await file.raw(address, length), offset: file.offsetOf(address) };
  }
  if (stated > available) {
    throw new ParseError(`a dataset of ${stated} bytes, ${available} are there`, file.offsetOf(layout.address));
  }
}

interface StoredChunk {
  readonly address: number;
  readonly stored: number;
  readonly mask: number;
}

async function* readChunks(file: HdfFile, dataset: Dataset, index: ChunkIndex): AsyncGenerator<RawWindow> {
  const size = chunkBytes(dataset);
  if (size > MAX_CHUNK_BYTES) throw new ParseError(`a chunk of ${size} bytes, limit ${MAX_CHUNK_BYTES}`);
  for await (const { address, stored, mask } of locateChunks(file, dataset, index)) {
    if (stored > MAX_CHUNK_BYTES) throw new ParseError(`a chunk of ${stored} bytes`, file.offsetOf(address));
    file.budget.checkTime();
    const bytes = await file.raw(address, stored);
    const decoded = decodeChunk(dataset.filters, { bytes, mask, size });
    if (decoded !== bytes) file.budget.spendInflated(decoded.length, decoded.length, stored);
    yield { bytes: decoded, offset: decoded === bytes ? file.offsetOf(address) : undefined };
  }
}

function chunkBytes({ layout, type }: Dataset): number {
  if (layout.kind !== "chunked") return 0;
  // The last dimension repeats the element's size.
  return layout.chunkDims.slice(0, -1).reduce((product, dim) => product * dim, type.size);
}

async function* locateChunks(file: HdfFile, dataset: Dataset, index: ChunkIndex): AsyncGenerator<StoredChunk> {
  if (index.kind === "newer") throw new UnsupportedError("a chunk index of file format 1.10");
  const { address } = index;
  if (address === undefined) return;
  const size = chunkBytes(dataset);
  if (index.kind === "single") yield { address, stored: index.stored ?? size, mask: index.mask };
  else if (index.kind === "implicit") {
    const count = chunkCount(dataset);
    for (let i = 0; i < count; i++) yield { address: address + i * size, stored: size, mask: 0 };
  } else yield* locateByTree(file, dataset, address);
}

function chunkCount({ layout, space }: Dataset): number {
  if (layout.kind !== "chunked") return 0;
  return space.dims.reduce((product, dim, i) => product * Math.ceil(dim / Math.max(1, layout.chunkDims[i] ?? 1)), 1);
}

async function* locateByTree(file: HdfFile, { layout }: Dataset, root: number): AsyncGenerator<StoredChunk> {
  if (layout.kind !== "chunked") return;
  const shape = {
    type: 1,
    keyBytes: 4 + 4 + 8 * layout.chunkDims.length,
    readKey: (cursor: HdfCursor) => {
      const key = { stored: cursor.u32(), mask: cursor.u32() };
      cursor.skip(8 * layout.chunkDims.length); // where the chunk stands in the dataset
      return key;
    },
  } as const;
  for await (const { key, address } of walkTree(file, root, shape)) yield { address, ...key };
}
