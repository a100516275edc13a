// Unpacks 80 MB of LZMA2 with the scanner's reader and with the native 7z, by turns. Ours must reach half of its speed.
//   node bench/sevenzip.mjs        (needs 7z: apt-get install p7zip-full)

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const FILES = 10;
const FILE_BYTES = 8 << 20;
const ROUNDS = 5;
const MIN_SPEED = 0.5;
const BYTES = FILES * FILE_BYTES;

if (spawnSync("7z", ["i"]).error) {
  console.log("7z is not installed: nothing to compare with");
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), "sevenzip-"));
try {
  const archive = pack(folder);
  const { unpackArchive, FileSource, Budget } = await load(folder);
  const native = [];
  const ours = [];
  for (let round = 0; round < ROUNDS; round++) {
    native.push(timed(() => spawnSync("7z", ["x", "-so", archive], { stdio: ["ignore", "ignore", "ignore"] })));
    ours.push(await unpack(archive));
  }
  const speed = median(native) / median(ours);
  console.log(`native 7z ${show(median(native))}`);
  console.log(`ours      ${show(median(ours))}`);
  console.log(`${speed >= MIN_SPEED ? "ok  " : "SLOW"} ${speed.toFixed(2)} of native speed, ${MIN_SPEED} wanted`);
  process.exitCode = speed >= MIN_SPEED ? 0 : 1;

  async function unpack(file) {
    const source = FileSource.open(file);
    const limits = {
      max_depth: 16,
      max_members: 1000,
      max_inflated_bytes: 1 << 30,
      max_ratio: 250,
      ratio_floor_bytes: 1 << 27,
      max_steps: 1e9,
    };
    const started = performance.now();
    const unpacked = await unpackArchive(source, "7z", new Budget(limits));
    const ms = performance.now() - started;
    const size = unpacked.entries.reduce((sum, { content }) => sum + content.size, 0);
    unpacked.close();
    source.close();
    if (size !== BYTES) throw new Error(`${size} of ${BYTES} bytes came out`);
    return ms;
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** Words and weights by turns, the same in every run: it packs to about half, as model archives do. */
function pack(into) {
  const files = join(into, "files");
  mkdirSync(files);
  const random = generator(3);
  const words = Array.from({ length: 4000 }, () => Math.floor(random() * 36 ** 6).toString(36));
  for (let index = 0; index < FILES; index++) writeFileSync(join(files, `part${index}.bin`), content(random, words));
  const archive = join(into, "bench.7z");
  spawnSync("7z", ["a", "-m0=lzma2", "-mx=5", "-bso0", "-bsp0", archive, "."], { cwd: files });
  return archive;
}

function content(random, words) {
  const bytes = Buffer.alloc(FILE_BYTES);
  for (let at = 0; at < FILE_BYTES; ) {
    if (random() < 0.5) {
      const text = Array.from({ length: 2000 }, () => words[Math.floor(random() * words.length)]).join(" ");
      at += bytes.write(text, at, "latin1");
    } else {
      const weights = Float32Array.from({ length: 2000 }, () => (random() + random() + random() - 1.5) / 20);
      at += Buffer.from(weights.buffer).copy(bytes, at);
    }
  }
  return bytes;
}

/** Mulberry32: small, fast, and the same everywhere. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function timed(work) {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function show(ms) {
  return `${Math.round(ms)} ms, ${(BYTES / 1000 / ms).toFixed(0)} MB/s`;
}

/** The reader alone, out of the sources. */
async function load(into) {
  const root = join(import.meta.dirname, "..");
  const outfile = join(into, "reader.mjs");
  symlinkSync(join(root, "node_modules"), join(into, "node_modules"));
  const contents = [
    'export { unpackArchive } from "./src/formats/sevenzip/archive.ts";',
    'export { FileSource } from "./src/io/byte-source.ts";',
    'export { Budget } from "./src/io/budget.ts";',
  ].join("\n");
  await build({
    stdin: { contents, resolveDir: root },
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["7z-wasm"],
  });
  return import(pathToFileURL(outfile).href);
}
