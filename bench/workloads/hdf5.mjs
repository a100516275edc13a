// Keras models in HDF5.

import { u16, u32, u64, writeSparse } from "./bytes.mjs";

const LAYERS = 100;

/** Appends 8-byte aligned blocks and knows their addresses. */
class Blocks {
  parts = [];
  end = 96;

  add(bytes) {
    const address = this.end;
    const padded = Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]);
    this.parts.push(padded);
    this.end += padded.length;
    return address;
  }
}

/** An object header of version 1. */
function header(messages) {
  const body = Buffer.concat(
    messages.map(({ type, content }) => {
      const padded = Buffer.concat([content, Buffer.alloc((8 - (content.length % 8)) % 8)]);
      return Buffer.concat([u16(type), u16(padded.length), Buffer.alloc(4), padded]);
    }),
  );
  return Buffer.concat([Buffer.from([1, 0]), u16(messages.length), u32(1), u32(body.length), Buffer.alloc(4), body]);
}

function link(name, address) {
  return { type: 6, content: Buffer.concat([Buffer.from([1, 0, name.length]), Buffer.from(name), u64(address)]) };
}

function textAttribute(blocks, name, text) {
  const bytes = Buffer.from(text);
  const object = Buffer.concat([
    u16(1),
    u16(1),
    u32(0),
    u64(bytes.length),
    bytes,
    Buffer.alloc((8 - (bytes.length % 8)) % 8),
  ]);
  const collection = blocks.add(Buffer.concat([Buffer.from("GCOL\x01\0\0\0"), u64(16 + object.length), object]));
  const type = Buffer.concat([Buffer.from([0x19, 1, 0, 0]), u32(16), Buffer.from([0x13, 0, 0, 0]), u32(1)]);
  const space = Buffer.from([2, 0, 0, 0]);
  const stored = Buffer.from(`${name}\0`);
  const sizes = Buffer.concat([u16(stored.length), u16(type.length), u16(space.length)]);
  const value = Buffer.concat([u32(bytes.length), u64(collection), u32(1)]);
  return {
    type: 12,
    content: Buffer.concat([Buffer.from([3, 0]), sizes, Buffer.from([0]), stored, type, space, value]),
  };
}

function weights(data, count) {
  const float = Buffer.concat([
    Buffer.from([0x11, 0x20, 0x1f, 0]),
    u32(4),
    Buffer.from([0, 0, 32, 0, 23, 8, 0, 23]),
    u32(127),
  ]);
  return header([
    { type: 1, content: Buffer.concat([Buffer.from([2, 1, 0, 1]), u64(count)]) },
    { type: 3, content: float },
    { type: 8, content: Buffer.concat([Buffer.from([3, 1]), u64(data), u64(count * 4)]) },
  ]);
}

function config() {
  const layers = Array.from({ length: LAYERS }, (_, i) => ({
    class_name: "Dense",
    config: { name: `dense_${i}`, units: 4096, activation: "relu" },
  }));
  layers.push({ class_name: "Lambda", config: { name: "tail", function: "scale", function_type: "function" } });
  return JSON.stringify({ class_name: "Sequential", config: { name: "large", layers } });
}

/** A Keras model of `size` bytes: 200 float datasets in groups, a config with a Lambda; metadata first. */
export function writeKerasHdf5(path, size) {
  const blocks = new Blocks();
  const dataStart = 1 << 20;
  const perDataset = Math.floor((size - dataStart) / (2 * LAYERS) / 4) * 4;
  const groups = Array.from({ length: LAYERS }, (_, i) => {
    const members = ["kernel", "bias"].map((name, j) =>
      link(name, blocks.add(weights(dataStart + (2 * i + j) * perDataset, perDataset / 4))),
    );
    return link(`dense_${i}`, blocks.add(header(members)));
  });
  const attributes = [
    textAttribute(blocks, "model_config", config()),
    textAttribute(blocks, "keras_version", "2.15.0"),
  ];
  const root = blocks.add(header([...groups, ...attributes]));
  const superblock = Buffer.concat([
    Buffer.from("\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0\x04\0\x10\0\0\0\0\0", "latin1"),
    u64(0),
    Buffer.alloc(8, 0xff),
    u64(size),
    Buffer.alloc(8, 0xff),
    u64(0),
    u64(root),
    Buffer.alloc(24),
  ]);
  const head = Buffer.concat([superblock, ...blocks.parts]);
  writeSparse(path, [head, size - head.length]);
}
