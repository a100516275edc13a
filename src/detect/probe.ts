import { type ByteSource, isSync } from "../io/byte-source.js";
import { type HeadField, headFields } from "./protobuf-fields.js";

const HEAD_BYTES = 4096;
/** A zip's end record lies within its 22 bytes and a comment of up to 65,535. */
const TAIL_BYTES = 65_557;

interface Ends {
  readonly name: string;
  readonly size: number;
  readonly head: Uint8Array;
  /** The last bytes, beginning at `tailOffset`; the head itself when the artifact is small. */
  readonly tail: Uint8Array;
  readonly tailOffset: number;
  /**
   * Bytes around every power of two between head and tail, where HDF5 may begin, from `MARK_LEAD` before it; only of sources that can be read
   * without waiting.
   */
  readonly marks: ReadonlyMap<number, Uint8Array>;
}

/** The first and last bytes of an artifact: all that detection looks at. What several formats are told by is read once. */
export interface Probe extends Ends {
  /** The head, a character for each byte. */
  readonly text: string;
  /** The head as the fields of a protobuf message; none where the head holds no byte that only such have. */
  readonly fields: readonly HeadField[];
}

/** Every message of the formats that are told by one holds bytes that no text does: the key of a field is 0x12. `#ifndef` reads as a group. */
function isBinary(head: Uint8Array): boolean {
  for (let i = 0; i < head.length; i++) {
    const byte = head[i] as number;
    if (byte < 0x20 && (byte < 0x09 || byte > 0x0d)) return true;
  }
  return false;
}

function probeOf(ends: Ends): Probe {
  const { head } = ends;
  let text: string | undefined;
  let fields: readonly HeadField[] | undefined;
  return {
    ...ends,
    get text() {
      text ??= Buffer.from(head.buffer, head.byteOffset, head.length).toString("latin1");
      return text;
    },
    get fields() {
      fields ??= isBinary(head) ? headFields(head) : [];
      return fields;
    },
  };
}

export async function probe(source: ByteSource, name: string): Promise<Probe> {
  const { size } = source;
  if (size <= TAIL_BYTES) {
    const all = await source.read(0, size);
    return probeOf({ name, size, head: all.subarray(0, HEAD_BYTES), tail: all, tailOffset: 0, marks: NO_MARKS });
  }
  const head = await source.read(0, HEAD_BYTES);
  const tailOffset = size - TAIL_BYTES;
  return probeOf({
    name,
    size,
    head,
    tail: await source.read(tailOffset, TAIL_BYTES),
    tailOffset,
    marks: readMarks(source, tailOffset),
  });
}

/** Before a mark: room for the header of a zip's entry. */
export const MARK_LEAD = 512;
/** A superblock, as far as its end-of-file address. */
const MARK_BYTES = 64;
const NO_MARKS: ReadonlyMap<number, Uint8Array> = new Map();

function readMarks(source: ByteSource, end: number): ReadonlyMap<number, Uint8Array> {
  if (!isSync(source)) return NO_MARKS;
  const marks = new Map<number, Uint8Array>();
  for (let at = HEAD_BYTES; at < end; at *= 2) {
    marks.set(at, source.readSync(at - MARK_LEAD, MARK_LEAD + MARK_BYTES));
  }
  return marks;
}

/** Enough for every signature; a checkpoint has thousands of storages, and each read costs. */
const STORAGE_HEAD_BYTES = 512;

/** The probe of a tensor's storage: its first bytes, and no tail. */
export async function probeHead(source: ByteSource, name: string): Promise<Probe> {
  const { size } = source;
  const head = await source.read(0, STORAGE_HEAD_BYTES);
  return probeOf({ name, size, head, tail: new Uint8Array(), tailOffset: size, marks: NO_MARKS });
}

export function startsWith(bytes: Uint8Array, magic: string, offset = 0): boolean {
  if (bytes.length < offset + magic.length) return false;
  for (let i = 0; i < magic.length; i++) if (bytes[offset + i] !== magic.charCodeAt(i)) return false;
  return true;
}
