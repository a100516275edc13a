// Bundles the library, the command line and the worker into dist/, split so that start-up loads only what a scan needs.
//   node build.mjs [--outdir DIR] [--no-types]

import { spawnSync } from "node:child_process";
import { copyFile, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const POLICY = "default-security-config.toml";

const { values } = parseArgs({
  options: { outdir: { type: "string", default: "dist" }, types: { type: "boolean", default: true } },
  allowNegative: true,
});
const outdir = resolve(values.outdir);
// Built beside its place and then moved, so that a scan that runs meanwhile finds a whole build.
const staging = `${outdir}.${process.pid}`;

await bundle();
await compilePolicy();
if (relative(".", outdir).startsWith("..")) await linkPackages();
const typed = values.types ? emitTypes() : true;
await rm(outdir, { recursive: true, force: true });
await rename(staging, outdir);
process.exitCode = typed ? 0 : 1;

async function bundle() {
  await build({
    entryPoints: { index: "src/index.ts", cli: "src/cli/main.ts", worker: "src/engine/worker.ts" },
    outdir: staging,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    minify: true,
    keepNames: true,
    sourcemap: false,
    // The wasm packages stay separate, unmodified files; the CommonJS packages are small and load faster inside the bundle.
    external: ["h5wasm", "h5wasm/*", "7z-wasm", "7z-wasm/*"],
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  });
}

/** Parsing the rule base is the slowest part of a start: it is done here, and repeated only when the text was changed since. */
async function compilePolicy() {
  const parser = join(staging, "compile-policy.mjs");
  await build({ entryPoints: ["src/config/parse.ts"], outfile: parser, bundle: true, format: "esm", platform: "node" });
  const { parseBase } = await import(pathToFileURL(parser));
  const policy = parseBase(POLICY, await readFile(POLICY, "utf8"));
  await writeFile(join(staging, "default-policy.json"), JSON.stringify(policy));
  await copyFile(POLICY, join(staging, POLICY));
  await rm(parser);
}

/** A build outside the project finds its packages through a link. */
async function linkPackages() {
  await symlink(resolve("node_modules"), join(staging, "node_modules"));
  await writeFile(join(staging, "package.json"), '{ "type": "module" }\n');
}

function emitTypes() {
  const options = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--rootDir", "src"];
  const compiler = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"];
  const types = ["--outDir", join(staging, "types")];
  return spawnSync(process.execPath, [...compiler, ...options, ...types], { stdio: "inherit" }).status === 0;
}
