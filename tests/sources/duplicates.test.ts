import { linkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findDuplicates } from "../../src/sources/duplicates.js";
import { select } from "../../src/sources/select.js";
import { folder } from "../builders/folder.js";

async function copies(root: string): Promise<string[]> {
  const { files } = await select([root]);
  return [...findDuplicates(files)].map(([copy, original]) => `${copy.identity} = ${original.identity}`);
}

describe("files with the same content", () => {
  it("are found among files of the same size and kind of name", async () => {
    const root = folder({ "a.pkl": "12345", "b.pkl": "12345", "c.pkl": "54321", "d.bin": "12345", "e.pkl": "123456" });
    expect(await copies(root)).toEqual(["b.pkl = a.pkl"]);
  });

  it("count by their whole name where that says what they are", async () => {
    const root = folder({
      "config.json": "{}",
      "x/config.json": "{}",
      "x/tokenizer_config.json": "{}",
      README: "{}",
      "x/README": "{}",
    });
    expect(await copies(root)).toEqual(["x/README = README", "x/config.json = config.json"]);
  });

  it("are compared to the end, not by their beginning", async () => {
    const long = "x".repeat(70_000);
    const root = folder({ "a.bin": `${long}1`, "b.bin": `${long}2`, "c.bin": `${long}1` });
    expect(await copies(root)).toEqual(["c.bin = a.bin"]);
  });

  it("are known by their inode without reading them", async () => {
    const root = folder({ "a.bin": "12345" });
    linkSync(join(root, "a.bin"), join(root, "b.bin"));
    expect(await copies(root)).toEqual(["b.bin = a.bin"]);
  });

  it("that are empty are not worth a word", async () => {
    expect(await copies(folder({ "a.bin": "", "b.bin": "" }))).toEqual([]);
  });
});
