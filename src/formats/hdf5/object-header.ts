// HDF5 File Format Specification, part IV.A: object headers of version 1 and 2, with their continuation blocks.

import { ParseError } from "../../errors.js";
import type { HdfCursor } from "./cursor.js";
import type { HdfFile } from "./file.js";
import { UnsupportedError } from "./unsupported.js";

/** Message types that say where bytes are, what they mean or which other objects there are. */
export const MESSAGE = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

export interface HeaderMessage {
  readonly type: number;
  /** The body stands elsewhere: in a committed datatype or in the heap of shared messages. */
  readonly isShared: boolean;
  /** A cursor over the body. */
  readonly open: () => HdfCursor;
}

export interface ObjectHeader {
  readonly address: number;
  readonly messages: readonly HeaderMessage[];
}

const SHARED_FLAG = 0x02;
const CHECKSUM_BYTES = 4;
/** Signature, version, flags and at most five optional fields of a version 2 header. */
const MAX_PREFIX_BYTES = 4 + 1 + 1 + 16 + 4 + 8;
/** Messages hold 64 KiB at most and a header a few hundred of them; longer data lives elsewhere. */
const MAX_HEADER_BYTES = 64 << 20;
/** The library writes one continuation after the other, each at least large enough for one message. */
const MAX_CONTINUATIONS = 10_000;

interface HeaderFormat {
  readonly version: 1 | 2;
  /** Version 2 messages carry their creation order when this is set. */
  readonly hasOrder: boolean;
}

interface Block {
  readonly address: number;
  readonly length: number;
}

export async function readObjectHeader(file: HdfFile, address: number): Promise<ObjectHeader> {
  const prefix = await file.window(address, MAX_PREFIX_BYTES);
  const first = prefix.u8();
  prefix.seek(file.offsetOf(address));
  return first === 1 ? readVersion1(file, address, prefix) : readVersion2(file, address, prefix);
}

async function readVersion1(file: HdfFile, address: number, prefix: HdfCursor): Promise<ObjectHeader> {
  prefix.skip(1 + 1); // version, reserved
  prefix.skip(2 + 4); // message count (the blocks' sizes decide), reference count
  const length = prefix.u32();
  const messages = await readBlocks(file, { address: address + 16, length }, { version: 1, hasOrder: false });
  return { address, messages };
}

async function readVersion2(file: HdfFile, address: number, prefix: HdfCursor): Promise<ObjectHeader> {
  prefix.expect("OHDR");
  const version = prefix.u8();
  if (version !== 2) throw new ParseError(`object header version ${version} is not known`, prefix.offset);
  const flags = prefix.u8();
  if (flags & 0x20) prefix.skip(4 * 4); // times
  if (flags & 0x10) prefix.skip(2 + 2); // when attributes move to dense storage
  const length = prefix.uint(1 << (flags & 0x03));
  const start = prefix.offset - file.offsetOf(address) + address;
  const messages = await readBlocks(file, { address: start, length }, { version: 2, hasOrder: (flags & 0x04) !== 0 });
  return { address, messages };
}

/** The first block and all its continuations; each address is read once, so a loop of continuations ends. */
async function readBlocks(file: HdfFile, first: Block, format: HeaderFormat): Promise<HeaderMessage[]> {
  const messages: HeaderMessage[] = [];
  const seen = new Set<number>();
  const open: Block[] = [first];
  let total = 0;
  for (let block = open.pop(); block !== undefined; block = open.pop()) {
    if (seen.has(block.address)) continue;
    seen.add(block.address);
    total += block.length;
    if (total > MAX_HEADER_BYTES || seen.size > MAX_CONTINUATIONS) {
      throw new ParseError(`object header has ${total} bytes in ${seen.size} blocks`, file.offsetOf(block.address));
    }
    const isFirst = seen.size === 1;
    const cursor = await file.block(block.address, block.length);
    open.push(...readMessages(messages, cursor, format, isFirst).reverse());
  }
  return messages;
}

/** Adds the block's messages and returns its continuations. */
function readMessages(into: HeaderMessage[], cursor: HdfCursor, format: HeaderFormat, isFirst: boolean): Block[] {
  const continuations: Block[] = [];
  let keep = 0;
  if (format.version === 2 && !isFirst) {
    cursor.expect("OCHK");
    keep = CHECKSUM_BYTES;
  }
  const headBytes = format.version === 1 ? 8 : format.hasOrder ? 6 : 4;
  while (cursor.remaining - keep >= headBytes) {
    const message = readMessage(cursor, format);
    if (message.type !== MESSAGE.continuation) {
      into.push(message);
      continue;
    }
    const body = message.open();
    const address = body.address();
    if (address !== undefined) continuations.push({ address, length: body.length() });
  }
  return continuations;
}

function readMessage(cursor: HdfCursor, { version, hasOrder }: HeaderFormat): HeaderMessage {
  const type = version === 1 ? cursor.u16() : cursor.u8();
  const size = cursor.u16();
  const flags = cursor.u8();
  if (version === 1)
    cursor.skip(3); // reserved
  else if (hasOrder) cursor.skip(2);
  const open = cursor.sub(size);
  return { type, isShared: (flags & SHARED_FLAG) !== 0, open };
}

export function messagesOf(header: ObjectHeader, type: number): HeaderMessage[] {
  return header.messages.filter((message) => message.type === type);
}

/** The body of a message, which for a shared one stands in another object's header. */
export async function openMessage(file: HdfFile, message: HeaderMessage): Promise<HdfCursor> {
  if (!message.isShared) return message.open();
  const owner = sharedAddress(message.open());
  const header = await readObjectHeader(file, owner);
  const [found] = messagesOf(header, message.type);
  if (found === undefined || found.isShared) {
    throw new ParseError(`no message ${message.type} in the object that should share it`, file.offsetOf(owner));
  }
  return found.open();
}

/** Part IV.A.2: a shared message names the object header that holds it; version 3 may name a heap instead. */
export function sharedAddress(body: HdfCursor): number {
  const start = body.offset;
  const version = body.u8();
  const kind = body.u8();
  if (version === 1) body.skip(6);
  if (version === 3 && kind !== 2) throw new UnsupportedError("messages in the heap of shared messages", start);
  const address = body.address();
  if (address === undefined) throw new ParseError(`shared message at ${start} points nowhere`, start);
  return address;
}
