// Archives, packages and disc images that no model loader reads, and that people unpack: 7-Zip's engine reads them all.

import { type Probe, startsWith } from "./probe.js";
import type { Recognition, Signature } from "./table.js";

const row = (magic: string, confirm?: Signature["confirm"], offset = 0): Signature => ({
  format: "package",
  offset,
  magic,
  ...(confirm && { confirm }),
});

export const PACKAGE_SIGNATURES: readonly Signature[] = [
  row("MSCF\0\0\0\0"), // cabinet
  row("!<arch>\n", (probe) => !isStaticLibrary(probe)), // ar, and Debian packages
  row("\xed\xab\xee\xdb"), // RPM
  row("MSWIM\0\0\0"), // Windows image
  row("xar!\0"), // xar, and macOS packages
  row("hsqs", ({ head }) => head[28] === 4 && head[29] === 0), // SquashFS 4.0
  ...["070701", "070702", "070707"].map((magic) => row(magic, isCpio)),
  row("-lh", ({ head }) => /^[0-7ds]$/.test(String.fromCharCode(head[5] ?? 0)) && head[6] === 0x2d, 2),
  row("\x1f\x9d", isCompress),
  // Streams that nothing here unpacks, and that are told for it.
  row("\x89LZO\0\r\n\x1a\n"),
  row("LZIP\x01"),
  row("\xff\x06\0\0sNaPpY"),
  row("LRZI\0"),
];

export const PACKAGE_RECOGNITIONS: readonly Recognition[] = [
  { format: "package", test: isDiscImage },
  { format: "package", test: isAppleImage },
];

/** A library for linkers by its name, with the index of symbols that no package has: object files are what it is made of. */
function isStaticLibrary({ head, name }: Probe): boolean {
  return /\.(?:a|lib)$/i.test(name) && (startsWith(head, "/ ", 8) || startsWith(head, "__.SYMDEF", 8));
}

/** cpio's headers are numbers in text. */
function isCpio({ head }: Probe): boolean {
  return /^[0-9A-Fa-f]{70}$/.test(Buffer.from(head.subarray(6, 76)).toString("latin1"));
}

/** Unix compress: a byte with the largest code's width, of which two bits are always zero. */
function isCompress({ head }: Probe): boolean {
  const flags = head[2] ?? 0;
  return (flags & 0x60) === 0 && (flags & 0x1f) >= 9 && (flags & 0x1f) <= 16;
}

/** ISO 9660 and UDF: the first volume descriptor stands in sector 16. */
const DESCRIPTORS_AT = 32_768;

function isDiscImage({ tail, tailOffset, marks }: Probe): boolean {
  const sector = marks.get(DESCRIPTORS_AT) ?? (tailOffset === 0 ? tail.subarray(DESCRIPTORS_AT) : new Uint8Array());
  return startsWith(sector, "CD001", 1) || startsWith(sector, "BEA01", 1);
}

/** The trailer of an Apple disc image is its last 512 bytes. */
const TRAILER_BYTES = 512;

function isAppleImage({ tail, size }: Probe): boolean {
  return size > TRAILER_BYTES && startsWith(tail.subarray(-TRAILER_BYTES), "koly\0\0\0\x04");
}
