// HDF5 File Format Specification, part III.G: the fractal heap, which holds the links and attributes of objects with many of them.

import { ParseError } from "../../errors.js";
import { walkRecords } from "./btree-v2.js";
import type { HdfCursor } from "./cursor.js";
import type { HdfFile } from "./file.js";
import type { Extent } from "./heaps.js";
import { UnsupportedError } from "./unsupported.js";

/** An indirect block of an indirect block of ...: the table doubles in each row, so 2^64 bytes are reached well before. */
const MAX_NESTING = 64;
const MAX_WIDTH = 1024;

interface Layout {
  readonly width: number;
  readonly startBytes: number;
  readonly maxDirectBytes: number;
  /** Bytes of an offset inside the heap. */
  readonly offsetBytes: number;
  /** Bytes of an object's length inside a heap id. */
  readonly lengthBytes: number;
  readonly root: number | undefined;
  /** 0: the root is a direct block. */
  readonly rootRows: number;
  readonly hugeTree: number | undefined;
  /** Large objects are named by address and length inside the id. */
  readonly isHugeDirect: boolean;
}

const ID_TYPE = { managed: 0, huge: 1, tiny: 2 } as const;

/** Where an object lies that a heap id names; a tiny one lies in the id itself. */
export class FractalHeap {
  private hugeObjects: ReadonlyMap<number, Extent> | undefined;

  private constructor(
    private readonly file: HdfFile,
    private readonly address: number,
    private readonly layout: Layout,
  ) {}

  static async open(file: HdfFile, address: number): Promise<FractalHeap> {
    return new FractalHeap(file, address, await readLayout(file, address));
  }

  /** A cursor over the object's bytes. */
  async read(id: HdfCursor): Promise<HdfCursor> {
    const first = id.u8();
    const type = (first >> 4) & 0x03;
    if (first >> 6 !== 0) throw new ParseError(`heap id version ${first >> 6} is not known`, id.offset);
    if (type === ID_TYPE.managed) return this.readManaged(id);
    if (type === ID_TYPE.huge) return this.readHuge(id);
    if (type !== ID_TYPE.tiny) throw new ParseError(`heap id of type ${type}`, id.offset);
    return id.sub((first & 0x0f) + 1)();
  }

  private async readManaged(id: HdfCursor): Promise<HdfCursor> {
    const { layout, file } = this;
    const offset = id.uint(layout.offsetBytes);
    const length = id.uint(layout.lengthBytes);
    if (layout.root === undefined) throw new ParseError("heap id into an empty heap", id.offset);
    const address =
      layout.rootRows === 0
        ? layout.root + offset
        : await this.locate({ address: layout.root, start: 0, rows: layout.rootRows }, offset);
    return file.block(address, length);
  }

  /** Walks down from an indirect block to the direct block that holds a heap offset. */
  private async locate(from: IndirectBlock, offset: number): Promise<number> {
    let block = from;
    for (let level = 0; level < MAX_NESTING; level++) {
      const { index, start, size } = entryAt(this.layout, block, offset);
      const child = await this.childOf(block, index);
      if (size <= this.layout.maxDirectBytes) return child + (offset - start);
      block = { address: child, start, rows: rowsOf(this.layout, size) };
    }
    throw new ParseError(`indirect blocks nested deeper than ${MAX_NESTING}`, this.file.offsetOf(from.address));
  }

  private async childOf(block: IndirectBlock, index: number): Promise<number> {
    const { offset } = this.file.sizes;
    const headBytes = 4 + 1 + offset + this.layout.offsetBytes;
    const head = await this.file.block(block.address, headBytes);
    head.expect("FHIB");
    const entry = await this.file.block(block.address + headBytes + index * offset, offset);
    const child = entry.address();
    if (child === undefined) throw new ParseError("heap id into a block that is not there", entry.offset);
    return child;
  }

  private async readHuge(id: HdfCursor): Promise<HdfCursor> {
    if (this.layout.isHugeDirect) {
      const address = id.address();
      if (address === undefined) throw new ParseError("heap id points nowhere", id.offset);
      return this.file.block(address, id.length());
    }
    this.hugeObjects ??= await readHugeObjects(this.file, this.layout.hugeTree);
    const object = this.hugeObjects.get(id.uint(Math.min(id.remaining, this.file.sizes.length)));
    if (object === undefined) throw new ParseError("heap id of no large object", this.file.offsetOf(this.address));
    return this.file.block(object.address, object.length);
  }
}

async function readLayout(file: HdfFile, address: number): Promise<Layout> {
  const { offset, length } = file.sizes;
  const head = await file.block(address, 4 + 1 + 2 + 2 + 1 + 4 + 12 * length + 3 * offset + 2 + 2 + 2 + 2);
  head.expect("FRHP");
  head.skip(1); // version
  const idBytes = head.u16();
  const filterBytes = head.u16();
  if (filterBytes > 0) throw new UnsupportedError("a filtered fractal heap", file.offsetOf(address));
  head.skip(1); // flags
  const maxManaged = head.u32();
  head.skip(length); // next id of a large object
  const hugeTree = head.address();
  head.skip(length + offset); // free space and its manager
  head.skip(4 * length); // managed space, allocated space, iterator, objects
  head.skip(4 * length); // sizes and numbers of large and tiny objects
  const width = head.u16();
  const startBytes = head.length();
  const maxDirectBytes = head.length();
  const maxBits = head.u16();
  head.skip(2); // first rows
  const root = head.address();
  const rootRows = head.u16();
  if (width === 0 || width > MAX_WIDTH || startBytes === 0 || maxDirectBytes < startBytes || maxBits > 64) {
    throw new ParseError(`fractal heap of ${width} blocks of ${startBytes} bytes a row`, file.offsetOf(address));
  }
  return {
    width,
    startBytes,
    maxDirectBytes,
    offsetBytes: Math.ceil(maxBits / 8),
    lengthBytes: Math.min(bytesFor(maxManaged), Math.floor((Math.log2(maxDirectBytes) + 7) / 8)),
    root,
    rootRows,
    hugeTree,
    isHugeDirect: idBytes >= 1 + offset + length,
  };
}

function bytesFor(limit: number): number {
  return Math.floor(Math.log2(Math.max(1, limit)) / 8) + 1;
}

interface IndirectBlock {
  readonly address: number;
  /** Heap offset of its first byte. */
  readonly start: number;
  readonly rows: number;
}

interface Entry {
  readonly index: number;
  readonly start: number;
  readonly size: number;
}

/** The doubling table: rows 0 and 1 have blocks of the starting size, every further row blocks of twice the size. */
function entryAt(layout: Layout, block: IndirectBlock, offset: number): Entry {
  let rowStart = block.start;
  for (let row = 0; row < block.rows; row++) {
    const size = layout.startBytes * 2 ** Math.max(0, row - 1);
    const rowBytes = size * layout.width;
    if (offset < rowStart + rowBytes) {
      const column = Math.floor((offset - rowStart) / size);
      return { index: row * layout.width + column, start: rowStart + column * size, size };
    }
    rowStart += rowBytes;
  }
  throw new ParseError(`heap offset ${offset} is beyond ${block.rows} rows`, block.address);
}

function rowsOf(layout: Layout, blockBytes: number): number {
  return Math.floor(Math.log2(blockBytes) - Math.log2(layout.startBytes * layout.width)) + 1;
}

/** Record type 1: address, length, id. Types 2 to 4 have filters or stand inside the id. */
async function readHugeObjects(file: HdfFile, tree: number | undefined): Promise<ReadonlyMap<number, Extent>> {
  const objects = new Map<number, Extent>();
  if (tree === undefined) return objects;
  for await (const record of walkRecords(file, tree)) {
    const address = record.address();
    const length = record.length();
    if (address !== undefined) objects.set(record.length(), { address, length });
  }
  return objects;
}
