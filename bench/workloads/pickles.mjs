// Pickles dense with opcodes, pickles of large constants, torch archives.

import { randomBytes } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { directory, localRecord, stored } from "./archives.mjs";

const MEGABYTE = 1 << 20;

/** A list of dicts as `pickle.dumps(records, 4)` writes them: keys by memo, values as small literals. */
export function denseRecords(count, seed = 0) {
  const parts = [Buffer.from([0x80, 4, 0x5d, 0x94, 0x28])];
  for (let i = 0; i < count; i++) parts.push(record(i + seed, i === 0));
  parts.push(Buffer.from([0x65, 0x2e]));
  return Buffer.concat(parts);
}

/** {"id": n, "value": 1.5, "flag": True, "tag": None, "name": "n123"}; 4 bytes an opcode. */
function record(n, first) {
  const key = (name, slot) => (first ? [0x8c, name.length, ...Buffer.from(name), 0x94] : [0x68, slot]);
  const name = Buffer.from(`row-number-${n % 100_000}`);
  return Buffer.from([
    0x7d,
    0x94,
    0x28,
    ...key("id", 2),
    0x4a,
    n & 255,
    (n >> 8) & 255,
    (n >> 16) & 255,
    0,
    ...key("value", 3),
    0x47,
    0x3f,
    0xf8,
    0,
    0,
    0,
    0,
    0,
    0,
    ...key("flag", 4),
    0x88,
    ...key("tag", 5),
    0x4e,
    ...key("name", 6),
    0x8c,
    name.length,
    ...name,
    0x94,
    0x75,
  ]);
}

/** One list of `megabytes`; about 3.2 million opcodes in ten of them. */
export function writeDense(path, megabytes) {
  const fd = openSync(path, "w");
  let written = writeSync(fd, Buffer.concat([Buffer.from([0x80, 4, 0x5d, 0x94, 0x28]), record(0, true)]));
  for (let n = 1; written < megabytes * MEGABYTE; ) {
    const batch = [];
    for (let i = 0; i < 20_000; i++) batch.push(record(n++, false));
    const bytes = Buffer.concat(batch);
    written += writeSync(fd, bytes);
    writeSync(fd, Buffer.from([0x65, 0x28]));
  }
  writeSync(fd, Buffer.from([0x65, 0x2e]));
  closeSync(fd);
}

/** Four BINBYTES in a list. Their content is written out: `cat` reads a hole faster than any disk. */
export function writeBlobs(path, megabytes) {
  const fd = openSync(path, "w");
  const chunk = randomBytes(MEGABYTE);
  writeSync(fd, Buffer.from([0x80, 4, 0x5d, 0x94, 0x28]));
  for (let i = 0; i < 4; i++) {
    const head = Buffer.from([0x42, 0, 0, 0, 0]);
    head.writeUInt32LE((megabytes / 4) * MEGABYTE, 1);
    writeSync(fd, head);
    for (let m = 0; m < megabytes / 4; m++) writeSync(fd, chunk);
  }
  writeSync(fd, Buffer.from([0x65, 0x2e]));
  closeSync(fd);
}

/** What torch.save writes for a state_dict of 40 tensors, their storages holes in the file. */
export function writeTorch(path, gigabytes) {
  const fd = openSync(path, "w");
  const storageBytes = Math.floor((gigabytes * 1024 * MEGABYTE) / 40 / 64) * 64;
  const entries = [];
  let at = 0;
  const add = (name, bytes, size = bytes.length) => {
    const entry = { ...stored(name, bytes), size, bytes: { length: size } };
    entries.push({ entry, at });
    writeSync(fd, localRecord(entry), 0, undefined, at);
    at += 30 + Buffer.byteLength(name);
    if (bytes.length > 0) writeSync(fd, bytes, 0, bytes.length, at);
    at += size;
  };
  add("archive/data.pkl", statePickle(40, storageBytes / 4));
  add("archive/byteorder", Buffer.from("little"));
  for (let i = 0; i < 40; i++) add(`archive/data/${i}`, Buffer.alloc(0), storageBytes);
  add("archive/version", Buffer.from("3\n"));
  const rows = directory(entries, at);
  writeSync(fd, rows, 0, rows.length, at);
  closeSync(fd);
}

function statePickle(count, elements) {
  const text = (value) => [0x58, value.length, 0, 0, 0, ...Buffer.from(value)];
  const int = (value) => [0x4a, value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255];
  const parts = [0x80, 2, ...Buffer.from("ccollections\nOrderedDict\n"), 0x29, 0x52, 0x28];
  for (let i = 0; i < count; i++) {
    parts.push(
      ...text(`layer.${i}.weight`),
      ...Buffer.from("ctorch._utils\n_rebuild_tensor_v2\n"),
      0x28,
      0x28,
      ...text("storage"),
      ...Buffer.from("ctorch\nFloatStorage\n"),
      ...text(String(i)),
      ...text("cpu"),
      ...int(elements),
      0x74,
      0x51,
      0x4b,
      0,
      ...int(elements),
      0x85,
      0x4b,
      1,
      0x85,
      0x89,
      ...Buffer.from("ccollections\nOrderedDict\n"),
      0x29,
      0x52,
      0x74,
      0x52,
    );
  }
  return Buffer.from([...parts, 0x75, 0x2e]);
}
