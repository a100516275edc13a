// Zip archives taken apart and put together again. Only sound ones: what lies already is damaged byte by byte elsewhere.

import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";
import type { Dice } from "../../builders/pickle-grammar.js";
import { type Archive, type Entry, extraField, zip } from "../../builders/zip.js";
import { type Change, inserted, lieAbout, lieAt, type Structure, shuffled } from "./structure.js";

interface Member extends Entry {
  readonly name: Uint8Array;
  readonly data: Uint8Array;
  readonly method: number;
  /** Bytes from its local header to the next. */
  readonly extent: number;
}

const END_SIZE = 22;
const CENTRAL_SIZE = 46;
const LOCAL_SIZE = 30;
const MOST_MEMBERS = 500;
/** Names in UTF-8. */
const UTF8 = 0x800;

export function readZip(content: Uint8Array): Member[] | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  const end = bytes.lastIndexOf("PK\x05\x06", undefined, "latin1");
  if (end < 0 || end + END_SIZE > bytes.length) return undefined;
  const [count, size, offset] = [
    bytes.readUInt16LE(end + 10),
    bytes.readUInt32LE(end + 12),
    bytes.readUInt32LE(end + 16),
  ];
  const isSound = end + END_SIZE + bytes.readUInt16LE(end + 20) === bytes.length && offset + size <= end;
  if (!isSound || count > MOST_MEMBERS || bytes.readUInt32LE(0) !== 0x04034b50) return undefined;
  const members: Member[] = [];
  let at = offset;
  for (let left = count; left > 0; left--) {
    const member = at + CENTRAL_SIZE <= end ? readMember(bytes, at) : undefined;
    if (member === undefined) return undefined;
    members.push(member);
    at += CENTRAL_SIZE + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  if (members.reduce((sum, { extent }) => sum + extent, 0) !== offset) return undefined; // something lies between them
  const names = new Set(members.map(({ name }) => Buffer.from(name).toString("latin1").toLowerCase()));
  return at === offset + size && names.size === count && count > 0 ? members : undefined;
}

function readMember(bytes: Buffer, at: number): Member | undefined {
  const flags = bytes.readUInt16LE(at + 8);
  const method = bytes.readUInt16LE(at + 10);
  const [checksum, packedSize, size] = [16, 20, 24].map((field) => bytes.readUInt32LE(at + field));
  const name = bytes.subarray(at + CENTRAL_SIZE, at + CENTRAL_SIZE + bytes.readUInt16LE(at + 28));
  const local = bytes.readUInt32LE(at + 42);
  if (packedSize === undefined || local + LOCAL_SIZE > bytes.length || (flags & 1) === 1) return undefined;
  const start = local + LOCAL_SIZE + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  if (!bytes.subarray(local + LOCAL_SIZE, local + LOCAL_SIZE + name.length).equals(name)) return undefined;
  const data = unpack(bytes.subarray(start, start + packedSize), method);
  if (data === undefined || data.length !== size || crc32(data) !== checksum) return undefined;
  const extent = start + packedSize + descriptorAt(bytes, start + packedSize, flags) - local;
  return { name, data, method, extent, flags: flags & UTF8, externalAttributes: bytes.readUInt32LE(at + 38) };
}

/** Length of a data descriptor, APPNOTE 4.3.9: with its signature or without, and of 32 bits. */
function descriptorAt(bytes: Buffer, at: number, flags: number): number {
  if ((flags & 8) === 0 || at + 16 > bytes.length) return 0;
  return bytes.toString("latin1", at, at + 4) === "PK\x07\x08" ? 16 : 12;
}

function unpack(packed: Uint8Array, method: number): Uint8Array | undefined {
  if (method === 0) return packed;
  try {
    return method === 8 ? inflateRawSync(packed, { maxOutputLength: 4 << 20 }) : undefined;
  } catch {
    return undefined; // not a sound archive: nothing to change here
  }
}

function rewriting(rewrite: (members: Member[], dice: Dice) => Archive | undefined): Change {
  return (bytes, dice) => {
    const members = readZip(bytes);
    const archive = members && rewrite(members, dice);
    return archive && new Uint8Array(zip(archive));
  };
}

function each(rewrite: (member: Member, dice: Dice) => Entry): Change {
  return rewriting((members, dice) => ({
    entries: members.map((member) => (dice.below(4) === 0 ? member : rewrite(member, dice))),
  }));
}

/** Extra fields as Info-ZIP (0x5455), zipalign and torch (FB padding) write them. */
function extraFields(dice: Dice): Uint8Array {
  return dice.pick([
    extraField(0x5455, Uint8Array.of(1, 0, 0, 0, 0x5f)),
    extraField(0x4246, new Uint8Array(dice.below(64)).fill(0x5a)),
    extraField(0x7875, Uint8Array.of(1, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0)),
  ]);
}

/** Files that stand beside models. */
function companion(dice: Dice): Entry {
  return dice.pick<Entry>([
    { name: "notes.txt", data: "trained on tuesday\n" },
    { name: "docs/", data: "", externalAttributes: 0o040755 * 0x10000 },
    { name: ".data/version", data: "3\n" },
  ]);
}

/** A change to the content of one member. */
export function insideZip(change: Change): Change {
  return rewriting((members, dice) => {
    const at = dice.below(members.length);
    let data: Uint8Array | undefined;
    for (let i = 0; i < members.length && data === undefined; i++) {
      const member = members[(at + i) % members.length];
      data = member && change(member.data, dice);
      if (member && data) members.splice((at + i) % members.length, 1, { ...member, data });
    }
    return data && { entries: members };
  });
}

function flagsOf(member: Member, bits: number): number {
  return (Number(member.flags) & UTF8) | bits;
}

/** Offsets of every record with this signature. */
function recordsOf(bytes: Uint8Array, signature: string): number[] {
  const found: number[] = [];
  const text = Buffer.from(bytes);
  for (let at = text.indexOf(signature, 0, "latin1"); at >= 0; at = text.indexOf(signature, at + 1, "latin1"))
    found.push(at);
  return found;
}

type Width = 1 | 2 | 4 | 8;

/** Fields of a record by offset and width, APPNOTE 4.3. */
const LOCAL_FIELDS: readonly (readonly [number, Width])[] = [
  ...([
    [4, 2],
    [6, 2],
    [8, 2],
    [14, 4],
    [18, 4],
    [22, 4],
    [26, 2],
    [28, 2],
  ] as const),
];
const CENTRAL_FIELDS: readonly (readonly [number, Width])[] = [
  ...([
    [4, 2],
    [6, 2],
    [8, 2],
    [10, 2],
    [16, 4],
    [20, 4],
    [24, 4],
    [28, 2],
    [30, 2],
    [32, 2],
    [34, 2],
    [38, 4],
    [42, 4],
  ] as const),
];
const END_FIELDS: readonly (readonly [number, Width])[] = [
  ...([
    [4, 2],
    [6, 2],
    [8, 2],
    [10, 2],
    [12, 4],
    [16, 4],
    [20, 2],
  ] as const),
];

function lying(signature: string, fields: readonly (readonly [number, Width])[]): Change {
  return (bytes, dice) => {
    const records = recordsOf(bytes, signature);
    if (records.length === 0) return undefined;
    const [field, width] = dice.pick(fields);
    return lieAt(bytes, dice.pick(records) + field, width, dice);
  };
}

/** The same lie in both headers, so that nothing contradicts it. */
const lyingTwice = rewriting((members, dice) => {
  const at = dice.below(members.length);
  const member = members[at];
  if (member === undefined) return undefined;
  const lie = Number(lieAbout(member.data.length, dice) & 0xffff_ffffn);
  const field = dice.pick(["size", "compressedSize", "crc", "method", "flags"]);
  const value = field === "method" || field === "flags" ? lie & 0xffff : lie;
  members.splice(at, 1, { ...member, [field]: value, packed: packedAs(member) });
  return { entries: members };
});

function packedAs({ method, data }: Member): Uint8Array {
  return method === 8 ? deflateRawSync(data) : data;
}

const lyingZip64 = rewriting((entries, dice) => ({
  entries,
  zip64: { [dice.pick(["entries", "directorySize", "directoryOffset"])]: Number(lieAbout(entries.length, dice) >> 1n) },
  end: { entries: 0xffff, directorySize: 0xffff_ffff, directoryOffset: 0xffff_ffff },
}));

const lyingExtra = each((member, dice) => {
  const extra = Buffer.from(extraField(dice.pick([1, 0x5455, 0x7075, 0x9901]), new Uint8Array(dice.below(32))));
  return { ...member, extra: lieAt(extra, 2, 2, dice), local: { extra: lieAt(extra, 0, 2, dice) } };
});

export const zipStructure: Structure = {
  name: "zip",
  harmless: {
    repacked: each((member, dice) => ({ ...member, method: dice.pick([0, 8]) })),
    reordered: rewriting((members, dice) => ({ entries: shuffled(members, dice) })),
    described: each((member) => ({ ...member, method: 8, descriptor: true, flags: flagsOf(member, 8) })),
    padded: each((member, dice) => ({ ...member, local: { extra: extraFields(dice) } })),
    stamped: each((member, dice) => {
      const extra = extraFields(dice);
      return { ...member, extra, local: { extra } };
    }),
    accompanied: rewriting((members, dice) => ({
      entries: inserted<Entry>(members, dice.below(members.length + 1), companion(dice)),
    })),
    commented: rewriting((entries) => ({ entries, comment: Buffer.from("made by hand") })),
    zip64: rewriting((entries) => ({ entries, zip64: {} })),
  },
  odd: {
    renamed: each((member, dice) => ({ ...member, name: Buffer.from(`part-${dice.below(1e6)}.bin`) })),
    prefixed: rewriting((entries) => ({ entries, prefix: Buffer.from("#!/bin/sh\n"), adjusted: true })),
    behind: rewriting((entries) => ({ entries, prefix: new Uint8Array(300) })),
    followed: rewriting((entries) => ({ entries, trailing: new Uint8Array(40) })),
    twice: rewriting((members, dice) => ({ entries: [...members, dice.pick(members)] })),
    spaced: each((member) => ({ ...member, gap: new Uint8Array(16) })),
    unchecked: each((member) => ({ ...member, crc: 0 })),
    renamedLocally: each((member) => ({ ...member, local: { name: "other" } })),
    unsizedLocally: each((member) => ({ ...member, local: { size: 0, compressedSize: 0 } })),
    unlisted: rewriting((members, dice) => ({
      entries: [...members.map((member) => ({ ...member, hidden: dice.below(2) === 0 })), companion(dice)],
    })),
    miscounted: rewriting((members, dice) => ({ entries: members, end: { entries: dice.below(members.length + 3) } })),
  },
  lies: {
    local: lying("PK\x03\x04", LOCAL_FIELDS),
    central: lying("PK\x01\x02", CENTRAL_FIELDS),
    end: lying("PK\x05\x06", END_FIELDS),
    both: lyingTwice,
    zip64: lyingZip64,
    extra: lyingExtra,
  },
};
