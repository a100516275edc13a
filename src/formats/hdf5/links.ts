// HDF5 File Format Specification, parts III.B, III.C, IV.A.2.c and IV.A.2.g: what a group's members are.

import { walkTree } from "./btree-v1.js";
import { walkRecords } from "./btree-v2.js";
import type { HdfCursor } from "./cursor.js";
import type { HdfFile } from "./file.js";
import { FractalHeap } from "./fractal-heap.js";
import { type LocalHeap, readLocalHeap } from "./heaps.js";
import { MESSAGE, messagesOf, type ObjectHeader, openMessage } from "./object-header.js";

export type Link =
  | { readonly kind: "hard"; readonly name: string; readonly address: number }
  | { readonly kind: "soft"; readonly name: string; readonly target: string }
  | { readonly kind: "external"; readonly name: string; readonly file: string; readonly target: string }
  /** Followed by code of the program that reads the file. */
  | { readonly kind: "user"; readonly name: string; readonly type: number };

const LINK_TYPE = { hard: 0, soft: 1, external: 64 } as const;
const SOFT_LINK_ENTRY = 2;
/** A name index record begins with a hash of 4 bytes, before the heap id. */
const HASH_BYTES = 4;

/** The links of a group in whichever of its three forms they are stored; nothing for what is not a group. */
export async function* readLinks(file: HdfFile, header: ObjectHeader): AsyncGenerator<Link> {
  for (const message of messagesOf(header, MESSAGE.symbolTable)) {
    const body = await openMessage(file, message);
    const tree = body.address();
    const heap = body.address();
    if (tree !== undefined && heap !== undefined) yield* readOldLinks(file, tree, heap);
  }
  for (const message of messagesOf(header, MESSAGE.link)) {
    const link = readLinkMessage(await openMessage(file, message));
    if (link) yield link;
  }
  for (const message of messagesOf(header, MESSAGE.linkInfo)) {
    yield* readDenseLinks(file, await openMessage(file, message));
  }
}

async function* readOldLinks(file: HdfFile, tree: number, heapAddress: number): AsyncGenerator<Link> {
  const heap = await readLocalHeap(file, heapAddress);
  const shape = { type: 0, keyBytes: file.sizes.length, readKey: (cursor: HdfCursor) => cursor.length() } as const;
  for await (const { address } of walkTree(file, tree, shape)) yield* await readSymbolNode(file, address, heap);
}

async function readSymbolNode(file: HdfFile, address: number, heap: LocalHeap): Promise<Link[]> {
  const head = await file.block(address, 8);
  head.expect("SNOD");
  head.skip(1 + 1); // version, reserved
  const count = head.u16();
  const entryBytes = 2 * file.sizes.offset + 4 + 4 + 16;
  const body = await file.block(address + 8, count * entryBytes);
  const links: Link[] = [];
  for (let i = 0; i < count; i++) {
    const entry = body.sub(entryBytes)();
    const name = heap.textAt(entry.uint(file.sizes.offset));
    const target = entry.address();
    const cacheType = entry.u32();
    entry.skip(4); // reserved
    if (cacheType === SOFT_LINK_ENTRY) links.push({ kind: "soft", name, target: heap.textAt(entry.u32()) });
    else if (target !== undefined) links.push({ kind: "hard", name, address: target });
  }
  return links;
}

async function* readDenseLinks(file: HdfFile, info: HdfCursor): AsyncGenerator<Link> {
  info.skip(1); // version
  const flags = info.u8();
  if (flags & 0x01) info.skip(8); // largest creation order
  const heapAddress = info.address();
  const nameIndex = info.address();
  if (heapAddress === undefined || nameIndex === undefined) return;
  const heap = await FractalHeap.open(file, heapAddress);
  for await (const record of walkRecords(file, nameIndex)) {
    record.skip(HASH_BYTES);
    const link = readLinkMessage(await heap.read(record));
    if (link) yield link;
  }
}

function readLinkMessage(body: HdfCursor): Link | undefined {
  body.skip(1); // version
  const flags = body.u8();
  const type = flags & 0x08 ? body.u8() : LINK_TYPE.hard;
  if (flags & 0x04) body.skip(8); // creation order
  if (flags & 0x10) body.skip(1); // character set
  const name = body.utf8(body.uint(1 << (flags & 0x03)));
  if (type === LINK_TYPE.hard) {
    const address = body.address();
    return address === undefined ? undefined : { kind: "hard", name, address };
  }
  const value = body.sub(body.u16())();
  if (type === LINK_TYPE.soft) return { kind: "soft", name, target: value.utf8(value.remaining) };
  if (type !== LINK_TYPE.external) return { kind: "user", name, type };
  value.skip(1); // version and flags
  return { kind: "external", name, file: value.text(), target: value.text() };
}
