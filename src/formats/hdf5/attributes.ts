// HDF5 File Format Specification, parts IV.A.2.m and IV.A.2.v: attributes, in the object header or in dense storage.

import { ParseError } from "../../errors.js";
import { walkRecords } from "./btree-v2.js";
import type { HdfCursor } from "./cursor.js";
import { type Dataspace, readDataspace } from "./dataspace.js";
import { type Datatype, readDatatype } from "./datatype.js";
import type { HdfFile } from "./file.js";
import { FractalHeap } from "./fractal-heap.js";
import {
  MESSAGE,
  messagesOf,
  type ObjectHeader,
  openMessage,
  readObjectHeader,
  sharedAddress,
} from "./object-header.js";
import { UnsupportedError } from "./unsupported.js";

export interface Attribute {
  readonly name: string;
  readonly type: Datatype;
  readonly space: Dataspace;
  /** The elements as stored: texts of variable length are references. */
  readonly raw: Uint8Array;
  /** Of the elements, inside the artifact. */
  readonly offset: number;
}

const TYPE_IS_SHARED = 0x01;
const SPACE_IS_SHARED = 0x02;
const MESSAGE_IS_SHARED = 0x02;
/** Heap id of an attribute: always 8 bytes, then the flags of its message. */
const HEAP_ID_BYTES = 8;

export async function* readAttributes(file: HdfFile, header: ObjectHeader): AsyncGenerator<Attribute> {
  for (const message of messagesOf(header, MESSAGE.attribute)) {
    yield await readAttribute(file, await openMessage(file, message));
  }
  for (const message of messagesOf(header, MESSAGE.attributeInfo)) {
    yield* readDenseAttributes(file, await openMessage(file, message));
  }
}

async function* readDenseAttributes(file: HdfFile, info: HdfCursor): AsyncGenerator<Attribute> {
  info.skip(1); // version
  const flags = info.u8();
  if (flags & 0x01) info.skip(2); // largest creation order
  const heapAddress = info.address();
  const nameIndex = info.address();
  if (heapAddress === undefined || nameIndex === undefined) return;
  const heap = await FractalHeap.open(file, heapAddress);
  for await (const record of walkRecords(file, nameIndex)) {
    const id = record.sub(HEAP_ID_BYTES)();
    if (record.u8() & MESSAGE_IS_SHARED)
      throw new UnsupportedError("attributes in the heap of shared messages", id.offset);
    yield await readAttribute(file, await heap.read(id));
  }
}

async function readAttribute(file: HdfFile, body: HdfCursor): Promise<Attribute> {
  const start = body.offset;
  const version = body.u8();
  if (version < 1 || version > 3) throw new ParseError(`attribute version ${version} is not known`, start);
  const flags = body.u8();
  const nameBytes = body.u16();
  const typeBytes = body.u16();
  const spaceBytes = body.u16();
  if (version === 3) body.skip(1); // character set
  const name = takePadded(body, nameBytes, version);
  const type = takePadded(body, typeBytes, version);
  const space = takePadded(body, spaceBytes, version);
  const offset = body.offset;
  return {
    name: name.utf8(nameBytes).split("\0", 1).join(""),
    type: readDatatype(await resolve(file, type, MESSAGE.datatype, version > 1 && (flags & TYPE_IS_SHARED) !== 0)),
    space: readDataspace(await resolve(file, space, MESSAGE.dataspace, version > 1 && (flags & SPACE_IS_SHARED) !== 0)),
    raw: body.raw(body.remaining),
    offset,
  };
}

/** Version 1 pads each of its parts to a multiple of 8 bytes. */
function takePadded(body: HdfCursor, length: number, version: number): HdfCursor {
  const part = body.sub(length)();
  if (version === 1) body.skip(Math.min(body.remaining, (8 - (length % 8)) % 8));
  return part;
}

async function resolve(file: HdfFile, part: HdfCursor, type: number, isShared: boolean): Promise<HdfCursor> {
  if (!isShared) return part;
  const owner = await readObjectHeader(file, sharedAddress(part));
  const [found] = messagesOf(owner, type);
  if (found === undefined) throw new ParseError(`shared message ${type} is missing`, file.offsetOf(owner.address));
  return found.open();
}
