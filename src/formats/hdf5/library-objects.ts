// What the library sees of a file, with our own bounds on everything it would allocate.

import { ParseError } from "../../errors.js";
import type { Filter } from "./filters.js";
import { attempt, type Library } from "./library.js";
import type { VirtualSource } from "./virtual.js";

export type LibraryKind = "group" | "dataset" | "type" | "soft" | "external" | "other";

/** Bytes the library may be asked for at once: values of attributes, slices of datasets. */
const MAX_VALUE_BYTES = 32 << 20;
const SLICE_BYTES = 4 << 20;
/** H5T_class_t. */
const CLASS = { integer: 0, string: 3, opaque: 5, vlen: 9 } as const;
const POINTER_BYTES = 4;
const VLEN_BYTES = 8;

type Shape = ReturnType<Library["module"]["get_dataset_metadata"]>;

export function kindOf({ module, file }: Library, path: string): LibraryKind {
  const type = attempt(`type of ${path}`, () => module.get_type(file, path));
  if (type === module.H5G_GROUP) return "group";
  if (type === module.H5G_DATASET) return "dataset";
  if (type === module.H5G_TYPE) return "type";
  if (type === module.H5G_LINK) return "soft";
  return type === module.H5G_UDLINK ? "external" : "other";
}

/** Two paths to the same object have the same key. */
export function identityOf({ module, file }: Library, path: string): string {
  const reference = attempt(`address of ${path}`, () => module.create_object_reference(file, path));
  return Buffer.from(reference).toString("hex");
}

export function namesIn({ module, file }: Library, path: string): readonly string[] {
  return attempt(`members of ${path}`, () => module.get_names(file, path, false));
}

export function externalTargetOf({ module, file }: Library, path: string): { file: string; target: string } {
  const link = attempt(`link ${path}`, () => module.get_external_link(file, path));
  return { file: link.filename, target: link.obj_path };
}

export function softTargetOf({ module, file }: Library, path: string): string {
  return attempt(`link ${path}`, () => module.get_symbolic_link(file, path));
}

export function attributeNamesOf({ module, file }: Library, path: string): readonly string[] {
  return attempt(`attributes of ${path}`, () => module.get_attribute_names(file, path));
}

/** The texts and blocks of bytes of an attribute. */
export function attributeBytes({ module, file }: Library, path: string, name: string): Uint8Array[] {
  return attempt(`attribute ${name} of ${path}`, () => {
    const shape = module.get_attribute_metadata(file, path, name);
    if (!shape.shape || !mayHoldBytes(shape)) return [];
    const size = boundedSize(shape, shape.total_size, `attribute ${name} of ${path}`);
    return withMemory(module, size, (at) => {
      module.get_attribute_data(file, path, name, BigInt(at));
      return bytesIn(module, shape, { at, count: shape.total_size });
    });
  });
}

export interface LibraryDataset {
  readonly filters: readonly Filter[];
  readonly virtualSources: readonly VirtualSource[];
  /** Undefined for datasets of numbers, which are not read. */
  readonly values: Iterable<Uint8Array> | undefined;
}

export function openDataset(library: Library, path: string): LibraryDataset {
  const { module, file } = library;
  const shape = attempt(`dataset ${path}`, () => module.get_dataset_metadata(file, path));
  const filters = attempt(`filters of ${path}`, () => module.get_dataset_filters(file, path));
  const sources = shape.virtual_sources ?? [];
  return {
    filters: filters.map(({ id, name, cd_values }) => ({ id, name, parameters: cd_values })),
    virtualSources: sources.map(({ file_name, dset_name }) => ({ file: file_name, dataset: dset_name })),
    values: sources.length === 0 && mayHoldBytes(shape) ? readSlices(library, path, shape) : undefined,
  };
}

/** Slices along the first dimension, so that no dataset is in memory as a whole. */
function* readSlices({ module, file }: Library, path: string, shape: Shape): Generator<Uint8Array> {
  const dims = (shape.shape ?? []).map(BigInt);
  const [rows = 1n, ...rest] = dims;
  const rowElements = rest.reduce((product, dim) => product * dim, 1n);
  const rowBytes = boundedSize(shape, Number(rowElements), `a row of ${path}`);
  const step = BigInt(Math.max(1, Math.floor(SLICE_BYTES / Math.max(1, rowBytes))));
  for (let row = 0n; row < rows; row += step) {
    const taken = row + step < rows ? step : rows - row;
    const count = [taken, ...rest];
    const offset = dims.map((_, i) => (i === 0 ? row : 0n));
    const ones = dims.map(() => 1n);
    const elements = Number(taken * rowElements);
    yield* attempt(`data of ${path}`, () =>
      withMemory(module, elements * shape.size, (at) => {
        if (dims.length === 0) module.get_dataset_data(file, path, null, null, null, BigInt(at));
        else module.get_dataset_data(file, path, count, offset, ones, BigInt(at));
        return bytesIn(module, shape, { at, count: elements });
      }),
    );
  }
}

function mayHoldBytes({ type, size }: Shape): boolean {
  return (
    type === CLASS.string || type === CLASS.opaque || type === CLASS.vlen || (type === CLASS.integer && size === 1)
  );
}

/** A failed read would otherwise return as many zeros as the file claims to have elements. */
function boundedSize(shape: Shape, elements: number, what: string): number {
  const size = shape.size * elements;
  if (!(size <= MAX_VALUE_BYTES)) throw new ParseError(`${what} has ${size} bytes, limit ${MAX_VALUE_BYTES}`);
  return size;
}

function withMemory<T>(module: Library["module"], size: number, use: (at: number) => T): T {
  const at = Number(module._malloc(size));
  if (at === 0) throw new ParseError(`no memory for ${size} bytes`);
  try {
    module.HEAPU8.fill(0, at, at + size);
    return use(at);
  } finally {
    module._free(at);
  }
}

/** Values of variable length are not given back to the library: the instance ends with the file. */
function bytesIn(module: Library["module"], shape: Shape, { at, count }: { at: number; count: number }): Uint8Array[] {
  const heap = module.HEAPU8;
  const view = new DataView(heap.buffer);
  if (shape.type === CLASS.integer) return [heap.slice(at, at + count)];
  const values: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    if (shape.type === CLASS.vlen) {
      const length = view.getUint32(at + i * VLEN_BYTES, true) * (shape.vlen_type?.size ?? 1);
      const start = view.getUint32(at + i * VLEN_BYTES + POINTER_BYTES, true);
      values.push(heap.slice(start, start + Math.min(length, MAX_VALUE_BYTES)));
    } else if (shape.vlen) {
      const start = view.getUint32(at + i * POINTER_BYTES, true);
      const end = start === 0 ? 0 : heap.indexOf(0, start);
      values.push(heap.slice(start, Math.max(start, end)));
    } else values.push(heap.slice(at + i * shape.size, at + (i + 1) * shape.size));
  }
  return values;
}
