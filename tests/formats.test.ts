import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FORMATS } from "../src/detect/format.js";
import { NAME_HINTS, RECOGNITIONS, SIGNATURES } from "../src/detect/table.js";
import { FALLBACK, LAYOUTS, SCANNERS } from "../src/scanners/registry.js";
import { FIXTURES } from "./builders/fixtures.js";
import { formatsMarkdown } from "./formats-markdown.js";

const scanned = new Set<string>(SCANNERS.flatMap(({ formats }) => formats));
/** Recognised, and not examined further: nothing in them is run. */
const INERT = new Set(["data", "image", "media", "pdf"]);

/** Fixture folders of what is made of another format: compressed pickles, zips and HDF5 files. */
const FAMILIES = ["joblib", "keras"];

describe("the formats", () => {
  it("are each taken by a scanner, or carry nothing to run", () => {
    expect(Object.keys(FORMATS).filter((format) => !scanned.has(format) && !INERT.has(format))).toEqual([]);
  });

  it("are each recognised by content, by name, or by the container around them", () => {
    const detected = new Set<string>([...SIGNATURES, ...RECOGNITIONS].map(({ format }) => format));
    for (const { formats } of NAME_HINTS) for (const format of formats) detected.add(format);
    expect(detected.size).toBeGreaterThan(0);
    for (const format of detected) expect(FORMATS).toHaveProperty([format]);
  });

  it("name the folders of the fixtures", () => {
    const known = new Set([
      ...FAMILIES,
      ...Object.keys(FORMATS),
      ...SCANNERS.map(({ id }) => id),
      ...LAYOUTS.map(({ id }) => id),
    ]);
    const folders = readdirSync(FIXTURES, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([]);
  });

  it("stand in docs/formats.md as the tables have them", async () => {
    await expect(formatsMarkdown()).toMatchFileSnapshot("../docs/formats.md");
  });
});

describe("the registry", () => {
  const all = [...SCANNERS, ...LAYOUTS, FALLBACK];

  it("knows each scanner by an id of its own", () => {
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  it.each(all.map((descriptor) => [descriptor.id, descriptor] as const))("loads %s", async (_id, { load }) => {
    const instance = new (await load())();
    expect("scan" in instance || "inspect" in instance).toBe(true);
  });
});
