// What ggml wrote before GGUF: a magic, from the second on a version, then the numbers of one architecture without names. Only loaders
// of that architecture know what follows, so only what all of them share is read. whisper.cpp still writes the first of them.

import { ParseError } from "../../errors.js";
import { type ByteSource, readExactly } from "../../io/byte-source.js";
import { Cursor } from "../../io/cursor.js";

interface Variant {
  readonly id: "ggml" | "ggmf" | "ggjt" | "ggla" | "ggsn";
  readonly hasVersion: boolean;
  /** What the first number is, and its largest sensible value. */
  readonly first: string;
  readonly most: number;
}

/** By the magic's bytes as they stand in the file, which is the name backwards. */
const VARIANTS: ReadonlyMap<string, Variant> = new Map([
  ["lmgg", { id: "ggml", hasVersion: false, first: "vocabulary or layer size", most: 10_000_000 }],
  ["fmgg", { id: "ggmf", hasVersion: true, first: "vocabulary", most: 10_000_000 }],
  ["tjgg", { id: "ggjt", hasVersion: true, first: "vocabulary", most: 10_000_000 }],
  ["algg", { id: "ggla", hasVersion: true, first: "rank of the adapter", most: 65_536 }],
  ["nsgg", { id: "ggsn", hasVersion: true, first: "token count", most: 10_000_000 }],
]);

/** rwkv.cpp counts its versions of ggmf from 100. */
const MAX_VERSION = 200;
const HEAD_BYTES = 12;

export interface GgmlHeader {
  readonly id: Variant["id"];
  readonly version: number | undefined;
}

export async function readGgml(source: ByteSource): Promise<GgmlHeader> {
  const cursor = new Cursor(await readExactly(source, 0, HEAD_BYTES));
  const magic = cursor.latin1(4);
  const variant = VARIANTS.get(magic);
  if (variant === undefined) throw new ParseError(`magic ${JSON.stringify(magic)} is none of ggml's`, 0);
  const version = variant.hasVersion ? cursor.u32() : undefined;
  if (version !== undefined && (version === 0 || version > MAX_VERSION))
    throw new ParseError(`${variant.id} version ${version}`, 4);
  const { offset } = cursor;
  const first = cursor.u32();
  if (first === 0 || first > variant.most)
    throw new ParseError(`${variant.first} of ${first}, at most ${variant.most} makes sense`, offset);
  return { id: variant.id, version };
}
