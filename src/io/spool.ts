import { ftruncateSync, mkdtempSync, openSync, rmSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BufferSource, type ByteSource, FileSource, isSync, type SyncByteSource } from "./byte-source.js";

/** Content up to this size stays in memory; beyond it goes to an unlinked temporary file. */
const MEMORY_LIMIT = 8 << 20;
const COPY_WINDOW = 1 << 20;
/** Zeros are looked for in pieces of this size. */
const HOLE_BYTES = 64 << 10;
/** Reads of more zeros than this go through the file. */
const SHARED_ZEROS = 2 << 20;

/**
 * Collects the bytes of a decompressed member. Up to 8 MiB they stay in memory; beyond, they go to a file in a private folder
 * that is deleted as soon as it is open, so that no kill of the process leaves anything behind.
 */
export class Spool {
  private chunks: Uint8Array[] = [];
  private length = 0;
  private fd: number | undefined;
  private flushed = 0;
  private readonly holes: Hole[] = [];

  get size(): number {
    return this.length;
  }

  /** Takes ownership of a copy of `chunk`. */
  write(chunk: Uint8Array): void {
    this.length += chunk.length;
    if (this.fd === undefined && this.length <= MEMORY_LIMIT) {
      this.chunks.push(Uint8Array.prototype.slice.call(chunk));
      return;
    }
    this.fd ??= this.openFile();
    this.append(chunk);
  }

  /** The collected bytes. Closing the source releases the file; a buffer needs no closing. */
  finish(): SyncByteSource {
    if (this.fd !== undefined) {
      ftruncateSync(this.fd, this.length);
      const file = FileSource.adopt(this.fd, this.length);
      return this.holes.length === 0 ? file : new SparseSource(file, this.holes);
    }
    const [only] = this.chunks;
    return new BufferSource(this.chunks.length === 1 && only ? only : Buffer.concat(this.chunks, this.length));
  }

  private openFile(): number {
    const folder = mkdtempSync(join(tmpdir(), "modelaudit-"));
    const path = join(folder, "spool");
    const fd = openSync(path, "wx+", 0o600);
    try {
      unlinkSync(path);
      rmSync(folder, { recursive: true });
    } catch {
      // Windows keeps an open file: the operating system's temporary folder is cleaned by its own rules there.
      process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    }
    this.fd = fd;
    for (const chunk of this.chunks) this.append(chunk);
    this.chunks = [];
    return fd;
  }

  /** Zeros are left out, as a hole of the file: what bombs and untouched weights are made of costs no disk. */
  private append(chunk: Uint8Array): void {
    let from = 0;
    for (let at = 0; at < chunk.length; at += HOLE_BYTES) {
      const piece = chunk.subarray(at, at + HOLE_BYTES);
      if (!isZeros(piece)) continue;
      this.store(chunk.subarray(from, at));
      this.leaveOut(piece.length);
      from = at + piece.length;
    }
    this.store(chunk.subarray(from));
  }

  private leaveOut(length: number): void {
    const last = this.holes.at(-1);
    if (last?.end === this.flushed) last.end += length;
    else this.holes.push({ start: this.flushed, end: this.flushed + length });
    this.flushed += length;
  }

  private store(bytes: Uint8Array): void {
    if (this.fd === undefined) return;
    for (let done = 0; done < bytes.length; ) {
      const n = writeSync(this.fd, bytes, done, bytes.length - done, this.flushed);
      done += n;
      this.flushed += n;
    }
  }
}

/** A part of the file that was never written: zeros. */
interface Hole {
  readonly start: number;
  end: number;
}

let zeros = new Uint8Array(0);

/** A temporary file whose holes are read without the disk, and without memory of their own. */
class SparseSource implements SyncByteSource {
  constructor(
    private readonly file: FileSource,
    /** In rising order. */
    private readonly holes: readonly Hole[],
  ) {}

  get size(): number {
    return this.file.size;
  }

  readSync(offset: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    if (wanted > SHARED_ZEROS || !this.isHole(offset, offset + wanted)) return this.file.readSync(offset, length);
    if (zeros.length < wanted) zeros = new Uint8Array(SHARED_ZEROS);
    return zeros.subarray(0, wanted);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.readSync(offset, length);
  }

  close(): void {
    this.file.close();
  }

  private isHole(start: number, end: number): boolean {
    let low = 0;
    let high = this.holes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.holes[middle]?.end ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    const hole = this.holes[low];
    return hole !== undefined && hole.start <= start && end <= hole.end;
  }
}

/** Each byte is the next one, and the first is zero. */
function isZeros(chunk: Uint8Array): boolean {
  if (chunk[0] !== 0) return false;
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  return bytes.subarray(1).equals(bytes.subarray(0, -1));
}

/** The same bytes without waiting: the source itself where it can, else a spooled copy. */
export async function toSync(source: ByteSource): Promise<SyncByteSource> {
  if (isSync(source)) return source;
  const spool = new Spool();
  for (let at = 0; at < source.size; ) {
    const bytes = await source.read(at, COPY_WINDOW);
    if (bytes.length === 0) break;
    spool.write(bytes);
    at += bytes.length;
  }
  return spool.finish();
}
