// Compares the scanners of weight files with the packages safetensors, gguf and msgpack (as flax calls it), on generated files, given ones and
// damaged copies: what a package refuses must be told or not called examined, and what it takes of ordinary files must be silent.
//   node bench/oracles/weights.mjs [--count 300] [--damaged 3000] [--seed 1] [--python python3] [--untold] [FILE or FOLDER ...]

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { ask, filesBelow, Inputs, load, Tally } from "./oracle.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "300" },
    damaged: { type: "string", default: "3000" },
    seed: { type: "string", default: "1" },
    python: { type: "string", default: "python3" },
    untold: { type: "boolean", default: false },
  },
});

const parts = await load({
  "tests/builders/pickle-grammar.ts": ["Dice"],
  "tests/builders/safetensors.ts": ["safetensors"],
  "tests/builders/gguf.ts": ["gguf", "ggufText", "ggufNumber", "ggufTexts"],
  "tests/fuzz/mutate.ts": ["mutate"],
  "tests/builders/scan.ts": ["scanBytes"],
  "src/rules/severity.ts": ["isAtLeast"],
});
const ENDINGS = { safetensors: "model.safetensors", gguf: "model.gguf", msgpack: "model.msgpack" };
const DTYPES = { F32: 4, F16: 2, I64: 8, U8: 1, BOOL: 1, BF16: 2 };

const inputs = new Inputs();
const ordinary = [];
for (const path of positionals.flatMap((place) => [...filesBelow(place)])) {
  const kind = Object.keys(ENDINGS).find((ending) => path.endsWith(`.${ending}`));
  // What is bad on purpose is no sound file to begin with, though packages may take it.
  if (kind && !/\/(?:bad\.[^/]*|malicious\/.*)$/.test(path)) ordinary.push([kind, basename(path), readFileSync(path)]);
}
for (let i = 0; i < Number(values.count); i++) {
  const dice = diceOf(i);
  ordinary.push(dice.below(2) === 0 ? ["safetensors", "generated", tensors(dice)] : ["gguf", "generated", model(dice)]);
}
for (const [kind, name, bytes] of ordinary) add(kind, `ordinary-${name}`, bytes);
const small = ordinary.filter(([, , { length }]) => length < 1 << 18);
for (let i = 0; i < Number(values.damaged); i++) {
  const dice = diceOf(~i);
  const [kind, , bytes] = dice.pick(small);
  add(kind, "damaged", parts.mutate(bytes, dice, dice.pick(small)[2]));
}

const versions = execFileSync(values.python, [new URL("./weights.py", import.meta.url).pathname, "version"]);
console.log(versions.toString().trim());
const counts = new Map();
for await (const row of ask(values.python, "./weights.py", inputs)) {
  if (row.killed !== undefined) continue;
  const told = await isTold(row.kind, inputs.bytes.get(row.name));
  const origin = row.name.includes("-ordinary-") ? "ordinary" : "damaged";
  const outcome = row.refused === undefined ? "taken" : "refused";
  const key = `${row.kind}, ${origin}: ${outcome}${told ? ", told" : ""}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
  const isMiss = outcome === "refused" && !told;
  if (isMiss && values.untold)
    console.log(`  ${row.name}, ${inputs.bytes.get(row.name).length - row.kind.length - 1} bytes: ${row.refused}`);
  if (isMiss && process.env.KEEP) new Tally(inputs).add(row.name, row.refused);
  if (outcome === "taken" && told && origin === "ordinary") {
    console.log(`  alarmed: ${row.name}`);
    process.exitCode = 1;
  }
}
for (const [key, count] of [...counts].sort()) console.log(`  ${key} ${count}`);

function diceOf(i) {
  const dice = new parts.Dice(Math.imul(Number(values.seed), 0x9e3779b1) ^ Math.imul(i + 1, 0x85ebca6b));
  for (let warm = 0; warm < 4; warm++) dice.next();
  return dice;
}

function add(kind, name, bytes) {
  inputs.add(name, Buffer.concat([Buffer.from(`${kind}\n`), bytes]));
}

async function isTold(kind, bytes) {
  const content = new Uint8Array(bytes.subarray(kind.length + 1));
  const { findings, state } = await parts.scanBytes(ENDINGS[kind], content);
  return state !== "scanned" || findings.some(({ severity }) => parts.isAtLeast(severity, "medium"));
}

function tensors(dice) {
  const header = dice.below(2) === 0 ? { __metadata__: { format: "pt" } } : {};
  let at = 0;
  for (let i = dice.below(5); i >= 0; i--) {
    const dtype = dice.pick(Object.keys(DTYPES));
    const shape = Array.from({ length: dice.below(4) }, () => dice.below(4));
    const size = shape.reduce((product, side) => product * side, 1) * DTYPES[dtype];
    header[`layer.${i}.${dice.pick(["weight", "bias"])}`] = { dtype, shape, data_offsets: [at, at + size] };
    at += size;
  }
  return parts.safetensors(header, at);
}

function model(dice) {
  const entries = [
    parts.ggufText("general.architecture", "llama"),
    parts.ggufNumber("general.alignment", 32),
    ...(dice.below(2) === 0 ? [parts.ggufTexts("tokenizer.ggml.tokens", ["<s>", "</s>", "a"])] : []),
  ];
  const rows = [];
  let at = 0;
  for (let i = dice.below(4); i >= 0; i--) {
    const dims = Array.from({ length: 1 + dice.below(3) }, () => 1 + dice.below(5));
    rows.push({ name: `blk.${i}.weight`, dims, type: 0, offset: at });
    at += Math.ceil((dims.reduce((product, side) => product * side, 1) * 4) / 32) * 32;
  }
  return parts.gguf({ entries, tensors: rows, data: at });
}
