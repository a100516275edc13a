import type { LimitError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import { type ByteSource, type SyncByteSource, slice } from "../../io/byte-source.js";
import { loadOnce } from "../../io/load-once.js";
import type { Reading } from "./entry.js";
import { METHOD } from "./records.js";

/** A member's content: a window of the file when it is stored, unpacked otherwise. */
export interface Decoded {
  readonly source: ByteSource;
  /** Present when the bytes were unpacked. */
  readonly inflated?: Inflated;
}

/** What came out of a compressed member, and how that went. */
export interface Inflated {
  readonly source: SyncByteSource;
  /** Compressed bytes that the stream took, up to its own end. */
  readonly consumed: number;
  readonly crc: number;
  /** Why the stream has no proper end: what came before is kept. */
  readonly failure?: string;
  /** The limit that ended it. */
  readonly limit?: LimitError;
}

/** The content behind one reading, to be closed by the caller. */
export async function decodeReading(source: ByteSource, reading: Reading, budget: Budget): Promise<Decoded> {
  const { method, dataOffset, compressedSize } = reading;
  if (method === METHOD.stored) return { source: slice(source, dataOffset, compressedSize) };
  const inflated = await unpack(source, reading, budget);
  return { source: inflated.source, inflated };
}

const loadInflate = () => import("./inflate.js");
const loadEngine = () => import("./odd-methods.js");

async function unpack(source: ByteSource, reading: Reading, budget: Budget): Promise<Inflated> {
  if (reading.method === METHOD.deflate) {
    const { inflateMember } = await loadOnce(loadInflate);
    return inflateMember(source, reading, budget);
  }
  const { decodeByEngine } = await loadOnce(loadEngine);
  return decodeByEngine(source, reading, budget);
}
