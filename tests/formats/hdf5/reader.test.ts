import { readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ParseError } from "../../../src/errors.js";
import { readAttributes } from "../../../src/formats/hdf5/attributes.js";
import { readDataset } from "../../../src/formats/hdf5/dataset.js";
import { HdfFile } from "../../../src/formats/hdf5/file.js";
import { decodeChunk, type Filter } from "../../../src/formats/hdf5/filters.js";
import { type Link, readLinks } from "../../../src/formats/hdf5/links.js";
import { decodeLzf } from "../../../src/formats/hdf5/lzf.js";
import { readObjectHeader } from "../../../src/formats/hdf5/object-header.js";
import { readRaw } from "../../../src/formats/hdf5/raw-data.js";
import { findSuperblock, readSuperblock } from "../../../src/formats/hdf5/superblock.js";
import { UnsupportedError } from "../../../src/formats/hdf5/unsupported.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource } from "../../../src/io/byte-source.js";

const LIMITS = {
  max_depth: 10,
  max_members: 1000,
  max_inflated_bytes: 1e9,
  max_ratio: 1000,
  ratio_floor_bytes: 1e9,
  max_steps: 1e7,
};

async function open(name: string): Promise<HdfFile> {
  const source = new BufferSource(readFileSync(`fixtures/hdf5/${name}`));
  const superblock = await readSuperblock(source, (await findSuperblock(source)) ?? 0);
  return new HdfFile(source, superblock, new Budget(LIMITS));
}

async function all<T>(items: AsyncGenerator<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function membersOf(file: HdfFile, address = file.superblock.root): Promise<Link[]> {
  return all(readLinks(file, await readObjectHeader(file, address)));
}

async function addressOf(file: HdfFile, ...path: string[]): Promise<number> {
  let address = file.superblock.root;
  for (const name of path) {
    const link = (await membersOf(file, address)).find((member) => member.name === name);
    if (link?.kind !== "hard") throw new Error(`no ${name}`);
    address = link.address;
  }
  return address;
}

async function rawOf(file: HdfFile, ...path: string[]): Promise<Buffer> {
  const dataset = await readDataset(file, await readObjectHeader(file, await addressOf(file, ...path)));
  if (dataset === undefined) throw new Error("no dataset");
  return Buffer.concat((await all(readRaw(file, dataset))).map(({ bytes }) => bytes));
}

describe.each([
  ["groups of file format 1.6", "ok.old-groups.h5", 3],
  ["groups of file format 1.8 in dense storage", "ok.dense-groups.h5", 12],
])("%s", (_, name, count) => {
  it("have their members", async () => {
    const file = await open(name);
    const root = await membersOf(file);
    expect(root.map((link) => link.name).sort()).toEqual(["alias", "chunked", "layers", "names", "texts"]);
    expect(root.find((link) => link.name === "alias")).toEqual({ kind: "soft", name: "alias", target: "/layers" });
    expect(await membersOf(file, await addressOf(file, "layers"))).toHaveLength(count);
  });

  it("have their attributes", async () => {
    const file = await open(name);
    const header = await readObjectHeader(file, await addressOf(file, "layers"));
    const names = (await all(readAttributes(file, header))).map((attribute) => attribute.name).sort();
    expect(names).toEqual(Array.from({ length: count }, (_unused, i) => `note${i}`).sort());
  });

  it("have datasets whose numbers are where the layout says", async () => {
    const raw = await rawOf(await open(name), "layers", "w1");
    expect([...new Float32Array(Uint8Array.from(raw).buffer)]).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

it("chunks are inflated, put back in byte order and rid of their checksum", async () => {
  const raw = await rawOf(await open("ok.old-groups.h5"), "chunked");
  const numbers = new Int16Array(Uint8Array.from(raw).buffer);
  expect([...numbers.slice(0, 8)]).toEqual([0, 1, 2, 3, 8, 9, 10, 11]);
  expect(numbers).toHaveLength(64);
});

describe("filters", () => {
  const deflate: Filter = { id: 1, name: "deflate", parameters: [6] };

  it("are undone from the last to the first, except those the chunk left out", () => {
    const shuffle: Filter = { id: 2, name: "shuffle", parameters: [2] };
    const stored = deflateSync(Buffer.from([1, 3, 2, 4]));
    expect([...decodeChunk([shuffle, deflate], { bytes: stored, mask: 0, size: 4 })]).toEqual([1, 2, 3, 4]);
    expect([...decodeChunk([shuffle, deflate], { bytes: stored, mask: 1, size: 4 })]).toEqual([1, 3, 2, 4]);
  });

  it("stop a chunk that inflates to more than its size", () => {
    const bomb = deflateSync(Buffer.alloc(1 << 20));
    expect(() => decodeChunk([deflate], { bytes: bomb, mask: 0, size: 100 })).toThrow(ParseError);
  });

  it("are left to nobody when they need a plugin", () => {
    const blosc: Filter = { id: 32_001, name: "blosc", parameters: [] };
    expect(() => decodeChunk([blosc], { bytes: new Uint8Array(4), mask: 0, size: 4 })).toThrow(UnsupportedError);
  });

  it("read LZF with its copies of what was just written", () => {
    // Three literals "abc", then a copy of 7 bytes from 3 back.
    const packed = Uint8Array.of(2, 0x61, 0x62, 0x63, (5 << 5) | 0, 2);
    expect(Buffer.from(decodeLzf(packed, 10)).toString()).toBe("abcabcabca");
    expect(() => decodeLzf(packed, 9)).toThrow(ParseError);
    expect(() => decodeLzf(Uint8Array.of(0x20, 0xff), 10)).toThrow(ParseError);
  });
});
