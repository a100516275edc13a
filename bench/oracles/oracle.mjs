// What the oracles share: our parts bundled for Node, inputs on disk, and a Python side that answers one JSON line for each input.

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { scratch } from "../measure.mjs";

const ROOT = new URL("../../", import.meta.url);

/** Exit code of oracle.py when an input made the reader do what no input may. */
const ESCAPED = 86;
/** Differences that are printed. */
const SHOWN = 20;

/** Exports of modules of the project: `{ "src/io/budget.ts": ["Budget"] }`. */
export async function load(modules) {
  const entry = Object.entries(modules).map(
    ([path, names]) => `export { ${names.join(", ")} } from ${JSON.stringify(new URL(path, ROOT).pathname)};`,
  );
  // As deep below the project as the modules themselves: they find the rule base from there, and Node the wasm packages.
  const folder = new URL("node_modules/.modelaudit-oracles/", ROOT).pathname;
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `parts-${process.pid}.mjs`);
  await build({
    stdin: { contents: entry.join("\n"), resolveDir: ROOT.pathname },
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["h5wasm", "h5wasm/*", "7z-wasm"],
    logLevel: "error",
    outfile,
  });
  process.once("exit", () => rmSync(outfile, { force: true }));
  return import(outfile);
}

/** A folder of numbered inputs that the Python side reads in order. */
export class Inputs {
  folder = join(scratch(), "inputs");
  bytes = new Map();
  constructor() {
    mkdirSync(this.folder);
  }

  add(label, bytes) {
    const name = `${String(this.bytes.size).padStart(7, "0")}-${label.replaceAll(/[^\w.-]/g, "_").slice(-100)}`;
    writeFileSync(join(this.folder, name), bytes);
    this.bytes.set(name, bytes);
  }
}

/** Rows of the Python side, in the order of the inputs. One that kills the reader is a row `{ name, killed }`, and the rest goes on. */
export async function* ask(python, script, inputs, ...args) {
  const names = [...inputs.bytes.keys()];
  for (let at = 0; at < names.length; ) {
    const child = spawn(
      python,
      ["-I", "-B", new URL(script, import.meta.url).pathname, inputs.folder, names[at], ...args],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const ended = new Promise((done) => child.on("close", (code, signal) => done({ code, signal })));
    for await (const line of createInterface({ input: child.stdout })) {
      yield JSON.parse(line);
      at++;
    }
    const { code, signal } = await ended;
    if (code === ESCAPED) throw new Error(`${names[at]} made ${python} do what no input may do`);
    if (at < names.length && code !== null && code > 0 && code < 128)
      throw new Error(`${script} failed on ${names[at]}`);
    if (at < names.length) yield { name: names[at++], killed: signal ?? code };
  }
}

export function version(python) {
  return spawnSync(python, ["--version"], { encoding: "utf8" }).stdout.trim();
}

/** Counts what agrees, and keeps what does not: in the folder KEEP, where that is set. */
export class Tally {
  same = 0;
  killed = 0;
  different = [];

  constructor(inputs) {
    this.inputs = inputs;
  }

  add(name, difference) {
    if (difference === undefined) {
      this.same++;
      return;
    }
    this.different.push(`${name}: ${difference}`);
    if (process.env.KEEP === undefined || this.different.length > SHOWN) return;
    mkdirSync(process.env.KEEP, { recursive: true });
    writeFileSync(join(process.env.KEEP, name), this.inputs.bytes.get(name));
  }

  print(title) {
    const killed = this.killed > 0 ? `, ${this.killed} ended the reader` : "";
    console.log(`${title}: ${this.same} of ${this.same + this.different.length} the same${killed}`);
    for (const line of this.different.slice(0, SHOWN)) console.log(`  ${line}`);
    if (this.different.length > 0) process.exitCode = 1;
  }
}

/** Files below a folder; links are not followed. */
export function* filesBelow(path) {
  if (statSync(path).isFile()) yield path;
  else
    for (const entry of readdirSync(path, { withFileTypes: true, recursive: true }))
      if (entry.isFile()) yield join(entry.parentPath, entry.name);
}
