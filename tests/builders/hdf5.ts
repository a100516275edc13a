import { concat, u32, u64, zeros } from "./bytes.js";

/** A file with superblock version 2 and object headers version 2, as `libver="v108"` writes it; checksums are left zero. */
export function hdf5(
  root: Group = group({}),
  options: { readonly userBlock?: number; readonly tail?: Uint8Array } = {},
): Uint8Array {
  const file = new Writer();
  const address = file.add(file.objectHeader(root));
  const superblock = concat(
    SIGNATURE,
    [2, 8, 8, 0],
    u64(options.userBlock ?? 0),
    NOWHERE,
    u64((options.userBlock ?? 0) + file.end),
    u64(address),
    u32(0),
  );
  const content = concat(superblock, file.bytes().subarray(superblock.length));
  return concat(zeros(options.userBlock ?? 0), content, options.tail ?? []);
}

/** The message types that tests place by hand. */
export const MESSAGE = {
  dataspace: 1,
  datatype: 3,
  link: 6,
  externalFiles: 7,
  layout: 8,
  filters: 11,
  attribute: 12,
  continuation: 16,
} as const;

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const SUPERBLOCK_BYTES = 48;
const NOWHERE = new Uint8Array(8).fill(0xff);

export interface Value {
  readonly type: Uint8Array;
  /** Sizes of its dimensions; none for a scalar. */
  readonly dims: readonly number[];
  /** The elements, once their long parts are in the file. */
  readonly data: (file: Writer) => Uint8Array;
}

export type Member = Group | Dataset | { readonly kind: "link"; readonly body: (name: string) => Uint8Array };

export interface Group {
  readonly kind: "group";
  readonly members: Readonly<Record<string, Member>>;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly messages: readonly Message[];
}

export interface Dataset {
  readonly kind: "dataset";
  readonly value: Value;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly messages: (file: Writer) => readonly Message[];
}

export interface Message {
  readonly type: number;
  readonly body: Uint8Array;
}

export function group(
  members: Group["members"],
  attributes: Group["attributes"] = {},
  messages: readonly Message[] = [],
): Group {
  return { kind: "group", members, attributes, messages };
}

export function dataset(value: Value, options: Partial<Pick<Dataset, "attributes" | "messages">> = {}): Dataset {
  return { kind: "dataset", value, attributes: options.attributes ?? {}, messages: options.messages ?? (() => []) };
}

export function fixedText(text: string | Uint8Array): Value {
  const bytes = concat(text);
  return { type: concat([0x13, 0, 0, 0], u32(bytes.length)), dims: [], data: () => bytes };
}

export function opaque(bytes: Uint8Array): Value {
  return { type: concat([0x15, 0, 0, 0], u32(bytes.length)), dims: [], data: () => bytes };
}

export function byteArray(bytes: Uint8Array, dims: readonly number[] = [bytes.length]): Value {
  return { type: BYTE, dims, data: () => bytes };
}

export function floats(count: number): Value {
  const type = concat([0x11, 0x20, 0x1f, 0], u32(4), [0, 0, 32, 0, 23, 8, 0, 23], u32(127));
  return { type, dims: [count], data: () => zeros(4 * count) };
}

/** A text of variable length, in a global heap collection. */
export function text(content: string): Value {
  const type = concat([0x19, 1, 0, 0], u32(16), [0x13, 0, 0, 0], u32(1));
  return { type, dims: [], data: (file) => file.heapReference(concat(content)) };
}

/** A sequence of bytes of variable length, as PyTables stores a pickled object. */
export function byteSequence(bytes: Uint8Array): Value {
  return { type: concat([0x19, 0, 0, 0], u32(16), BYTE), dims: [], data: (file) => file.heapReference(bytes) };
}

const BYTE = concat([0x10, 0, 0, 0], u32(1), [0, 0, 8, 0]);

export function softLink(target: string): Member {
  return link(1, concat(target));
}

export function externalLink(file: string, target: string): Member {
  return link(64, concat([0], file, [0], target, [0]));
}

export function userLink(type: number): Member {
  return link(type, zeros(4));
}

function link(type: number, value: Uint8Array): Member {
  return { kind: "link", body: (name) => concat([1, 0x08, type, name.length], name, u16(value.length), value) };
}

/** Filter pipeline version 2 with one filter. */
export function filterMessage(id: number): Message {
  const name = id >= 256 ? concat(u16(4), u16(0), u16(0), "test") : concat(u16(0), u16(0));
  return { type: MESSAGE.filters, body: concat([2, 1], u16(id), name) };
}

/** The list of files that hold the dataset's bytes. */
export function externalFiles(file: Writer, name: string): Message {
  const names = concat(zeros(8), name, [0]);
  const segment = file.add(names);
  const heap = file.add(concat("HEAP", [0, 0, 0, 0], u64(names.length), NOWHERE, u64(segment)));
  return {
    type: MESSAGE.externalFiles,
    body: concat([1, 0, 0, 0], u16(1), u16(1), u64(heap), u64(8), u64(0), u64(100)),
  };
}

export function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8);
}

/** Collects the parts of a file; an address is known once its part is added. */
export class Writer {
  private readonly parts: Uint8Array[] = [zeros(SUPERBLOCK_BYTES)];
  end = SUPERBLOCK_BYTES;

  add(bytes: Uint8Array): number {
    const address = this.end;
    const padded = concat(bytes, zeros((8 - (bytes.length % 8)) % 8));
    this.parts.push(padded);
    this.end += padded.length;
    return address;
  }

  bytes(): Uint8Array {
    return concat(...this.parts);
  }

  heapReference(bytes: Uint8Array): Uint8Array {
    const object = concat(u16(1), u16(1), zeros(4), u64(bytes.length), bytes, zeros((8 - (bytes.length % 8)) % 8));
    const collection = this.add(concat("GCOL", [1, 0, 0, 0], u64(16 + object.length), object));
    return concat(u32(bytes.length), u64(collection), u32(1));
  }

  objectHeader(object: Group | Dataset): Uint8Array {
    const attributes = Object.entries(object.attributes).map(([name, value]) => this.attribute(name, value));
    const own = object.kind === "group" ? this.links(object) : this.dataset(object);
    return headerOf([...own, ...attributes]);
  }

  private links({ members, messages }: Group): readonly Message[] {
    const links = Object.entries(members).map(([name, member]) => {
      if (member.kind === "link") return { type: MESSAGE.link, body: member.body(name) };
      const address = this.add(this.objectHeader(member));
      return { type: MESSAGE.link, body: concat([1, 0, name.length], name, u64(address)) };
    });
    return [...links, ...messages];
  }

  private dataset({ value, messages }: Dataset): readonly Message[] {
    const bytes = value.data(this);
    const own = messages(this);
    const layout = concat([3, 1], u64(this.add(bytes)), u64(bytes.length));
    return [
      { type: MESSAGE.dataspace, body: space(value.dims) },
      { type: MESSAGE.datatype, body: value.type },
      ...(own.some(({ type }) => type === MESSAGE.layout) ? [] : [{ type: MESSAGE.layout, body: layout }]),
      ...own,
    ];
  }

  private attribute(name: string, { type, dims, data }: Value): Message {
    const stored = concat(name, [0]);
    const dataspace = space(dims);
    const head = concat([3, 0], u16(stored.length), u16(type.length), u16(dataspace.length), [0]);
    return { type: MESSAGE.attribute, body: concat(head, stored, type, dataspace, data(this)) };
  }
}

function space(dims: readonly number[]): Uint8Array {
  return concat([2, dims.length, 0, dims.length === 0 ? 0 : 1], ...dims.map((size) => u64(size)));
}

/** An object header of version 2 with a 4-byte size. */
export function headerOf(messages: readonly Message[]): Uint8Array {
  const body = concat(...messages.map(({ type, body: content }) => concat([type], u16(content.length), [0], content)));
  return concat("OHDR", [2, 0x02], u32(body.length), body, zeros(4));
}

/**
 * A file on which the HDF5 library never comes back: a text of variable length with an absurd size. Another byte makes sure that our own
 * reader hands the file to the library. Made of the fixture of a Keras model, `ok.dense.h5`.
 */
export function endlessInLibrary(kerasModel: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(kerasModel);
  bytes[4104] = 0xff;
  bytes[13_445] = 0xce;
  return bytes;
}
