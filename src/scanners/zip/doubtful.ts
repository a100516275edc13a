import { crc32 } from "node:zlib";
import { isReadable, type Reading, saysEncrypted, type ZipEntry } from "../../formats/zip/entry.js";
import { METHOD, methodName } from "../../formats/zip/records.js";
import type { ByteSource } from "../../io/byte-source.js";
import { shown } from "../archive-names.js";
import type { Observation } from "../scanner.js";
import type { MemberReader } from "./member-reader.js";

/** A checksum over more is not worth its time: such an entry counts as encrypted. */
const MAX_PROVEN_BYTES = 64 << 20;
const WINDOW_BYTES = 1 << 20;

/** What is behind headers that say an entry is encrypted or compressed in an unknown way. */
export interface Doubt {
  /** How its bytes can be examined all the same. */
  readonly reading?: Reading;
  /** They are what the directory's checksum was made of: the headers lie. */
  readonly isPlain: boolean;
}

/**
 * A lie in one field keeps scanners away while loaders that ignore the field read on. Real encryption adds a header of 12 bytes or more, so
 * bytes of the stated length may be plain, and a checksum that fits proves it.
 */
export async function resolveDoubtful(
  reader: Pick<MemberReader, "decode">,
  stated: Reading,
  crc: number,
): Promise<Doubt> {
  for (const method of isReadable(stated.method) ? [stated.method] : [METHOD.stored, METHOD.deflate]) {
    const reading = { ...stated, method };
    const { source: content, inflated } = await reader.decode(reading);
    // A stream without an end will do: readers stop at the stated size.
    const isWhole = content.size === reading.size;
    const isPlain = isWhole && crc === (inflated?.crc ?? (await checksumOf(content)));
    content.close?.();
    if (isWhole) return { reading, isPlain };
  }
  return { isPlain: false };
}

async function checksumOf(source: ByteSource): Promise<number> {
  let crc = 0;
  for (let at = 0; at < Math.min(source.size, MAX_PROVEN_BYTES); at += WINDOW_BYTES) {
    crc = crc32(await source.read(at, WINDOW_BYTES), crc);
  }
  return crc;
}

export function judgeDoubtful(entry: ZipEntry, stated: Reading, { reading, isPlain }: Doubt): Observation {
  const { name, header } = entry;
  const place = { subject: name, member: name, offset: entry.headerAt };
  if (saysEncrypted(header) && isPlain) {
    const message = `${shown(name)} is flagged as encrypted, yet its bytes are plain: torch.load and zipfile refuse it, readers that ignore the flag load it`;
    return { rule: "archive/reader-evasion", message, ...place, subject: `${name}: encryption` };
  }
  if (saysEncrypted(header)) {
    return { rule: "archive/encrypted-member", message: `${shown(name)} is encrypted (${cipherOf(entry)})`, ...place };
  }
  const as = reading === undefined ? "" : `; its bytes were examined as ${methodName(reading.method)}`;
  return {
    rule: "archive/unsupported-method",
    message: `${shown(name)} is compressed by ${methodName(stated.method)}, which torch.load and zipfile refuse${as}`,
    ...place,
  };
}

function cipherOf({ header }: ZipEntry): string {
  if (header.aesMethod !== undefined) return "AES";
  return (header.flags & 0x40) !== 0 ? "strong encryption" : "ZipCrypto";
}
