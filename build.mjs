// Bundles the library, the command line and the worker into dist/, split so that start-up loads only what a scan needs.

import { spawnSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { build } from "esbuild";

await rm("dist", { recursive: true, force: true });
await build({
  entryPoints: { index: "src/index.ts", cli: "src/cli/main.ts", worker: "src/engine/worker.ts" },
  outdir: "dist",
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
const types = spawnSync(
  process.execPath,
  [
    "node_modules/typescript/bin/tsc",
    "--noEmit",
    "false",
    "--declaration",
    "--emitDeclarationOnly",
    "--rootDir",
    "src",
    "--outDir",
    "dist/types",
    "-p",
    "tsconfig.build.json",
  ],
  { stdio: "inherit" },
);
process.exitCode = types.status ?? 1;
