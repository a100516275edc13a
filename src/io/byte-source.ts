import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { ParseError } from "../errors.js";

/**
 * All of I/O: a local file, a buffer, a member of an archive, later a URL read by ranges.
 * Offsets and lengths are in bytes.
 */
export interface ByteSource {
  readonly size: number;
  /** The bytes of `[offset, offset + length)`, fewer only where the source ends. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Present when the bytes can be had without waiting, as for files and buffers. */
  readSync?(offset: number, length: number): Uint8Array;
  /** Releases what the source holds (a descriptor); whoever made the source calls it. */
  close?(): void;
}

export interface SyncByteSource extends ByteSource {
  readSync(offset: number, length: number): Uint8Array;
}

export function isSync(source: ByteSource): source is SyncByteSource {
  return source.readSync !== undefined;
}

/** Reads exactly `length` bytes or throws a ParseError that names both numbers. */
export async function readExactly(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await source.read(offset, length);
  if (bytes.length < length) throw new ParseError(`need ${length} bytes at ${offset}, have ${bytes.length}`, offset);
  return bytes;
}

/** A source over bytes in memory. Reads are views, never copies. */
export class BufferSource implements SyncByteSource {
  readonly size: number;

  constructor(private readonly bytes: Uint8Array) {
    this.size = bytes.length;
  }

  readSync(offset: number, length: number): Uint8Array {
    return this.bytes.subarray(Math.max(0, offset), Math.max(0, offset) + Math.max(0, length));
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.readSync(offset, length);
  }
}

/** Reads up to this size are answered from a window that is read ahead, while they go through the file step by step. */
const SMALL_READ = 4 << 10;
const READ_AHEAD = 32 << 10;

/** A local regular file, read by position. Every read allocates, so callers choose their window. */
export class FileSource implements SyncByteSource {
  readonly size: number;
  private ahead: Uint8Array = new Uint8Array(0);
  private aheadStart = 0;
  /** Where the last small read ended. */
  private lastEnd = 0;

  private constructor(
    private readonly fd: number,
    size: number,
  ) {
    this.size = size;
  }

  static open(path: string): FileSource {
    const fd = openSync(path, "r");
    return new FileSource(fd, fstatSync(fd).size);
  }

  /** Adopts an open descriptor; `close` closes it. */
  static adopt(fd: number, size: number): FileSource {
    return new FileSource(fd, size);
  }

  readSync(offset: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    if (wanted === 0) return new Uint8Array(0);
    return wanted > SMALL_READ ? this.fetch(offset, wanted) : this.readSmall(offset, wanted);
  }

  /** Headers of members come one after the other: a system call for each would cost more than all that is done with them. */
  private readSmall(offset: number, wanted: number): Uint8Array {
    const at = offset - this.aheadStart;
    // A copy: a view that somebody keeps would keep the window.
    if (at >= 0 && at + wanted <= this.ahead.length) return this.ahead.slice(at, at + wanted);
    const step = offset - this.lastEnd;
    this.lastEnd = offset + wanted;
    if (step < 0 || step > READ_AHEAD) return this.fetch(offset, wanted);
    this.ahead = this.fetch(offset, Math.min(READ_AHEAD, this.size - offset));
    this.aheadStart = offset;
    return this.ahead.slice(0, wanted);
  }

  private fetch(offset: number, wanted: number): Uint8Array {
    const bytes = new Uint8Array(wanted);
    let got = 0;
    while (got < wanted) {
      const n = readSync(this.fd, bytes, got, wanted - got, offset + got);
      if (n === 0) throw shrank(this.size, offset + got);
      got += n;
    }
    return bytes;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.readSync(offset, length);
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** What was not read is not clean: bytes that went away are an error of the disk, never the end of the file. */
function shrank(size: number, end: number): NodeJS.ErrnoException {
  const message = `the file shrank while it was read, from ${size} bytes to ${end} or less`;
  return Object.assign(new Error(message), { code: "EIO", syscall: "read" });
}

class AsyncSlice implements ByteSource {
  constructor(
    protected readonly source: ByteSource,
    protected readonly start: number,
    readonly size: number,
  ) {}

  read(offset: number, length: number): Promise<Uint8Array> {
    return this.source.read(this.start + offset, this.clip(offset, length));
  }

  protected clip(offset: number, length: number): number {
    return Math.max(0, Math.min(length, this.size - offset));
  }
}

class SyncSlice extends AsyncSlice implements SyncByteSource {
  constructor(
    private readonly syncSource: SyncByteSource,
    start: number,
    size: number,
  ) {
    super(syncSource, start, size);
  }

  readSync(offset: number, length: number): Uint8Array {
    return this.syncSource.readSync(this.start + offset, this.clip(offset, length));
  }
}

/** The window `[start, start + size)` of a source, clipped to what the source holds. */
export function slice(source: SyncByteSource, start: number, size?: number): SyncByteSource;
export function slice(source: ByteSource, start: number, size?: number): ByteSource;
export function slice(source: ByteSource, start: number, size = source.size - start): ByteSource {
  const from = Math.max(0, Math.min(start, source.size));
  const length = Math.max(0, Math.min(size, source.size - from));
  return isSync(source) ? new SyncSlice(source, from, length) : new AsyncSlice(source, from, length);
}
