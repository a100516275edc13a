import { hasDescriptor, type ZipEntry } from "./entry.js";
import { DESCRIPTOR_SIGNATURE, type Header, hasSignature } from "./records.js";
import type { Span } from "./spans.js";
import type { Window } from "./window.js";

/** Longer gaps count as content without a look whether they are all zero. */
const MAX_PADDING_BYTES = 64 << 20;
const WINDOW_BYTES = 1 << 20;
/** The longest data descriptor: signature, checksum, two 64-bit sizes (4.3.9). */
const MAX_DESCRIPTOR_BYTES = 24;

/** Gaps without the data descriptors that follow entries, and without alignment: what is nothing but zeros. */
export async function unexplained(
  window: Window,
  entries: readonly ZipEntry[],
  gaps: readonly Span[],
): Promise<Span[]> {
  const described = new Map<number, Header>();
  for (const { end, header } of entries) if (hasDescriptor(header)) described.set(end, header);
  const found: Span[] = [];
  for (const { start, end } of gaps) {
    const header = described.get(start);
    const known = header
      ? descriptorBytes(await window.read(start, Math.min(MAX_DESCRIPTOR_BYTES, end - start)), header)
      : 0;
    const rest = { start: start + known, end };
    if (rest.end - rest.start > MAX_PADDING_BYTES || !(await isZero(window, rest))) found.push(rest);
  }
  return found;
}

/** Length of the descriptor that `bytes` begin with: its signature is optional, its sizes have 32 or 64 bits. */
function descriptorBytes(bytes: Buffer, { crc, compressedSize }: Header): number {
  const fixed = hasSignature(bytes, DESCRIPTOR_SIGNATURE) ? 8 : 4;
  if (fixed === 4 && !hasSignature(bytes, crc)) return 0;
  const isLong = bytes.length >= fixed + 16 && bytes.readBigUInt64LE(fixed) === BigInt(compressedSize);
  return Math.min(bytes.length, fixed + (isLong ? 16 : 8));
}

async function isZero(window: Window, { start, end }: Span): Promise<boolean> {
  for (let at = start; at < end; at += WINDOW_BYTES) {
    const bytes = await window.read(at, Math.min(WINDOW_BYTES, end - at));
    if (bytes.some((byte) => byte !== 0)) return false;
  }
  return true;
}
