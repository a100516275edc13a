// safetensors and GGUF: a header, and data that nobody may read.

import { u32, u64, writeSparse } from "./bytes.mjs";

/** `count` tensors in a file of `size` bytes. */
export function writeSafetensors(path, count, size) {
  const each = Math.floor(size / count / 4) * 4;
  const rows = Array.from({ length: count }, (_, i) => {
    const offsets = `[${i * each},${(i + 1) * each}]`;
    return `"model.layers.${i}.self_attn.q_proj.weight":{"dtype":"F32","shape":[${each / 4}],"data_offsets":${offsets}}`;
  });
  const header = Buffer.from(`{"__metadata__":{"format":"pt"},${rows.join(",")}}`);
  writeSparse(path, [u64(header.length), header, count * each]);
}

/** A language model: `count` tensors in about `size` bytes, a vocabulary of `tokens`. */
export function writeGguf(path, count, tokens, size) {
  const each = Math.floor(size / count / 1024) * 1024;
  const entries = [
    entry("general.architecture", 8, text("llama")),
    entry("general.name", 8, text("large")),
    entry(
      "tokenizer.ggml.tokens",
      9,
      list(8, tokens, (i) => text(`token-${i}`)),
    ),
    entry(
      "tokenizer.ggml.merges",
      9,
      list(8, tokens, (i) => text(`left-${i} right-${i}`)),
    ),
    entry(
      "tokenizer.ggml.scores",
      9,
      list(6, tokens, () => Buffer.alloc(4)),
    ),
    entry(
      "tokenizer.chat_template",
      8,
      text("{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"),
    ),
  ];
  const tensors = Array.from({ length: count }, (_, i) =>
    Buffer.concat([text(`blk.${i}.attn_q.weight`), u32(1), u64(each / 4), u32(0), u64(i * each)]),
  );
  const counts = Buffer.concat([Buffer.from("GGUF"), u32(3), u64(count), u64(entries.length)]);
  const head = Buffer.concat([counts, ...entries, ...tensors]);
  writeSparse(path, [head, (32 - (head.length % 32)) % 32, count * each]);
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
