import { describe, expect, it } from "vitest";
import { judgeNames, judgeProgram } from "../../src/scanners/archive-names.js";
import type { TreeEntry } from "../../src/scanners/scanner.js";

function file(name: string): TreeEntry {
  return { name, kind: "file", size: 1 };
}

function link(name: string, target: string): TreeEntry {
  return { name, kind: "symlink", size: 0, link: target };
}

function rules(...entries: TreeEntry[]): string[] {
  return judgeNames(entries).map(({ rule }) => rule);
}

describe("names that lead out of the archive", () => {
  it.each(["../x", "a/../../x", "a\\..\\..\\x", "./../x", "a/.. /../x"])("%s leaves the folder", (name) => {
    expect(rules(file(name))).toEqual(["archive/path-traversal"]);
  });

  it.each(["a/../x", "..x", "a..", "a/...", "x/y/../../z"])("%s stays inside", (name) => {
    expect(rules(file(name))).toEqual([]);
  });

  it.each([
    ["/etc/passwd", "an absolute path"],
    ["\\x", "an absolute path"],
    ["C:\\x", "a path with a drive letter"],
    ["\\\\server\\share\\x", "a network (UNC) path"],
    ["//server/x", "a network (UNC) path"],
  ])("%s is %s", (name, what) => {
    const [seen] = judgeNames([file(name)]);
    expect(seen?.rule).toBe("archive/absolute-path");
    expect(seen?.message).toContain(what);
  });

  it.each(["a/etc/passwd", "disk:1/x"])("%s is relative", (name) => {
    expect(rules(file(name))).toEqual([]);
  });
});

describe("names that deceive", () => {
  it("tells what readers in C make of a NUL", () => {
    const [seen] = judgeNames([file("data.pkl\0x")]);
    expect(seen?.rule).toBe("archive/deceptive-name");
    expect(seen?.message).toContain("readers in C see data.pkl");
  });

  it.each(["a\nb", "\u001b[2Ja", "gpj.\u202eexe.txt"])("reports control characters (%j)", (name) => {
    expect(rules(file(name))).toEqual(["archive/deceptive-name"]);
  });

  it("leaves other scripts alone", () => {
    expect(rules(file("modèle/权重 1.bin"))).toEqual([]);
  });
});

describe("links", () => {
  it.each([
    ["a/link", "../../x"],
    ["link", "/etc/passwd"],
    ["link", "C:\\x"],
    ["link", "a/../../x"],
  ])("%s -> %s leaves", (name, target) => {
    expect(rules(link(name, target))).toEqual(["archive/unsafe-link"]);
  });

  it.each([
    ["a/link", "../x"],
    ["link", "a/b"],
    ["link", "a/../x"],
  ])("%s -> %s stays", (name, target) => {
    expect(rules(link(name, target))).toEqual([]);
  });

  it("follows links through links: each stays by its words, together they leave", () => {
    expect(rules(link("a/b/here", "."), link("a/out", "b/here/../../.."))).toEqual(["archive/unsafe-link"]);
    expect(rules(link("a/b/here", "."), link("a/out", "b/here/../.."))).toEqual([]);
  });

  it("ends on links that lead to each other", () => {
    expect(rules(link("a", "b"), link("b", "a"))).toEqual(["archive/unsafe-link", "archive/unsafe-link"]);
  });

  it("takes hard links from the archive's root", () => {
    const hard = (target: string): TreeEntry => ({ name: "a/b", kind: "hardlink", size: 0, link: target });
    expect(rules(hard("c/d"))).toEqual([]);
    expect(rules(hard("../c"))).toEqual(["archive/unsafe-link"]);
  });
});

describe("kinds", () => {
  it("reports devices and pipes", () => {
    expect(rules({ name: "sda", kind: "device", size: 0 })).toEqual(["archive/device-entry"]);
    expect(rules({ name: "fifo", kind: "other", size: 0 })).toEqual(["archive/device-entry"]);
    expect(rules({ name: "folder", kind: "directory", size: 0 })).toEqual([]);
  });

  it("reports names of programs, and not those of ordinary companions", () => {
    expect(rules(file("lib/op.so.1"), file("SETUP.EXE"))).toEqual([
      "archive/executable-name",
      "archive/executable-name",
    ]);
    expect(rules(file("handler.py"), file("run.sh"), file("also.json"), file("dll.txt"))).toEqual([]);
  });

  it("reports programs by content, whatever their name", () => {
    expect(judgeProgram("weights.bin", ["executable"])?.rule).toBe("archive/executable-member");
    expect(judgeProgram("run.sh", ["script"])).toBeUndefined();
  });
});

describe("names that collide", () => {
  it("counts entries of one name", () => {
    const [seen] = judgeNames([file("a"), file("b"), file("a"), file("a")]);
    expect(seen).toMatchObject({ rule: "archive/duplicate-member", member: "a", evidence: { entries: 3 } });
  });

  it("tells names that differ in case, graded by whether a loader folds them", () => {
    const entries = [file("Data.pkl"), file("data.pkl")];
    expect(judgeNames(entries)).toMatchObject([{ rule: "archive/case-collision" }]);
    expect(judgeNames(entries)[0]).not.toHaveProperty("severity");
    expect(judgeNames(entries, { foldedBy: "torch.load" })).toMatchObject([{ severity: "medium" }]);
  });

  it("does not count folders that are listed twice", () => {
    const folder: TreeEntry = { name: "a/", kind: "directory", size: 0 };
    expect(rules(folder, folder)).toEqual([]);
  });

  it("takes names of objects' own properties for names", () => {
    expect(rules(file("__proto__"), file("constructor"), file("toString"))).toEqual([]);
  });
});

it("keeps the list readable when every name is bad", () => {
  const seen = judgeNames(Array.from({ length: 1000 }, (_, index) => file(`../${index}`)));
  expect(seen).toHaveLength(21);
  expect(seen.at(-1)?.message).toBe("980 more entries of this kind");
});
