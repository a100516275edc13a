// Bundles the program, the library and the worker into dist/, grouped so that a start reads few files and loads only what its scan needs.
//   node build.mjs [--outdir DIR] [--no-types]

import { spawnSync } from "node:child_process";
import { copyFile, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { rolldown } from "rolldown";

const POLICY = "default-security-config.toml";

/** Each group becomes one file: what its roots need at once. Reading one file of 200 KB is far quicker than thirty small ones. */
const GROUPS = {
  core: ["src/cli/main.ts", "src/engine/job.ts"],
  pickle: ["src/scanners/pickle/scanner.ts"],
};

/** Scanned by the build, so that V8 compiles what scans of the common formats run; the first must be told. */
const SAMPLES = [
  "fixtures/pickle/bad.os-system-p4.pkl",
  "fixtures/zip/ok.torch-return-type.pt",
  "fixtures/safetensors/ok.numpy.safetensors",
  "fixtures/gguf/ok.llama-q8_0.gguf",
  "fixtures/keras/ok.dense.h5",
];

const { values } = parseArgs({
  options: { outdir: { type: "string", default: "dist" }, types: { type: "boolean", default: true } },
  allowNegative: true,
});
const outdir = resolve(values.outdir);
// Built beside its place and then moved, so that a scan that runs meanwhile finds a whole build.
const staging = `${outdir}.${process.pid}`;

await bundleProgram();
await bundleLibrary();
await compilePolicy();
if (relative(".", outdir).startsWith("..")) await standAlone();
const compiled = keepCompiled();
const typed = values.types ? emitTypes() : true;
await rm(outdir, { recursive: true, force: true });
await rename(staging, outdir);
process.exitCode = compiled && typed ? 0 : 1;

/** The program is CommonJS: Node starts it sooner than ES modules, and compiled code can be kept for it on every version. */
async function bundleProgram() {
  const meta = {
    "import.meta.url": "__url",
    // Used for h5wasm alone, which runs in workers only, and those are ES modules.
    "import.meta.resolve": "undefined",
  };
  await bundle({ input: { cli: "src/cli/main.ts" }, transform: { define: meta } }, "cjs", {
    banner: 'const __url = require("node:url").pathToFileURL(__filename).href;',
  });
}

async function bundleLibrary() {
  await bundle({ input: { index: "src/index.ts", worker: "src/engine/worker.ts" } }, "js", {});
}

async function bundle(input, suffix, output) {
  const bundler = await rolldown({
    ...input,
    platform: "node",
    // The wasm packages stay separate, unmodified files.
    external: [/^h5wasm/, /^7z-wasm/],
    preserveEntrySignatures: "allow-extension",
  });
  await bundler.write({
    ...output,
    dir: staging,
    format: suffix === "cjs" ? "cjs" : "esm",
    minify: true,
    entryFileNames: `[name].${suffix}`,
    chunkFileNames: `[name]-[hash].${suffix}`,
    codeSplitting: { groups: [{ name: groupOf(), debugName: "by first use", includeDependenciesRecursively: false }] },
  });
  await bundler.close();
}

/** Names the group that a module belongs to: the first whose roots reach it without a dynamic import. */
function groupOf() {
  let groups;
  return (id, modules) => {
    groups ??= Object.entries(GROUPS).map(([name, roots]) => [name, reachable(roots, modules)]);
    return groups.find(([, members]) => members.has(id))?.[0] ?? null;
  };
}

function reachable(roots, modules) {
  const found = new Set();
  const pending = roots.map((root) => resolve(root));
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    pending.push(...(modules.getModuleInfo(id)?.importedIds ?? []));
  }
  return found;
}

/** Parsing the rule base is the slowest part of a start: it is done here, and repeated only when the text was changed since. */
async function compilePolicy() {
  const parser = join(staging, "compile-policy.mjs");
  const bundler = await rolldown({ input: "src/config/parse.ts", platform: "node" });
  await bundler.write({ file: parser });
  await bundler.close();
  const { parseBase } = await import(pathToFileURL(parser));
  const policy = parseBase(POLICY, await readFile(POLICY, "utf8"));
  await writeFile(join(staging, "default-policy.json"), JSON.stringify(policy));
  await copyFile(POLICY, join(staging, POLICY));
  await rm(parser);
}

/** A build outside the project finds its packages through a link, and is run as `node DIR/cli.js`. */
async function standAlone() {
  await symlink(resolve("node_modules"), join(staging, "node_modules"));
  await writeFile(join(staging, "package.json"), '{ "type": "module" }\n');
  await writeFile(join(staging, "cli.js"), 'import "./cli.cjs";\n');
}

/** Runs a scan and keeps what V8 compiled for it beside the sources. */
function keepCompiled() {
  const script = `
    const { load, scripts } = require(${JSON.stringify(resolve("bin/load-compiled.js"))});
    const { writeFileSync } = require("node:fs");
    process.on("exit", () => {
      for (const [file, compiled] of scripts) writeFileSync(file + ".cache", compiled.createCachedData());
    });
    load(${JSON.stringify(join(staging, "cli.cjs"))});`;
  const args = ["-e", script, "modelaudit", "scan", "--no-cache", ...SAMPLES];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status === 1 && stdout.includes("os.system")) return true;
  console.error(`the built program does not scan ${SAMPLES[0]} as it should (exit code ${status})\n${stdout}${stderr}`);
  return false;
}

function emitTypes() {
  const options = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--rootDir", "src"];
  const compiler = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"];
  const types = ["--outDir", join(staging, "types")];
  return spawnSync(process.execPath, [...compiler, ...options, ...types], { stdio: "inherit" }).status === 0;
}
