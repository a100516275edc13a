// 7-Zip 24.09 compiled to WebAssembly (https://github.com/use-strict/7z-wasm): 7z, rar, bzip2, xz, lzma and zstd.
// It sees one read-only file and two pipes; no other file system exists inside, so names from an archive reach nothing.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { SevenZipModule } from "7z-wasm";
import { ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import type { SyncByteSource } from "../../io/byte-source.js";

export interface EngineRun {
  readonly source: SyncByteSource;
  readonly budget: Budget;
  /** What the engine unpacks or lists. The chunk is only valid during the call; throwing stops the engine. */
  readonly onOutput: (chunk: Uint8Array) => void;
  /** A line of the engine's log, in order with the output. Throwing stops the engine. */
  readonly onLine?: (line: string) => void;
  /** Longest read the engine is granted at an offset, for callers that watch how far it reads. */
  readonly grant?: (offset: number) => number;
}

/**
 * Up to this size the engine may run in a thread that nobody can end: it ended by itself on each of 11,000 mutants that were tried, and looks
 * at the deadline on every read and write. Larger input keeps a thread busy for long.
 */
export const IN_PROCESS_BYTES = 1 << 20;

/** The one file that exists for the engine. */
export const ENGINE_FILE = "/a";

const require = createRequire(import.meta.url);
const READ_ONLY_FILE_SYSTEM = 69; // EROFS
const INPUT_DEVICE = 70;
const OUTPUT_DEVICE = 71;
const LOG_DEVICE = 72;
/** A line of the log beyond this length is cut: names of archive entries end far below. */
const MAX_LINE = 1 << 16;
const PENDING = 16 << 10;
const LINE_FEED = 10;

/** The part of the global that is used here; the project's library types have none. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => object;
};

let compiled: object | undefined;

/**
 * Runs one 7-Zip command on one source and returns its exit code (0 fine, 1 warning, 2 errors). Every run has an instance of its own:
 * after hostile input its memory is not to be trusted. Synchronous once it runs; the deadline is looked at on every read and write.
 */
export async function runEngine(args: readonly string[], run: EngineRun): Promise<number> {
  const engine = await instantiate();
  const log = new LineSplitter(run.onLine ?? (() => {}), true);
  addStandardStreams(engine, run.onOutput, (bytes) => log.push(bytes));
  addFile(engine, run);
  const code = callMain(engine, args);
  log.finish();
  return code;
}

function callMain(engine: SevenZipModule, args: readonly string[]): number {
  try {
    const code: unknown = engine.callMain([...args]); // typed as void, returns the exit code
    return typeof code === "number" ? code : 2;
  } catch (error) {
    if (error instanceof Error && error.name !== "RuntimeError") throw error;
    // C++ exceptions arrive as numbers, traps as RuntimeError.
    throw new ParseError("the decompressor fails on these bytes", undefined, { cause: error });
  }
}

async function instantiate(): Promise<SevenZipModule> {
  const { default: createEngine } = await import("7z-wasm");
  compiled ??= new WebAssembly.Module(readFileSync(require.resolve("7z-wasm/7zz.wasm")));
  const code = compiled;
  const options = {
    noFSInit: true,
    quit: () => {},
    // Compiling takes longer than everything else on a small file, so it happens once.
    instantiateWasm: (imports: object, done: (instance: object) => void) => {
      done(new WebAssembly.Instance(code, imports));
      return {};
    },
  };
  return createEngine.default(options);
}

/** Descriptors 0, 1 and 2, in this order: no input, the output, the log. */
function addStandardStreams(
  { FS }: SevenZipModule,
  output: (bytes: Uint8Array) => void,
  log: (bytes: Uint8Array) => void,
): void {
  const addDevice = (major: number, path: string, flags: string, write: (bytes: Uint8Array) => void): void => {
    const device = FS.makedev(major, 0);
    FS.registerDevice(device, {
      open(stream: { seekable: boolean }) {
        stream.seekable = false;
      },
      close() {},
      read: () => 0,
      write(_stream: unknown, memory: Int8Array, offset: number, length: number) {
        write(new Uint8Array(memory.buffer, memory.byteOffset + offset, length));
        return length;
      },
    });
    FS.mkdev(path, device);
    FS.open(path, flags);
  };
  addDevice(INPUT_DEVICE, "/dev/scan-input", "r", () => {});
  addDevice(OUTPUT_DEVICE, "/dev/scan-output", "w", output);
  addDevice(LOG_DEVICE, "/dev/scan-log", "w", log);
}

function addFile({ FS }: SevenZipModule, { source, budget, grant }: EngineRun): void {
  FS.writeFile(ENGINE_FILE, new Uint8Array(0));
  const { node } = FS.lookupPath(ENGINE_FILE);
  Object.defineProperty(node, "usedBytes", { get: () => source.size });
  Object.assign(node, {
    stream_ops: {
      llseek: (stream: { position: number }, offset: number, whence: number) =>
        offset + (whence === 1 ? stream.position : whence === 2 ? source.size : 0),
      read(_stream: unknown, memory: Int8Array, offset: number, length: number, position: number) {
        budget.checkTime();
        const bytes = source.readSync(position, Math.min(length, grant?.(position) ?? length));
        new Uint8Array(memory.buffer, memory.byteOffset + offset, length).set(bytes);
        return bytes.length;
      },
      write() {
        throw Object.assign(new Error("read-only"), { name: "ErrnoError", errno: READ_ONLY_FILE_SYSTEM });
      },
    },
  });
}

/** Cuts UTF-8 text that arrives in pieces, often byte by byte, into lines. */
export class LineSplitter {
  private readonly decoder = new TextDecoder();
  private readonly pending = new Uint8Array(PENDING);
  private filled = 0;
  private rest = "";

  /** A prompt splitter hands over a line as soon as it ends, the other one when it has gathered some. */
  constructor(
    private readonly onLine: (line: string) => void,
    private readonly prompt: boolean,
  ) {}

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.filled === PENDING) this.decode();
      const taken = bytes.subarray(at, at + PENDING - this.filled);
      this.pending.set(taken, this.filled);
      this.filled += taken.length;
      at += taken.length;
    }
    if (this.prompt && bytes.includes(LINE_FEED)) this.decode();
  }

  finish(): void {
    this.decode();
    if (this.rest !== "") this.onLine(this.rest);
    this.rest = "";
  }

  private decode(): void {
    const text = this.rest + this.decoder.decode(this.pending.subarray(0, this.filled), { stream: true });
    this.filled = 0;
    const lines = text.split("\n");
    this.rest = (lines.pop() ?? "").slice(0, MAX_LINE);
    for (const line of lines) this.onLine(line);
  }
}
