// Measures what a scan costs, beside the programs of others in the same run, and prints one document of tables. A row that misses its
// bound is marked OVER and fails the run.
//   npm run bench [-- --only TEXT] [-- --quick]
//   PEERS=bin folder of a virtual environment with picklescan, modelscan, fickling and modelaudit; BENCH_TMP=folder with 3 GB of room

import { mkdirSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compare, scratch } from "./measure.mjs";
import { ours, PEER_TITLES, peersFor } from "./tools.mjs";
import { BESIDE_PEERS, BOMB_ROWS, CACHE_ROWS, GROWTH, WORKER_ROWS } from "./workloads/list.mjs";

const { values } = parseArgs({ options: { only: { type: "string" }, quick: { type: "boolean", default: false } } });
const root = scratch();
const [cpu] = cpus();
let files = 0;

console.log(
  `${cpus().length} x ${cpu?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}. Whole processes: median time, peak memory, and how many times our time.\n`,
);
await table("Beside others", ["work", "modelaudit", ...PEER_TITLES], BESIDE_PEERS, besidePeers);
await table("Made to cost", ["work", "modelaudit"], BOMB_ROWS, alone);
await table("Cache", ["work", "cold", "warm"], CACHE_ROWS, pair);
await table("Workers", ["work", "1 worker", "2 workers"], WORKER_ROWS, pair);
await table("Growth", ["work", "modelaudit"], GROWTH, alone);

async function table(title, columns, rows, measure) {
  const asked = rows.filter((row) => values.only === undefined || row.title.includes(values.only));
  if (asked.length === 0) return;
  const rule = columns.slice(1).map(() => "--:|");
  console.log(`\n## ${title}\n\n| ${columns.join(" | ")} |\n|---|${rule.join("")}`);
  for (const row of asked) await measure(row, await prepare(row));
}

/** Writes the files of a workload and returns the path that is scanned. */
async function prepare({ make }) {
  const folder = join(root, String(files++));
  mkdirSync(folder);
  return make(folder);
}

function roundsOf({ rounds = 5 }) {
  return values.quick ? 1 : rounds;
}

async function besidePeers(row, path) {
  const commands = [ours(path), ...(row.floor ? [row.floor(path)] : []), ...peersFor(path)];
  const results = await compare(commands, roundsOf(row));
  const byTitle = new Map(commands.map(({ title }, i) => [title, results[i]]));
  const [mine] = results;
  const floor = row.floor && results[1];
  const beside = floor ? ` (\`${commands[1].title}\`: ${show(floor)}, ${(mine.ms / floor.ms).toFixed(1)} x)` : "";
  const cells = PEER_TITLES.map((title) => showPeer(byTitle.get(title), mine));
  print(row, mine, [`${row.title}${beside}`, show(mine), ...cells], { floor, byTitle });
}

async function alone(row, path) {
  const [mine] = await compare([ours(path)], roundsOf(row));
  print(row, mine, [row.title, show(mine)]);
}

/** Two runs of ours that differ in one thing, which `row.commands` gives. */
async function pair(row, path) {
  const [first, second] = await compare(row.commands(path, root), roundsOf(row));
  print(row, second, [row.title, show(first), `${show(second)}, ${(second.ms / first.ms).toFixed(2)} x`]);
}

function print(row, mine, cells, beside = {}) {
  const missed = missedBounds(row, mine, beside);
  if (missed.length > 0) process.exitCode = 1;
  console.log(`| ${cells.join(" | ")} |${missed.map((text) => ` OVER: ${text}`).join("")}`);
}

function missedBounds({ bound = {}, exit = 0 }, mine, { floor, byTitle }) {
  const missed = [];
  if (mine.codes.size !== 1 || !mine.codes.has(exit))
    missed.push(`exit ${[...mine.codes].join("/")}, expected ${exit}`);
  if (mine.ms > bound.ms) missed.push(`at most ${bound.ms} ms`);
  if (mine.mb > bound.mb) missed.push(`at most ${bound.mb} MB`);
  if (floor && mine.ms > floor.ms * bound.overFloor) missed.push(`at most ${bound.overFloor} times the floor`);
  for (const [title, times] of Object.entries(bound.faster ?? {})) {
    const peer = byTitle.get(title);
    if (peer && !peer.killed && peer.ms < mine.ms * times) missed.push(`${times} times as fast as ${title}`);
  }
  return missed;
}

function show({ ms, mb }) {
  const time = ms < 9_950 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(0)} s`;
  return `${time}, ${mb < 9_950 ? `${Math.round(mb)} MB` : `${(mb / 1024).toFixed(1)} GB`}`;
}

function showPeer(result, mine) {
  if (result === undefined) return "";
  if (result.killed) return `more than ${(result.ms / 1000).toFixed(0)} s, ${Math.round(result.mb)} MB`;
  return `${show(result)}, ${Number((result.ms / mine.ms).toPrecision(2))} x`;
}
