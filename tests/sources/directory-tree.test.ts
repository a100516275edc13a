import { describe, expect, it } from "vitest";
import { DirectoryTree } from "../../src/sources/directory-tree.js";
import { folder } from "../builders/folder.js";

const root = () =>
  folder({
    "model.onnx": "12",
    "data/w.bin": "123",
    alias: { link: "data/w.bin" },
    stolen: { link: "/etc/passwd" },
    "data/up": { link: ".." },
  });

describe("the folder around a file", () => {
  it("lists what is beside it, with links as what they lead to while they stay inside", () => {
    const at = root();
    const entries = new DirectoryTree(at, at).entries.map(({ name, kind, size }) => `${kind} ${name} ${size}`);
    expect(entries).toEqual(["file alias 3", "directory data 0", "file model.onnx 2", "symlink stolen 0"]);
  });

  it("finds what lies deeper, but nothing outside and nothing through a link", () => {
    const at = root();
    const tree = new DirectoryTree(at, at);
    expect(tree.find("data/w.bin")).toMatchObject({ kind: "file", size: 3 });
    for (const name of ["../x", "data/../model.onnx", "/etc/passwd", "", "data//w.bin", "a\0b", "x".repeat(300)]) {
      expect(tree.find(name), name).toBeUndefined();
    }
    expect(tree.find("stolen")).toMatchObject({ kind: "symlink", link: "/etc/passwd" });
  });

  it("opens files, and no link that leaves", async () => {
    const at = root();
    const tree = new DirectoryTree(at, at);
    const source = await tree.open({ name: "data/w.bin", kind: "file", size: 3 });
    expect(Buffer.from((await source?.read(0, 3)) ?? []).toString()).toBe("123");
    source?.close?.();
    expect(await tree.open({ name: "stolen", kind: "file", size: 9 })).toBeUndefined();
  });
});
