// Archives for the benchmarks, written field by field and without compressing anything twice.

import { constants, crc32, deflateRawSync } from "node:zlib";

const MEGABYTE = 1 << 20;

/** Raw deflate of `megabytes` of zeros: one compressed megabyte, repeated, for a flush makes every part stand alone. */
export function deflatedZeros(megabytes) {
  const part = deflateRawSync(Buffer.alloc(MEGABYTE), { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  const end = deflateRawSync(Buffer.alloc(0));
  return Buffer.concat([...Array(megabytes).fill(part), end]);
}

/** An entry whose bytes are packed already; the checksum may be left out, nobody gets to the end. */
export function packed(name, bytes, size, crc = 0) {
  return { name: Buffer.from(name), bytes, size, method: 8, crc };
}

export function deflated(name, content) {
  return packed(name, deflateRawSync(content, { level: 9 }), content.length, crc32(content));
}

export function stored(name, content) {
  return { name: Buffer.from(name), bytes: content, size: content.length, method: 0, crc: crc32(content) };
}

function fields({ name, bytes, size, method, crc }) {
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(method, 4);
  common.writeUInt32LE(0x00210000, 6);
  common.writeUInt32LE(crc, 10);
  common.writeUInt32LE(bytes.length, 14);
  common.writeUInt32LE(Math.min(size, 0xffffffff), 18);
  common.writeUInt16LE(name.length, 22);
  return common;
}

export function localRecord(entry) {
  return Buffer.concat([Buffer.from("PK\x03\x04"), fields(entry), entry.name]);
}

function centralRecord(entry, offset) {
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), fields(entry), rest, entry.name]);
}

/** Rows of a directory for entries at these offsets, and the end record. */
export function directory(placed, offset) {
  const rows = Buffer.concat(placed.map(({ entry, at }) => centralRecord(entry, at)));
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(placed.length & 0xffff, 8);
  end.writeUInt16LE(placed.length & 0xffff, 10);
  end.writeUInt32LE(rows.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([rows, end]);
}

export function zip(entries) {
  const placed = [];
  const body = [];
  let at = 0;
  for (const entry of entries) {
    placed.push({ entry, at });
    const record = localRecord(entry);
    body.push(record, entry.bytes);
    at += record.length + entry.bytes.length;
  }
  return Buffer.concat([...body, directory(placed, at)]);
}

/**
 * Overlapping entries as David Fifield builds them (https://www.bamsoftware.com/hacks/zipbomb/): every entry's data quotes the next local
 * header in a stored block and runs on into the one kernel that all of them share.
 */
export function overlapping(count, megabytes) {
  const kernel = deflatedZeros(megabytes);
  const chain = [];
  let next = { name: Buffer.from(String(count)), bytes: kernel, size: megabytes * MEGABYTE, method: 8, crc: 0 };
  let tail = kernel;
  for (let index = count - 1; index >= 0; index--) {
    const header = localRecord(next);
    chain.unshift({ entry: next, header });
    const quote = Buffer.alloc(5);
    quote.writeUInt16LE(header.length, 1);
    quote.writeUInt16LE(~header.length & 0xffff, 3);
    tail = Buffer.concat([quote, header, tail]);
    next = { ...next, name: Buffer.from(String(index)), bytes: tail, size: next.size + header.length };
  }
  const first = localRecord(next);
  const file = Buffer.concat([first, tail]);
  const placed = [{ entry: next, at: 0 }];
  let at = first.length;
  for (const { entry, header } of chain) {
    at += 5;
    placed.push({ entry, at });
    at += header.length;
  }
  return Buffer.concat([file, directory(placed, file.length)]);
}
