// HDF5 File Format Specification, part III.A.1: version 1 B-trees, of group members and of chunks.

import { ParseError } from "../../errors.js";
import type { HdfCursor } from "./cursor.js";
import type { HdfFile } from "./file.js";

/** What keys look like: a heap offset for groups, a chunk's sizes and place for data. */
export interface TreeShape<Key> {
  readonly type: 0 | 1;
  readonly keyBytes: number;
  readonly readKey: (cursor: HdfCursor) => Key;
}

export interface TreeLeaf<Key> {
  readonly key: Key;
  readonly address: number;
}

/** Entries of one node are numbered with 16 bits, and levels with 8; real trees are two or three levels high. */
const MAX_LEVELS = 16;

/** The leaves of a tree from left to right. Every node is read once, so that neither loops nor shared nodes cost anything. */
export async function* walkTree<Key>(
  file: HdfFile,
  root: number,
  shape: TreeShape<Key>,
): AsyncGenerator<TreeLeaf<Key>> {
  const seen = new Set<number>();
  const open: { readonly address: number; readonly maxLevel: number }[] = [{ address: root, maxLevel: MAX_LEVELS }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next.address)) continue;
    seen.add(next.address);
    const node = await readNode(file, next.address, shape);
    if (node.level > next.maxLevel) {
      throw new ParseError(
        `B-tree node of level ${node.level} below one of ${next.maxLevel}`,
        file.offsetOf(next.address),
      );
    }
    if (node.level === 0) yield* node.children;
    else {
      const maxLevel = node.level - 1;
      for (const { address } of [...node.children].reverse()) open.push({ address, maxLevel });
    }
  }
}

interface TreeNode<Key> {
  readonly level: number;
  readonly children: readonly TreeLeaf<Key>[];
}

async function readNode<Key>(file: HdfFile, address: number, shape: TreeShape<Key>): Promise<TreeNode<Key>> {
  const { offset } = file.sizes;
  const headBytes = 8 + 2 * offset;
  const head = await file.block(address, headBytes);
  head.expect("TREE");
  const type = head.u8();
  if (type !== shape.type) throw new ParseError(`B-tree of type ${type}, expected ${shape.type}`, head.offset);
  const level = head.u8();
  const count = head.u16();
  const body = await file.block(address + headBytes, count * (shape.keyBytes + offset));
  const children: TreeLeaf<Key>[] = [];
  for (let i = 0; i < count; i++) {
    const key = shape.readKey(body);
    const child = body.address();
    if (child !== undefined) children.push({ key, address: child });
  }
  return { level, children };
}
