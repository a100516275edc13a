// Compares the zip scanner with Python's zipfile and torch's own reader on random archives that lie: every entry that one of them takes out must
// be content that a scan examined under that name, or something must be told.
//   node bench/oracles/zip.mjs [--count 2000] [--seed 1] [--python python3 ...] [--torch PYTHON] [FILE or FOLDER ...]

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { ask, filesBelow, Inputs, load, Tally, version } from "./oracle.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    python: { type: "string", multiple: true, default: ["python3"] },
    torch: { type: "string", multiple: true, default: [] },
    told: { type: "boolean", default: false },
  },
});

/** What zip.py reads of one entry. */
const MOST = 1 << 20;

const { randomZip, LOADER_ROWS, addPluginScanner, scanBytes, isAtLeast } = await load({
  "tests/builders/zip-grammar.ts": ["randomZip"],
  "tests/builders/zip-loaders.ts": ["LOADER_ROWS"],
  "tests/builders/scan.ts": ["scanBytes"],
  "src/scanners/plugin-registry.ts": ["addPluginScanner"],
  "src/rules/severity.ts": ["isAtLeast"],
});

/** Sees what every scanner is given. */
let examined = [];
class Witness {
  async scan(source, context) {
    const content = await source.read(0, Math.min(source.size, MOST));
    examined.push({ path: context.path, content: Uint8Array.from(content) });
    context.skip("only watched");
  }
}
addPluginScanner({
  ...{ id: "witness", title: "witness", formats: [], extensions: [], path: "", matches: () => true },
  load: async () => Witness,
});

const inputs = new Inputs();
for (const path of positionals.flatMap((place) => [...filesBelow(place)]))
  if (/\.(?:zip|npz|pt|pth|keras|mar|skops)$/.test(path))
    inputs.add(basename(path), new Uint8Array(readFileSync(path)));
for (const [name, bytes] of LOADER_ROWS) inputs.add(name, new Uint8Array(bytes));
for (let i = 0; i < Number(values.count); i++) {
  const seed = Number(values.seed) + i;
  inputs.add(`generated-${seed}.zip`, new Uint8Array(randomZip(seed)));
}

const known = new Map();
for (const python of values.python) await compareWith(python, "zipfile");
for (const python of values.torch) await compareWith(python, "torch");

async function compareWith(python, reader) {
  const tally = new Tally(inputs);
  const counts = {};
  const count = (what, by = 1) => {
    counts[what] = (counts[what] ?? 0) + by;
  };
  for await (const { name, killed, entries = [], end } of ask(python, "./zip.py", inputs, reader)) {
    if (killed !== undefined) {
      tally.killed++;
      continue;
    }
    if (!known.has(name)) known.set(name, await ours(name));
    const mine = known.get(name);
    const missing = entries.find((entry) => !isExamined(entry, mine.examined));
    count(end === "read" ? "archives read" : "archives refused");
    count("entries", entries.length);
    const outcome = missing === undefined ? "all examined" : mine.told.length > 0 ? "told" : "missed";
    if (end === "read") count(outcome);
    if (outcome === "told" && values.told) console.log(`  told: ${show(missing, mine)}`);
    tally.add(name, outcome === "missed" ? show(missing, mine) : undefined);
  }
  tally.print(`${version(python)}, ${reader}`);
  console.log(`  ${JSON.stringify(counts)}`);
}

function show([name, length, digest], mine) {
  const near = mine.examined
    .filter(({ content }) => beginsWith(content, length, digest))
    .map(({ path }) => path.slice(1).join(" in "));
  return `${Buffer.from(name, "hex").toString()} of ${length} bytes; the same bytes: ${near.join(", ") || "none"}; ${mine.told}`;
}

/** zipfile reads names without the flag for UTF-8 as code page 437. */
function ascii(name) {
  return name.replaceAll(/[^\0-\x7f]/g, "");
}

/** A record of torch's reader goes without the archive's folder. */
function isExamined([hex, length, digest], seen) {
  const name = ascii(Buffer.from(hex, "hex").toString());
  if (length === 0) return true;
  return seen.some((one) => {
    const own = ascii(one.path[1] ?? "");
    return (
      beginsWith(one.content, length, digest) && (own === name || own.toLowerCase().endsWith(`/${name.toLowerCase()}`))
    );
  });
}

/** Of an entry that states fewer bytes than it holds, readers take the first and we all. */
function beginsWith(content, length, digest) {
  if (content.length < length) return false;
  return createHash("sha1").update(content.subarray(0, length)).digest("hex") === digest;
}

async function ours(name) {
  examined = [];
  const report = await scanBytes(/\.\w+$/.test(name) ? name : `${name}.zip`, inputs.bytes.get(name));
  const told = report.findings.filter(({ severity }) => isAtLeast(severity, "medium")).map(({ rule }) => rule);
  if (report.state !== "scanned") told.push(report.state);
  return { examined, told };
}
