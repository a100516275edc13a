// Headers of .pyc files: https://peps.python.org/pep-0552/ and the list of magic numbers in Include/internal/pycore_magic_number.h.
import { ParseError } from "../../errors.js";
import type { PythonVersion } from "./opcode-tables.js";

interface Release {
  readonly version: PythonVersion;
  /** First and last magic number of its development. */
  readonly from: number;
  readonly to: number;
  readonly headerBytes: number;
}

/** 3.3 added the source's size, 3.7 flags and hash-based files. */
const RELEASES: readonly Release[] = [
  { version: "2.7", from: 62171, to: 62211, headerBytes: 8 },
  { version: "3.6", from: 3360, to: 3379, headerBytes: 12 },
  { version: "3.7", from: 3390, to: 3394, headerBytes: 16 },
  { version: "3.8", from: 3400, to: 3413, headerBytes: 16 },
  { version: "3.9", from: 3420, to: 3425, headerBytes: 16 },
  { version: "3.10", from: 3430, to: 3439, headerBytes: 16 },
  { version: "3.11", from: 3450, to: 3495, headerBytes: 16 },
  { version: "3.12", from: 3500, to: 3531, headerBytes: 16 },
  { version: "3.13", from: 3550, to: 3599, headerBytes: 16 },
  { version: "3.14", from: 3600, to: 3649, headerBytes: 16 },
];
/** Magic numbers of Python 3 begin here and rise with every change of the bytecode; those of Python 2 are around 62,000. */
const FIRST_OF_3 = 3000;
const LAST_OF_3 = 4500;
/** Type byte of a marshalled code object, with and without the flag that it is referred to later. */
const TYPE_CODE = [0x63, 0xe3];
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

export interface PycHeader {
  /** Undefined for releases whose bytecode is not known here. */
  readonly version: PythonVersion | undefined;
  readonly headerBytes: number;
}

/** Whether the bytes begin as every .pyc does: a magic number of Python, CR LF, and a code object behind the header. */
export function isPyc(head: Uint8Array): boolean {
  const header = headerOf(head);
  return header !== undefined && TYPE_CODE.includes(head[header.headerBytes] ?? 0);
}

export function readPycHeader(head: Uint8Array): PycHeader {
  const header = headerOf(head);
  if (header === undefined) throw new ParseError("not the magic number of a .pyc file", 0);
  return header;
}

function headerOf(head: Uint8Array): PycHeader | undefined {
  if (head[2] !== CARRIAGE_RETURN || head[3] !== LINE_FEED) return undefined;
  const magic = (head[0] ?? 0) | ((head[1] ?? 0) << 8);
  const release = releaseOf(magic);
  if (release) return release;
  if (magic < FIRST_OF_3 || magic > LAST_OF_3) return undefined;
  return { version: undefined, headerBytes: magic < 3190 ? 8 : magic < 3390 ? 12 : 16 };
}

function releaseOf(magic: number): Release | undefined {
  return RELEASES.find(({ from, to }) => magic >= from && magic <= to);
}
