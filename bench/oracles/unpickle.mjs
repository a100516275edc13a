// Compares the pickle machine with CPython's unpicklers on generated programs and on the pickles of a folder.
//   node bench/oracles/unpickle.mjs [--count 5000] [--seed 1] [--corpus FOLDER] [--python python3 ...]
// The names of a stream are never imported: bench/oracles/unpickle.py answers find_class with recorders.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { scratch } from "../measure.mjs";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "5000" },
    seed: { type: "string", default: "1" },
    corpus: { type: "string" },
    python: { type: "string", multiple: true, default: ["python3"] },
  },
});

/** Events that unpickle.py keeps of one file. */
const LOG_LIMIT = 500;

const folder = scratch();
const inputs = join(folder, "inputs");
mkdirSync(inputs);
const { randomPickle, PickleMachine, BufferSource } = await load();
const count = Number(values.count);
for (let i = 0; i < count; i++) {
  const broken = i % 3 === 0 ? 4 : 0;
  writeFileSync(
    join(inputs, `g${String(i).padStart(6, "0")}.pkl`),
    randomPickle(Number(values.seed) + i, { length: 20 + (i % 60), broken }),
  );
}
if (values.corpus)
  for (const path of pickles(values.corpus)) cpSync(path, join(inputs, path.replaceAll(/[^\w.-]/g, "_")));

for (const python of values.python) for (const kind of ["c", "python"]) compareWith(python, kind);

function compareWith(python, kind) {
  const script = new URL("./unpickle.py", import.meta.url).pathname;
  const text = execFileSync(python, [script, inputs, kind], {
    maxBuffer: 1 << 30,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  const version = execFileSync(python, ["--version"], { encoding: "utf8" }).trim();
  let same = 0;
  const different = [];
  for (const row of text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))) {
    const mine = ours(readFileSync(join(inputs, row.name)));
    const reason = difference(row, mine);
    if (reason === undefined) same++;
    else different.push(`${row.name}: ${reason}`);
  }
  console.log(`${version}, ${kind} unpickler: ${same} of ${same + different.length} the same`);
  for (const line of different.slice(0, 20)) console.log(`  ${line}`);
  if (different.length > 0) process.exitCode = 1;
}

/** Everything CPython did must be told by the machine, in the same order; the machine may tell more after a loader gave up. */
function difference({ log, end }, mine) {
  const told = mine.log;
  const seen = new Set();
  // The machine tells an import once.
  const theirs = once(log).filter((event) => {
    const key = JSON.stringify(event);
    if (event[0] !== "import" || !seen.has(key)) {
      seen.add(key);
      return true;
    }
    return false;
  });
  for (const [i, event] of theirs.entries()) {
    if (!isSame(told[i], event))
      return `event ${i} is ${JSON.stringify(event)}, ours ${JSON.stringify(told[i])} (loader: ${end})`;
  }
  const isWhole = log.length < LOG_LIMIT;
  if (isWhole && end === "stop" && told.length > theirs.length)
    return `we tell ${JSON.stringify(told[theirs.length])} more`;
  if (end === "stop" && mine.reason !== "stop") return `the loader stops, we end with ${mine.reason}`;
  return undefined;
}

/** Items that are added one by one are one event. */
function once(log) {
  return log.filter((event, i) => event[0] !== "mutate" || JSON.stringify(event) !== JSON.stringify(log[i - 1]));
}

/** INST and OBJ without arguments make an object of a class by `__new__` and call anything else: which it is, only the loader knows. */
function isSame(mine, theirs) {
  if (JSON.stringify(mine) === JSON.stringify(theirs)) return true;
  return mine?.[0] === "call" && theirs[0] === "new" && mine[1] === theirs[1] && mine[2] === 0 && theirs[2] === 0;
}

function ours(bytes) {
  const log = [];
  let machine;
  const label = (value) => {
    const global = machine.inspect.global(value);
    if (global) return `${global.module} ${global.name}`;
    const origin = machine.inspect.origin(value);
    return origin ? label(origin.callee) : undefined;
  };
  const length = (args) => (args.kind === 12 ? machine.inspect.count(args) : -1);
  const sink = {
    begin: (running) => {
      machine = running;
    },
    // What folding finds out is no import of the stream's own.
    imported: (_, { module, name, via }) => via === undefined && log.push(["import", module, name]),
    called: (_opcode, _at, callee, args) => {
      log.push(["call", label(callee), length(args)]);
      return false;
    },
    constructed: (_opcode, _at, cls, args) => {
      log.push(["new", label(cls), length(args)]);
      return false;
    },
    built: (_at, target) => label(target) && log.push(["build", label(target)]),
    mutated: (_opcode, _at, target, items) => log.push(["mutate", label(target), items]),
    persistentId: () => log.push(["persistent"]),
    extension: (_at, code) => log.push(["extension", code]),
  };
  const { reason } = new PickleMachine(new BufferSource(bytes), sink).run(0);
  return { log: once(log.map((event) => (event[0] === "mutate" ? event.slice(0, 2) : event))), reason };
}

function* pickles(path) {
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) yield* pickles(join(path, name));
  else if (/\.(?:pkl|pickle|dat|joblib)$/i.test(path)) yield path;
}

async function load() {
  const entry = `
    export { randomPickle } from ${JSON.stringify(new URL("../../tests/builders/pickle-grammar.ts", import.meta.url).pathname)};
    export { PickleMachine } from ${JSON.stringify(new URL("../../src/formats/pickle/machine.ts", import.meta.url).pathname)};
    export { BufferSource } from ${JSON.stringify(new URL("../../src/io/byte-source.ts", import.meta.url).pathname)};`;
  const outfile = join(folder, "parts.mjs");
  await build({
    stdin: { contents: entry, resolveDir: folder },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile,
  });
  return import(outfile);
}
