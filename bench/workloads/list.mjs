// What is measured: how the files are made, and the bounds that our own scan must keep.

import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ours } from "../tools.mjs";
import { stored, zip } from "./archives.mjs";
import { BOMBS } from "./bombs.mjs";
import { writeOnnx, writeSavedModel } from "./graphs.mjs";
import { writeKerasHdf5 } from "./hdf5.mjs";
import { denseRecords, writeBlobs, writeDense, writeTorch } from "./pickles.mjs";
import { writeGguf, writeSafetensors } from "./weights.mjs";

const GIGABYTE = 2 ** 30;
/** Five gigabytes, of which only the header may be read. */
const HEADER_BOUND = { ms: 1000, mb: 150 };
const BOMB_BOUND = { ms: 3000, mb: 250 };
const FIXTURES = fileURLToPath(new URL("../../fixtures", import.meta.url));

/** A workload whose file is written by `write`. */
function file(title, name, write, rest = {}) {
  const make = async (folder) => {
    const path = join(folder, name);
    await write(path);
    return path;
  };
  return { title, make, ...rest };
}

function smallPickles(count) {
  return (folder) => {
    for (let i = 0; i < count; i++) writeFileSync(join(folder, `m${i}.pkl`), denseRecords(20 + (i % 30), i));
    return folder;
  };
}

function writeZip(path, count) {
  const entries = Array.from({ length: count }, (_, index) =>
    stored(`folder/${index % 100}/entry-${index}.txt`, Buffer.from(`${index}`)),
  );
  writeFileSync(path, zip(entries));
}

function densePickles(count, megabytes) {
  return (folder) => {
    for (let i = 0; i < count; i++) writeDense(join(folder, `m${i}.pkl`), megabytes);
    return folder;
  };
}

export const BESIDE_PEERS = [
  file("start: a pickle of 1 KB", "small.pkl", (path) => writeFileSync(path, denseRecords(24)), {
    floor: () => ({ title: "node -e 0", command: process.execPath, args: ["-e", "0"] }),
    bound: { overFloor: 2 },
    rounds: 21,
  }),
  file("dense pickle, 100 MB, 32 million opcodes", "dense.pkl", (path) => writeDense(path, 100), {
    bound: { mb: 250, faster: { picklescan: 30 } },
  }),
  file("pickle of four bytes objects, 500 MB", "blobs.pkl", (path) => writeBlobs(path, 500), {
    floor: (path) => ({ title: "cat", command: "cat", args: [path] }),
    bound: { mb: 150, faster: { picklescan: 1 } },
  }),
  file("torch zip, 0.1 GB", "small.pt", (path) => writeTorch(path, 0.1), { bound: HEADER_BOUND }),
  file("torch zip, 2 GB", "large.pt", (path) => writeTorch(path, 2), { bound: HEADER_BOUND }),
  { title: "folder of 1000 small pickles", make: smallPickles(1000), bound: { faster: { picklescan: 0.67 } } },
  file("zip of 100,000 entries", "many.zip", (path) => writeZip(path, 100_000), { bound: { mb: 400 } }),
  file("Keras HDF5, 5 GB", "large.h5", (path) => writeKerasHdf5(path, 5 * GIGABYTE), { bound: HEADER_BOUND }),
  file("safetensors, 5 GB, 2000 tensors", "large.safetensors", (path) => writeSafetensors(path, 2000, 5 * GIGABYTE), {
    bound: HEADER_BOUND,
  }),
  file("GGUF, 5 GB, 2000 tensors", "large.gguf", (path) => writeGguf(path, 2000, 150_000, 5 * GIGABYTE), {
    bound: HEADER_BOUND,
  }),
  file("ONNX, 2 GB inline, 10,000 nodes", "large.onnx", (path) => writeOnnx(path, 10_000, 2 * GIGABYTE), {
    bound: HEADER_BOUND,
  }),
  file("SavedModel, 10,000 nodes", "model", (path) => writeSavedModel(path, 10_000), { bound: HEADER_BOUND }),
];

export const BOMB_ROWS = [
  ...Object.entries(BOMBS).map(([title, bytes]) =>
    file(`bomb: ${title}`, "bomb.zip", (path) => writeFileSync(path, bytes()), {
      bound: BOMB_BOUND,
      exit: 1,
      rounds: 3,
    }),
  ),
  file(
    "HDF5 of 6 KB that only its own library can read",
    "pickles.h5",
    (path) => copyFileSync(join(FIXTURES, "hdf5/bad.pickles.h5"), path),
    { bound: HEADER_BOUND, exit: 1, rounds: 3 },
  ),
];

export const CACHE_ROWS = [
  {
    title: "four dense pickles of 90 MB",
    make: densePickles(4, 90),
    commands: (path, root) => {
      const env = { MODELAUDIT_CACHE_DIR: join(root, "cache") };
      const cold = ours(path, { args: [], prefix: ["sh", "-c", 'rm -rf "$MODELAUDIT_CACHE_DIR"; exec "$@"', "sh"] });
      return [
        { ...cold, env },
        { ...ours(path, { args: [] }), env },
      ];
    },
  },
];

export const WORKER_ROWS = [
  { title: "four dense pickles of 90 MB", make: densePickles(4, 90), commands: onOneAndTwo },
  { title: "folder of 1000 small pickles", make: smallPickles(1000), commands: onOneAndTwo },
];

/** There are as many workers as processors that the process may use. */
function onOneAndTwo(path) {
  return [ours(path, { prefix: ["taskset", "-c", "0"] }), ours(path, { prefix: ["taskset", "-c", "0,1"] })];
}

export const GROWTH = [
  ...[1, 10, 100].map((mb) => file(`dense pickle, ${mb} MB`, "dense.pkl", (path) => writeDense(path, mb))),
  ...[10, 100, 1000].map((count) => ({ title: `folder of ${count} pickles`, make: smallPickles(count) })),
  ...[1000, 10_000, 100_000].map((count) =>
    file(`zip of ${count} entries`, "many.zip", (path) => writeZip(path, count)),
  ),
  ...[2000, 20_000, 200_000].map((count) =>
    file(`safetensors of ${count} tensors`, "m.safetensors", (path) => writeSafetensors(path, count, GIGABYTE)),
  ),
  ...[1000, 10_000, 100_000].map((count) =>
    file(`ONNX of ${count} nodes`, "m.onnx", (path) => writeOnnx(path, count, 2 * GIGABYTE)),
  ),
  ...[1000, 10_000, 100_000].map((count) =>
    file(`SavedModel of ${count} nodes`, "model", (path) => writeSavedModel(path, count)),
  ),
];
