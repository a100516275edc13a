// The HDF5 C library, compiled to wasm, over one virtual read-only file: external links, external storage and virtual sources find
// nothing there. It may trap or loop on hostile bytes, so it runs where its thread can be ended, and every file gets an instance of its own.

import { ParseError } from "../../errors.js";
import type { SyncByteSource } from "../../io/byte-source.js";

type Module = Awaited<typeof import("h5wasm")["ready"]>;
type ModuleFactory = (options: {
  readonly noInitialRun: boolean;
  readonly print: (line: string) => void;
  readonly printErr: (line: string) => void;
}) => Promise<Module>;

const FILE_NAME = "/model.h5";

/** An open file of the library. Paths are those inside the HDF5 file. */
export interface Library {
  readonly module: Module;
  readonly file: bigint;
}

export async function openLibrary(source: SyncByteSource): Promise<Library> {
  const factory = await loadFactory();
  const module = await factory({ noInitialRun: true, print: () => {}, printErr: () => {} });
  mount(module, source);
  // Errors throw instead of leaving zeros where data should be, and print nothing.
  module.activate_throwing_error_handler();
  return { module, file: attempt("open", () => open(module)) };
}

function open(module: Module): bigint {
  const { H5F_ACC_RDONLY, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST } = module;
  return module.open(FILE_NAME, H5F_ACC_RDONLY, false, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
}

/** Errors of the library, traps included, as ours. */
export function attempt<T>(what: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ParseError(`the HDF5 library fails: ${what}: ${reason.slice(0, MAX_REASON)}`, undefined, {
      cause: error,
    });
  }
}

const MAX_REASON = 200;

/**
 * The package's entry makes one instance for the whole process. After an error the state of an instance is not reliable, so the module
 * beside the entry, which makes instances, is loaded by its address.
 */
async function loadFactory(): Promise<ModuleFactory> {
  const entry = import.meta.resolve("h5wasm");
  const loaded: unknown = await import(new URL("./hdf5_util.js", entry).href);
  if (isFactoryModule(loaded)) return loaded.default;
  throw new Error("h5wasm has no module factory where this version expects it");
}

function isFactoryModule(value: unknown): value is { readonly default: ModuleFactory } {
  return typeof value === "object" && value !== null && "default" in value && typeof value.default === "function";
}

/** Gives the library's file system one file whose bytes come from the source. */
function mount({ FS }: Module, source: SyncByteSource): void {
  FS.writeFile(FILE_NAME, new Uint8Array(0));
  const { node }: { node: object } = FS.lookupPath(FILE_NAME, {});
  Object.defineProperty(node, "usedBytes", { get: () => source.size });
  const known = "stream_ops" in node && typeof node.stream_ops === "object" ? node.stream_ops : {};
  const stream_ops = {
    ...known,
    read: (_stream: unknown, buffer: Uint8Array, at: number, length: number, position: number) => {
      const bytes = source.readSync(position, Math.min(length, Math.max(0, source.size - position)));
      buffer.set(bytes, at);
      return bytes.length;
    },
    write: () => {
      throw new Error("the file is read-only");
    },
  };
  Object.assign(node, { stream_ops });
}
