// safetensors and GGUF of five gigabytes (sparse: nothing of the data may be read), and a header of 200,000 tensors; whole processes.
//   node build.mjs && node bench/weights.mjs [CLI]        BENCH_TMP=folder of a file system that knows sparse files

import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { CLI, run, scratch } from "./measure.mjs";

const MAX_MS = 1000;
const MAX_MEGABYTES = 150;
const GIGABYTES = 5;
const TENSORS = 2000;
const MANY_TENSORS = 200_000;
const TOKENS = 150_000;
const RUNS = 5;

const cli = process.argv[2] ?? CLI;
const folder = scratch();

const FILES = {
  [`safetensors, ${GIGABYTES} GB, ${TENSORS} tensors`]: () =>
    writeSafetensors("large.safetensors", TENSORS, GIGABYTES * 2 ** 30),
  [`safetensors, header of ${MANY_TENSORS} tensors`]: () => writeSafetensors("many.safetensors", MANY_TENSORS, 2 ** 30),
  [`GGUF, ${GIGABYTES} GB, ${TENSORS} tensors, ${TOKENS} tokens`]: () => writeGguf("large.gguf"),
};

let failed = false;
for (const [title, write] of Object.entries(FILES)) {
  const { file, isBounded } = write();
  const results = [];
  for (let round = 0; round < RUNS; round++)
    results.push(await run(process.execPath, [cli, "scan", "--no-cache", file]));
  const ms = median(results.map((result) => result.ms));
  const mb = Math.max(...results.map((result) => result.mb));
  const isClean = results.every(({ code }) => code === 0);
  const holds = isClean && (!isBounded || (ms <= MAX_MS && mb <= MAX_MEGABYTES));
  failed ||= !holds;
  console.log(
    `${holds ? "ok  " : "OVER"} ${title}: ${ms.toFixed(0)} ms, ${mb.toFixed(0)} MB${isClean ? "" : `, exit ${results[0].code}`}`,
  );
}
process.exitCode = failed ? 1 : 0;

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

/** Writes the head and lets the file be as long as its data. */
function writeSparse(name, head, size) {
  const file = join(folder, name);
  const descriptor = openSync(file, "w");
  writeSync(descriptor, head);
  ftruncateSync(descriptor, size);
  closeSync(descriptor);
  return file;
}

function writeSafetensors(name, count, size) {
  const each = Math.floor(size / count / 4) * 4;
  const rows = Array.from({ length: count }, (_, i) => {
    const offsets = `[${i * each},${(i + 1) * each}]`;
    return `"model.layers.${i}.self_attn.q_proj.weight":{"dtype":"F32","shape":[${each / 4}],"data_offsets":${offsets}}`;
  });
  const header = Buffer.from(`{"__metadata__":{"format":"pt"},${rows.join(",")}}`);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return {
    file: writeSparse(name, Buffer.concat([length, header]), 8 + header.length + count * each),
    isBounded: count === TENSORS,
  };
}

function writeGguf(name) {
  const each = Math.floor((GIGABYTES * 2 ** 30) / TENSORS / 1024) * 1024;
  const entries = [
    entry("general.architecture", 8, text("llama")),
    entry("general.name", 8, text("large")),
    entry(
      "tokenizer.ggml.tokens",
      9,
      list(8, TOKENS, (i) => text(`token-${i}`)),
    ),
    entry(
      "tokenizer.ggml.merges",
      9,
      list(8, TOKENS, (i) => text(`left-${i} right-${i}`)),
    ),
    entry(
      "tokenizer.ggml.scores",
      9,
      list(6, TOKENS, () => Buffer.alloc(4)),
    ),
    entry(
      "tokenizer.chat_template",
      8,
      text("{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"),
    ),
  ];
  const tensors = Array.from({ length: TENSORS }, (_, i) =>
    Buffer.concat([text(`blk.${i}.attn_q.weight`), u32(1), u64(each / 4), u32(0), u64(i * each)]),
  );
  const counts = Buffer.concat([Buffer.from("GGUF"), u32(3), u64(TENSORS), u64(entries.length)]);
  const head = Buffer.concat([counts, ...entries, ...tensors]);
  const start = Math.ceil(head.length / 32) * 32;
  return { file: writeSparse(name, head, start + TENSORS * each), isBounded: true };
}

function entry(key, type, value) {
  return Buffer.concat([text(key), u32(type), value]);
}

function list(type, count, item) {
  return Buffer.concat([u32(type), u64(count), ...Array.from({ length: count }, (_, i) => item(i))]);
}

function text(value) {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
