// The archives of docs/zip-loaders.md: one lie each, told to torch.load and zipfile as well when the table was made.

import { deflateRawSync } from "node:zlib";
import { type Archive, type Entry, endRecord, unicodePath, zip } from "./zip.js";

/** `posix.getpid()`: harmless, and it shows that the pickle was run. */
export const RUNS = Buffer.from("\x80\x02cposix\ngetpid\n)R.", "latin1");
/** `{}`: what a scanner is meant to see. */
export const HARMLESS = Buffer.from("\x80\x02}.", "latin1");

const VERSION: Entry = { name: "archive/version", data: "3\n" };

/** A checkpoint as torch.save lays it out, with its first record as given. */
function torch(data: Partial<Entry> = {}, rest: Partial<Archive> = {}): Buffer {
  const entries: Entry[] = [
    { name: "archive/data.pkl", data: RUNS, ...data },
    { name: "archive/data/0", data: "0123456789abcdef" },
    VERSION,
  ];
  return zip({ entries, ...rest });
}

/** Legacy torch.save: magic number, protocol version, system, object, storage keys. */
const LEGACY = Buffer.concat([
  Buffer.from("\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.", "latin1"),
  Buffer.from(
    "\x80\x02}(X\x10\0\0\0protocol_versionM\xe9\x03X\r\0\0\0little_endian\x88X\n\0\0\0type_sizes}u.",
    "latin1",
  ),
  RUNS,
  Buffer.from("\x80\x02].", "latin1"),
]);

const flag = (bit: number): number => 1 << bit;

/** RUNS as Python's bz2 and zipfile write it. */
const BZIP2 = Buffer.from(
  "425a6839314159265359ffae45a600000953c01010002110000ea0cc4040002000229a30869a7ea8530004d08161de65abc85068f8bb9229c28487fd722d30",
  "hex",
);
const LZMA = Buffer.from("090405005d000080000040008803cb87e60e3fc6d353e68e58c8ace77e026acff97ffffd2c6000", "hex");

/** By the id that the table's rows begin with. */
export const LOADER_ROWS: ReadonlyMap<string, Buffer> = new Map(
  Object.entries({
    honest: torch(),
    "crc-both": torch({ crc: 1 }),
    "crc-local": torch({ local: { crc: 1 } }),
    "flag-0": torch({ flags: flag(0) }),
    "flag-5": torch({ flags: flag(5) }),
    "flag-6": torch({ flags: flag(6) }),
    "flag-13": torch({ flags: flag(13) }),
    "flags-free": torch({ flags: flag(1) | flag(2) | flag(11) }),
    "flags-unused": torch({ flags: flag(4) | flag(7) | flag(8) | flag(9) | flag(10) | flag(12) | flag(14) | flag(15) }),
    "local-flag-0": torch({ local: { flags: flag(0) } }),
    "local-flag-5": torch({ local: { flags: flag(5) } }),
    "local-flags": torch({ local: { flags: 0xffff & ~flag(3) } }),
    "local-name": torch({ local: { name: "archive/data.txt" } }),
    "local-method": torch({ local: { method: 8 } }),
    "central-method": torch({
      method: 0,
      data: RUNS,
      packed: deflateRawSync(RUNS),
      size: RUNS.length,
      local: { method: 8 },
    }),
    "method-99": torch({ method: 99, packed: RUNS }),
    bzip2: torch({ method: 12, packed: BZIP2 }),
    lzma: torch({ method: 14, packed: LZMA, flags: 2 }),
    "version-99": torch({ versionNeeded: 99 }),
    "disk-1": torch({ diskStart: 1 }),
    "duplicate-first": zip({
      entries: [{ name: "archive/data.pkl", data: RUNS }, { name: "archive/data.pkl", data: HARMLESS }, VERSION],
    }),
    "duplicate-last": zip({
      entries: [{ name: "archive/data.pkl", data: HARMLESS }, { name: "archive/data.pkl", data: RUNS }, VERSION],
    }),
    "case-first": zip({
      entries: [{ name: "archive/DATA.PKL", data: RUNS }, { name: "archive/data.pkl", data: HARMLESS }, VERSION],
    }),
    "case-last": zip({
      entries: [{ name: "archive/data.pkl", data: HARMLESS }, { name: "archive/DATA.PKL", data: RUNS }, VERSION],
    }),
    "case-only": zip({ entries: [{ name: "archive/DATA.PKL", data: RUNS }, VERSION] }),
    "two-roots": zip({
      entries: [{ name: "archive/data.pkl", data: RUNS }, VERSION, { name: "other/data.pkl", data: HARMLESS }],
    }),
    "no-root": zip({
      entries: [
        { name: "data.pkl", data: RUNS },
        { name: "version", data: "3\n" },
      ],
    }),
    "deep-root": zip({
      entries: [
        { name: "a/b/data.pkl", data: RUNS },
        { name: "a/b/version", data: "3\n" },
      ],
    }),
    "trailing-short": torch({}, { trailing: Buffer.alloc(1000, "x") }),
    "trailing-long": torch({}, { trailing: Buffer.alloc(70_000, "x") }),
    leading: torch({}, { prefix: Buffer.from("leading junk") }),
    "leading-adjusted": torch({}, { prefix: Buffer.from("leading junk"), adjusted: true }),
    "second-end": torch({}, { trailing: endRecord({ entries: 0, directorySize: 0, directoryOffset: 0 }) }),
    "end-in-comment": torch({}, { comment: endRecord({ entries: 0, directorySize: 0, directoryOffset: 0 }) }),
    "archive-in-comment": torch({ data: HARMLESS }, { comment: torch() }),
    "zip64-plain-lies": torch({}, { zip64: {}, end: { entries: 1, directorySize: 46, directoryOffset: 0 } }),
    "count-low": torch({}, { end: { entries: 1 } }),
    "count-zero": torch({}, { end: { entries: 0 } }),
    "size-zero": torch({}, { end: { directorySize: 0 } }),
    "before-end": torch({}, { beforeEnd: Buffer.from("in between") }),
    "after-stop": torch({ data: Buffer.concat([HARMLESS, RUNS]) }),
    "legacy-and-zip": Buffer.concat([LEGACY, torch({ data: HARMLESS })]),
    "zip-and-legacy": torch({ data: HARMLESS }, { trailing: LEGACY }),
    "nul-name": torch({ name: "archive/data.pkl\0x" }),
    "sizes-zero": torch({ compressedSize: 0, size: 0, local: { compressedSize: RUNS.length, size: RUNS.length } }),
    "local-sizes-zero": torch({ local: { compressedSize: 0, size: 0, crc: 0 } }),
    "size-huge": torch({ size: 0x7fff_ffff }),
    "local-only": zip({
      entries: [
        { name: "archive/hidden.pkl", data: RUNS, hidden: true },
        { name: "archive/data.pkl", data: HARMLESS },
        VERSION,
      ],
    }),
    concatenated: Buffer.concat([torch(), torch({ data: HARMLESS })]),
    overlapping: zip({
      entries: [
        { name: "archive/data.pkl", data: RUNS },
        VERSION,
        { name: "archive/again.pkl", data: RUNS, headerOffset: 0, listedOnly: true },
      ],
    }),
    "directory-data": zip({
      entries: [{ name: "archive/data.pkl", data: HARMLESS }, { name: "archive/more/", data: RUNS }, VERSION],
    }),
    "unicode-path": torch({ extra: unicodePath("archive/other.pkl", "archive/data.pkl") }),
    "no-end": torch({}, { end: false }),
  }),
);

export { LEGACY };
