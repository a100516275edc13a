// tar headers: POSIX.1-2017 "pax" interchange format (ustar), GNU tar's dialect, and the v7 form without a magic.

import { decodeText } from "./text.js";

export const BLOCK = 512;
const CHECKSUM_AT = 148;
const CHECKSUM_LENGTH = 8;
const SPACE = 0x20;

/** One 512-byte header, field by field, nothing resolved. */
export interface TarHeader {
  readonly name: string;
  /** The name with a prefix that the dialect does not have: Python's tarfile puts it in front all the same. */
  readonly prefixedName?: string;
  readonly mode: number;
  /** Undefined when the field holds no number. */
  readonly size: number | undefined;
  /** One character: `0`, `L`, `x` ...; NUL, the regular file of v7, reads as `0`. */
  readonly type: string;
  /** The type is NUL: v7's regular file, which is a folder where its name ends in a slash. */
  readonly isV7File: boolean;
  readonly link: string;
  readonly flavour: "ustar" | "gnu" | "v7";
  readonly checksumHolds: boolean;
}

export function readHeader(block: Uint8Array): TarHeader {
  const flavour = flavourOf(block);
  const name = text(block, 0, 100);
  // offset 100: mode, 108: uid, 116: gid, 124: size, 136: mtime, 148: checksum, 156: type, 157: link name
  // offset 257: magic, 265: user, 297: group, 329 and 337: device numbers, 345: prefix (in GNU's dialect other things)
  const prefix = text(block, 345, 155);
  const prefixed = prefix === "" ? name : `${prefix}/${name}`;
  const type = String.fromCharCode(block[156] || 0x30);
  return {
    name: flavour === "ustar" ? prefixed : name,
    ...(flavour === "ustar" || prefix === "" || GNU_TIMES.test(prefix) ? {} : { prefixedName: prefixed }),
    mode: number(block, 100, 8) ?? 0,
    size: number(block, 124, 12),
    type,
    isV7File: block[156] === 0,
    link: text(block, 157, 100),
    flavour,
    checksumHolds: checksumHolds(block),
  };
}

/** Where others have the prefix, GNU's incremental archives have the times of access and change: octal, harmless as a folder's name. */
const GNU_TIMES = /^[0-7]{11}$/;

const MAGIC = [0x75, 0x73, 0x74, 0x61, 0x72]; // ustar
const MAGIC_AT = 257;

function flavourOf(block: Uint8Array): TarHeader["flavour"] {
  if (MAGIC.some((byte, i) => block[MAGIC_AT + i] !== byte)) return "v7";
  return block[MAGIC_AT + MAGIC.length] === 0 ? "ustar" : "gnu";
}

/** The sum of all bytes with the field itself as spaces; old writers added them up as signed. */
export function checksumHolds(block: Uint8Array): boolean {
  const stored = number(block, CHECKSUM_AT, CHECKSUM_LENGTH);
  if (stored === undefined || stored === 0) return false;
  let unsigned = SPACE * CHECKSUM_LENGTH;
  let high = 0;
  for (let at = 0; at < BLOCK; at++) {
    if (at === CHECKSUM_AT) at += CHECKSUM_LENGTH;
    const byte = block[at] ?? 0;
    unsigned += byte;
    high += byte >> 7;
  }
  const signed = unsigned - 256 * high;
  return stored === unsigned || stored === signed;
}

/** Text up to a NUL or the field's end. */
function text(block: Uint8Array, at: number, length: number): string {
  if (block[at] === 0) return "";
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return decodeText(end < 0 ? field : field.subarray(0, end));
}

const BASE_256 = 0x80;
const NEGATIVE = 0xff;

/** Octal digits between spaces and NULs, or GNU's big-endian binary where the first bit is set. */
function number(block: Uint8Array, at: number, length: number): number | undefined {
  const first = block[at];
  if (first === BASE_256 || first === NEGATIVE) return binary(block.subarray(at, at + length), first === NEGATIVE);
  let value = 0;
  let digits = 0;
  for (let i = at; i < at + length; i++) {
    const byte = block[i] ?? 0;
    if (byte === 0 || (byte === SPACE && digits > 0)) break;
    if (byte === SPACE) continue;
    if (byte < 0x30 || byte > 0x37) return undefined;
    value = value * 8 + byte - 0x30;
    digits++;
  }
  return value;
}

function binary(field: Uint8Array, negative: boolean): number | undefined {
  let value = 0n;
  for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte);
  if (negative) value -= 1n << BigInt(8 * (field.length - 1));
  return value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= -BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : undefined;
}
