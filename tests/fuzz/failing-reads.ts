// Disks that fail: the n-th read raises an error, or finds the file shorter than it was.

import { ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BufferSource, FileSource, type SyncByteSource } from "../../src/io/byte-source.js";

export const FAILURES = ["EIO", "EACCES", "shrinks"] as const;
export type Failure = (typeof FAILURES)[number];

/** Counts the reads of a source, and does something before one of them. */
export class WatchedSource implements SyncByteSource {
  reads = 0;
  /** What was to be done was done. */
  hasFailed = false;

  constructor(
    private readonly source: SyncByteSource,
    private readonly at = 0,
    private readonly fail: (offset: number, length: number) => void = () => {},
  ) {}

  get size(): number {
    return this.source.size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.readSync(offset, length);
  }

  readSync(offset: number, length: number): Uint8Array {
    if (++this.reads !== this.at) return this.source.readSync(offset, length);
    this.hasFailed = true;
    this.fail(offset, length);
    const bytes = this.source.readSync(offset, length);
    // What was read ahead is no longer on the disk, and was examined as it stood there.
    this.hasFailed = false;
    return bytes;
  }
}

/** A source of these bytes whose n-th read fails. */
export function failingSource(bytes: Uint8Array, failure: Failure, at: number): WatchedSource {
  if (failure === "shrinks") return shrinkingFile(bytes, at);
  return new WatchedSource(new BufferSource(bytes), at, () => {
    throw Object.assign(new Error(`${failure}: read`), { code: failure, syscall: "read" });
  });
}

let descriptor: number | undefined;

/** A file on disk that loses the second half of what is asked for, and all behind it, while it is read. */
function shrinkingFile(bytes: Uint8Array, at: number): WatchedSource {
  descriptor ??= openUnnamed();
  const fd = descriptor;
  ftruncateSync(fd, 0);
  writeSync(fd, bytes, 0, bytes.length, 0);
  const file = FileSource.adopt(fd, bytes.length);
  return new WatchedSource(file, at, (offset, length) => {
    const wanted = Math.max(0, Math.min(length, bytes.length - offset));
    if (wanted > 0) ftruncateSync(fd, offset + Math.floor(wanted / 2));
  });
}

function openUnnamed(): number {
  const folder = mkdtempSync(join(tmpdir(), "modelaudit-shrinks-"));
  const fd = openSync(join(folder, "file"), "w+");
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return fd;
}
