// HDF5 File Format Specification, part III.A.2: version 2 B-trees.

import { ParseError } from "../../errors.js";
import type { HdfCursor } from "./cursor.js";
import type { HdfFile } from "./file.js";

/** Signature, version, type and checksum around the records of a node. */
const NODE_OVERHEAD = 4 + 1 + 1 + 4;
const MAX_DEPTH = 16;
/** libhdf5 uses 512 bytes for links and attributes and 2 KiB for chunks. */
const MAX_NODE_BYTES = 16 << 20;

interface Tree {
  readonly nodeBytes: number;
  readonly recordBytes: number;
  readonly depth: number;
  /** Width of a child's own record count. */
  readonly countBytes: number;
  /** By depth: width of the count of all records below a child of that depth. */
  readonly totalBytes: readonly number[];
}

interface NodeReference {
  readonly address: number;
  readonly records: number;
  readonly depth: number;
}

/** A fresh cursor over every record of a tree, in no particular order. Every node is read once. */
export async function* walkRecords(file: HdfFile, address: number): AsyncGenerator<HdfCursor> {
  const head = await file.block(address, 4 + 1 + 1 + 4 + 2 + 2 + 1 + 1 + file.sizes.offset + 2);
  head.expect("BTHD");
  head.skip(1 + 1); // version, type: the caller knows what it asked for
  const tree = planTree(head, file);
  head.skip(1 + 1); // split and merge percentages
  const root = head.address();
  if (root === undefined) return;
  const seen = new Set<number>();
  const open: NodeReference[] = [{ address: root, records: head.u16(), depth: tree.depth }];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node.address)) continue;
    seen.add(node.address);
    const { records, children } = await readNode(file, node, tree);
    yield* records;
    open.push(...children);
  }
}

/** Widths of the counts follow from how many records fit into nodes of each level (H5B2__hdr_init). */
function planTree(head: HdfCursor, file: HdfFile): Tree {
  const nodeBytes = head.u32();
  const recordBytes = head.u16();
  const depth = head.u16();
  if (recordBytes === 0 || nodeBytes > MAX_NODE_BYTES || nodeBytes <= NODE_OVERHEAD || depth > MAX_DEPTH) {
    throw new ParseError(
      `B-tree of depth ${depth}, nodes of ${nodeBytes}, records of ${recordBytes} bytes`,
      head.offset,
    );
  }
  const leafRecords = Math.floor((nodeBytes - NODE_OVERHEAD) / recordBytes);
  const countBytes = bytesFor(leafRecords);
  const totalBytes = [0];
  let below = leafRecords;
  for (let level = 1; level <= depth; level++) {
    const pointerBytes = file.sizes.offset + countBytes + (totalBytes[level - 1] ?? 0);
    const records = Math.floor((nodeBytes - NODE_OVERHEAD - pointerBytes) / (recordBytes + pointerBytes));
    below = (records + 1) * below + records;
    totalBytes.push(bytesFor(below));
  }
  return { nodeBytes, recordBytes, depth, countBytes, totalBytes };
}

function bytesFor(limit: number): number {
  return Math.floor(Math.log2(Math.max(1, limit)) / 8) + 1;
}

async function readNode(
  file: HdfFile,
  node: NodeReference,
  tree: Tree,
): Promise<{ records: HdfCursor[]; children: NodeReference[] }> {
  const cursor = await file.block(node.address, tree.nodeBytes);
  cursor.expect(node.depth === 0 ? "BTLF" : "BTIN");
  cursor.skip(1 + 1); // version, type
  const records: HdfCursor[] = [];
  for (let i = 0; i < node.records; i++) records.push(cursor.sub(tree.recordBytes)());
  const children: NodeReference[] = [];
  if (node.depth === 0) return { records, children };
  for (let i = 0; i <= node.records; i++) {
    const address = cursor.address();
    const count = cursor.uint(tree.countBytes);
    cursor.skip(tree.totalBytes[node.depth - 1] ?? 0);
    if (address !== undefined) children.push({ address, records: count, depth: node.depth - 1 });
  }
  return { records, children };
}
