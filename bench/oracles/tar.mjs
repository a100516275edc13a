// Compares the walk of tar headers with tarfile of Python, on generated archives and damaged ones: every entry that tarfile reads, in any of
// its modes, must be one that we examine, under the same name, as the same kind and with the same content, or something must be told.
//   node bench/oracles/tar.mjs [--count 2000] [--seed 1] [--python python3 ...] [FILE or FOLDER ...]

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
    told: { type: "boolean", default: false },
    python: { type: "string", multiple: true, default: ["python3"] },
  },
});

/** What tarfile reads of one entry. */
const MOST_CONTENT = 1 << 20;

const { randomTar, walkTar, Budget, BufferSource, defaultPolicy } = await load({
  "tests/builders/tar-grammar.ts": ["randomTar"],
  "src/formats/tar/walk.ts": ["walkTar"],
  "src/io/byte-source.ts": ["BufferSource"],
  "src/io/budget.ts": ["Budget"],
  "src/config/load.ts": ["defaultPolicy"],
});
const { limits } = await defaultPolicy();

const inputs = new Inputs();
for (const path of positionals.flatMap((place) => [...filesBelow(place)]))
  if (/\.tar$/.test(path)) inputs.add(basename(path), new Uint8Array(readFileSync(path)));
for (let i = 0; i < Number(values.count); i++) {
  const seed = Number(values.seed) + i;
  inputs.add(`generated-${seed}.tar`, randomTar(seed));
}

const NOTHING = createHash("sha1").digest("hex");
const known = new Map();
for (const python of values.python) await compareWith(python);

async function compareWith(python) {
  const tallies = new Map();
  const counts = new Map();
  for await (const { name, killed, ...modes } of ask(python, "./tar.py", inputs)) {
    if (killed !== undefined) throw new Error(`${name} ended the reader with ${killed}`);
    if (!known.has(name)) known.set(name, await ours(inputs.bytes.get(name)));
    const mine = known.get(name);
    for (const [mode, { members }] of Object.entries(modes)) {
      if (!tallies.has(mode)) tallies.set(mode, new Tally(inputs));
      const missing = members.find((member) => !isExamined(member, mine));
      const outcome = missing === undefined ? "the same entries" : isTold(missing, mine) ? "told" : "missed";
      count(counts, `${mode}: ${outcome}`);
      count(counts, `${mode}: entries`, members.length);
      if (outcome === "told" && values.told) console.log(`  ${mode}: ${mine.told}: ${show(missing, mine)}`);
      tallies.get(mode).add(name, outcome === "missed" ? show(missing, mine) : undefined);
    }
  }
  for (const [mode, tally] of tallies) tally.print(`${version(python)}, ${mode}`);
  console.log(`  ${[...counts].map(([what, number]) => `${what} ${number}`).join("; ")}`);
}

/** Readers restore sparse entries each in its own way: we tell that they were examined as stored. */
function isTold(missing, { told, entries }) {
  return told.length > 0 || entries.some(({ at, sparse }) => sparse && at <= missing.at);
}

function count(counts, key, by = 1) {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function show(member, { entries }) {
  const near = entries.filter(({ names, at }) => names.includes(nameOf(member)) || at === member.at);
  return `${JSON.stringify({ ...member, name: nameOf(member), link: text(member.link) })}, ours ${JSON.stringify(near)}`;
}

function isExamined(member, { entries }) {
  return entries.some(
    (entry) =>
      entry.names.includes(nameOf(member)) &&
      (entry.kind === member.kind || isEmptyFolder(entry, member)) &&
      (!entry.kind.endsWith("link") || entry.links.includes(text(member.link))) &&
      (member.kind !== "file" || entry.content === member.content),
  );
}

/** A file of no bytes whose name ends in a slash is a folder to some readers. */
function isEmptyFolder(entry, member) {
  const kinds = ["directory", "file"];
  return kinds.includes(entry.kind) && kinds.includes(member.kind) && (member.content ?? NOTHING) === NOTHING;
}

function nameOf({ name }) {
  return plain(text(name));
}

function plain(name) {
  return name.replace(/\/+$/, "");
}

function text(hex) {
  const bytes = Buffer.from(hex, "hex");
  const utf8 = bytes.toString("utf8");
  return Buffer.from(utf8, "utf8").equals(bytes) ? utf8 : bytes.toString("latin1");
}

/** Our entries, and whether anything is told about how readers differ. */
async function ours(bytes) {
  const entries = [];
  const told = [];
  const source = new BufferSource(bytes);
  for await (const item of walkTar(source, new Budget(limits))) {
    if ("anomaly" in item) {
      if (item.anomaly.kind !== "without-end") told.push(item.anomaly.kind);
      continue;
    }
    const { name, otherName = name, kind, link, otherLink = link, offset, size, sparse } = item.entry;
    const content = createHash("sha1")
      .update(source.readSync(offset, Math.min(size, MOST_CONTENT)))
      .digest("hex");
    entries.push({
      names: [plain(name), plain(otherName)],
      links: [link, otherLink],
      kind,
      at: offset,
      content,
      sparse,
    });
  }
  return { entries, told };
}
