import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const SRC = fileURLToPath(new URL("../../src", import.meta.url));

/** What each part may import, beside itself. `type` alone: only types. docs/architecture.md gives the reasons. */
const ALLOWED: Readonly<Record<string, { readonly all: readonly string[]; readonly types: readonly string[] }>> = {
  errors: { all: [], types: [] },
  nearest: { all: [], types: [] },
  version: { all: [], types: [] },
  rules: { all: [], types: [] },
  io: { all: ["errors"], types: [] },
  formats: { all: ["io", "errors"], types: [] },
  detect: { all: ["formats", "io", "errors"], types: [] },
  scanners: { all: ["formats", "io", "rules", "errors", "config/policy"], types: ["config", "detect"] },
  config: { all: ["errors", "nearest", "rules"], types: ["io"] },
  sources: { all: ["io", "errors", "nearest"], types: ["scanners"] },
  engine: { all: ["detect", "scanners", "sources", "io", "rules", "errors", "config/freeze"], types: ["config"] },
  cache: { all: ["io", "errors", "sources", "engine/findings"], types: ["engine", "config"] },
  reporters: { all: ["rules", "engine/summary"], types: ["engine", "scanners"] },
};

/** One package, one home; TOML is what this program is configured in, and what models and packages have settings in. */
const HOMES: Readonly<Record<string, string | readonly string[]>> = {
  commander: "cli",
  ora: "cli",
  chalk: "reporters/text",
  "fast-glob": "sources",
  "smol-toml": ["config", "formats/text"],
  yauzl: "formats/zip",
  h5wasm: "formats/hdf5",
  "7z-wasm": "formats/sevenzip",
  saxes: "formats/xml",
  "js-yaml": "formats/yaml",
  "spdx-license-ids": "rules",
};

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
const imports = files.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SRC, file), "utf8");
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?[^"';]*?from\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm);
  return [...statements].map(([, type, from, dynamic]) => {
    const target = from ?? dynamic ?? "";
    const path = target.startsWith(".") ? relative(SRC, join(SRC, dirname(file), target)).replace(/\.js$/, "") : target;
    return { file, target: path, typeOnly: type !== undefined };
  });
}

const partOf = (path: string) => path.replace(/\.ts$/, "").split("/")[0] ?? "";
const isInside = (path: string, place: string) => path === place || path.startsWith(`${place}/`);

describe("imports between the parts", () => {
  it.each(Object.keys(ALLOWED))("of %s go only where they may", (part) => {
    const rules = ALLOWED[part] ?? { all: [], types: [] };
    const own = imports.filter(({ file, target }) => partOf(file) === part && files.includes(`${target}.ts`));
    const wrong = own.filter(({ target, typeOnly }) => {
      const places = [part, ...rules.all, ...(typeOnly ? rules.types : [])];
      return !places.some((place) => isInside(target, place));
    });
    expect(wrong.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
  });

  it("never lead to the command line", () => {
    const wrong = imports.filter(({ file, target }) => partOf(file) !== "cli" && isInside(target, "cli"));
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });

  it("have a rule for every part", () => {
    const parts = new Set(files.map(partOf));
    for (const free of ["cli", "index"]) parts.delete(free);
    expect([...parts].filter((part) => !(part in ALLOWED))).toEqual([]);
  });
});

describe("a package", () => {
  const packages = imports.filter(({ target }) => !target.startsWith("node:") && !files.includes(`${target}.ts`));

  it("is imported in its home alone", () => {
    const wrong = packages.filter(({ file, target, typeOnly }) => {
      const home = Object.entries(HOMES).find(([name]) => isInside(target, name))?.[1];
      return home !== undefined && !typeOnly && ![home].flat().some((place) => isInside(file, place));
    });
    expect(wrong.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
  });

  it("is a dependency, and every dependency is imported", () => {
    const manifest = JSON.parse(readFileSync(join(SRC, "../package.json"), "utf8"));
    const used = new Set(packages.map(({ target }) => target.match(/^(?:@[^/]+\/)?[^/]+/)?.[0]));
    expect([...used].sort()).toEqual(Object.keys(manifest.dependencies).sort());
  });
});
