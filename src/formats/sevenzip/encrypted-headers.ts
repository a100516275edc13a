// The start of a 7z archive (7zFormat.txt of the LZMA SDK): signature, version, CRC, then where the headers are.

import type { SyncByteSource } from "../../io/byte-source.js";
import { Cursor } from "../../io/cursor.js";

const START_HEADER = 32;
const NEXT_HEADER_AT = 12;
/** `kEncodedHeader`: what follows describes how the real headers are packed. */
const ENCODED_HEADER = 0x17;
/** A few coders and their sizes; the real headers lie elsewhere. */
const MAX_DESCRIPTION = 1024;
/** The id of AES-256 with SHA-256 as a coder. */
const AES = Buffer.from([0x06, 0xf1, 0x07, 0x01]);

/** Whether even the names are encrypted. Without the password the engine fails on such headers in ever other ways. */
export function hasEncryptedHeaders(source: SyncByteSource): boolean {
  const start = source.readSync(0, START_HEADER);
  if (start.length < START_HEADER) return false;
  const cursor = new Cursor(start);
  cursor.seek(NEXT_HEADER_AT);
  const offset = cursor.u64();
  const size = cursor.u64();
  if (offset > BigInt(source.size) || size > BigInt(MAX_DESCRIPTION)) return false;
  const description = source.readSync(START_HEADER + Number(offset), Number(size));
  return description[0] === ENCODED_HEADER && Buffer.from(description).includes(AES);
}
