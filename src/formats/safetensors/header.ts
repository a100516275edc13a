// safetensors: a 64-bit length, that many bytes of JSON, then the tensors one after the other without a gap.
// Specification and checks: the safetensors crate (tensor.rs, `SafeTensors::read_metadata` and `Metadata::validate`).

import { ParseError } from "../../errors.js";
import { type ByteSource, readExactly } from "../../io/byte-source.js";
import { type JsonLimits, skipJsonSpace, walkJson } from "../json/walk.js";
import { EntryReader } from "./entries.js";

export interface SafetensorsTensor {
  readonly name: string;
  readonly dtype: string;
  /** In bytes from the start of the data. */
  readonly begin: number;
  readonly end: number;
  /** Of the name, inside the file. */
  readonly offset: number;
}

export type SafetensorsFaultKind =
  | "bad-entry"
  | "duplicate-key"
  | "unknown-dtype"
  | "unknown-field"
  | "tensor-size"
  | "tensor-outside"
  | "tensor-overlap"
  | "tensor-hole";

/** A fact about a header that breaks the format's rules. */
export interface SafetensorsFault {
  readonly kind: SafetensorsFaultKind;
  /** Tensor or metadata key. */
  readonly subject: string;
  readonly message: string;
  readonly offset: number;
}

/** Receives what is read as it is read, so that nothing is lost when the rest cannot be. */
export interface SafetensorsVisitor {
  tensor(tensor: SafetensorsTensor, elements: bigint): void;
  metadata(key: string, value: string, offset: number): void;
  fault(fault: SafetensorsFault): void;
}

export interface SafetensorsHeader {
  /** Offset of the tensor data inside the file. */
  readonly dataStart: number;
  readonly dataSize: number;
}

const LENGTH_BYTES = 8;
/** MAX_HEADER_SIZE of the crate. */
const MAX_HEADER_BYTES = 100_000_000;
/** serde_json refuses to go deeper; an ordinary header has three levels. */
const MAX_DEPTH = 127;
const OPEN_BRACE = 0x7b;

/** Reads and checks the header. Tensors are told in the order of the JSON; how they lie together is for `checkLayout`. */
export async function readSafetensors(
  source: ByteSource,
  visitor: SafetensorsVisitor,
  limits: JsonLimits = {},
): Promise<SafetensorsHeader> {
  const length = await readLength(source);
  const bytes = await readExactly(source, LENGTH_BYTES, length);
  if (bytes[0] !== OPEN_BRACE) throw new ParseError("the header does not begin with {", LENGTH_BYTES);
  const dataStart = LENGTH_BYTES + length;
  const dataSize = source.size - dataStart;
  const reader = new EntryReader(dataSize, visitor);
  const end = walkJson(bytes, reader, { ...limits, base: LENGTH_BYTES, strict: true, maxDepth: MAX_DEPTH });
  const next = skipJsonSpace(bytes, end - LENGTH_BYTES);
  if (next < length)
    throw new ParseError(
      `${length - next} bytes follow the JSON of the header at ${LENGTH_BYTES + next}`,
      LENGTH_BYTES + next,
    );
  return { dataStart, dataSize };
}

async function readLength(source: ByteSource): Promise<number> {
  const bytes = await readExactly(source, 0, LENGTH_BYTES);
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES))
    throw new ParseError(`header of ${length} bytes, loaders take at most ${MAX_HEADER_BYTES}`, 0);
  const remaining = source.size - LENGTH_BYTES;
  if (Number(length) > remaining)
    throw new ParseError(`header of ${length} bytes at 8, the file has ${remaining} left`, LENGTH_BYTES);
  if (length < 2n) throw new ParseError(`header of ${length} bytes cannot hold a JSON object`, 0);
  return Number(length);
}
