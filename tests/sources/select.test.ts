import { symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join, relative } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { select } from "../../src/sources/select.js";
import { folder } from "../builders/folder.js";

/** What is selected, by identities and paths relative to the folder. */
async function selected(root: string, ...paths: string[]) {
  const { files, skipped, links, errors, folders } = await select(paths.map((path) => join(root, path)));
  return {
    files: files.map(({ identity }) => identity),
    skipped: skipped.map(({ path, reason }) => `${relative(root, path)}: ${reason}`),
    links: links.map(({ identity, target }) => `${identity} -> ${target}`),
    errors,
    entries: folders.flatMap(({ entries }) => entries.map(({ name, kind }) => `${kind} ${name}`)),
  };
}

describe("a folder", () => {
  it("is listed depth first, names in the order of their bytes, hidden ones too", async () => {
    const root = folder({
      "b/z": "1",
      "b/.hid": "1",
      B: "1",
      a: "1",
      é: "1",
      "b.x": "1",
      ".git/config": "1",
      "\u{1f600}": "1",
      "\uffee": "1",
    });
    const { files } = await selected(root, "");
    expect(files).toEqual([".git/config", "B", "a", "b/.hid", "b/z", "b.x", "é", "\uffee", "\u{1f600}"]);
  });

  it("may contain links to itself without end", async () => {
    const root = folder({ "a/b/c.pkl": "1", "a/b/loop": { link: ".." }, self: { link: "." } });
    expect(await selected(root, "")).toMatchObject({ files: ["a/b/c.pkl"], skipped: [], links: [], errors: [] });
  });

  it("follows a link to a file inside, under the link's name", async () => {
    const root = folder({ "a.pkl": "1", "sub/b.pkl": { link: "../a.pkl" } });
    const { files, links } = await selected(root, "");
    expect(files).toEqual(["a.pkl", "sub/b.pkl"]);
    expect(links).toEqual([]);
  });

  it("tells links that leave it, whether or not they lead somewhere", async () => {
    const root = folder({
      "in/up": { link: "../secret" },
      "in/absolute": { link: "/etc/hostname" },
      "in/gone": { link: "/no/such/secret" },
      "in/folder": { link: "../other" },
      "in/hidden/deep": { link: "../../in/../secret" },
      "other/x.pkl": "1",
      secret: "1",
    });
    const { files, links, skipped } = await selected(root, "in");
    expect(files).toEqual([]);
    expect(skipped).toEqual([]);
    expect(links).toEqual([
      "absolute -> /etc/hostname",
      "folder -> ../other",
      "gone -> /no/such/secret",
      "hidden/deep -> ../../in/../secret",
      "up -> ../secret",
    ]);
  });

  it("tells a link inside that leads nowhere as skipped", async () => {
    const root = folder({ "a.bin": { link: "blob" } });
    const { skipped, links } = await selected(root, "");
    expect(skipped).toEqual(["a.bin: a symbolic link to blob, which does not exist"]);
    expect(links).toEqual([]);
  });

  it("skips a socket without opening it", async () => {
    const root = folder({ "a.pkl": "1" });
    const server = createServer().listen(join(root, "s.sock"));
    onTestFinished(() => void server.close());
    await new Promise((listening) => server.once("listening", listening));
    const { files, skipped } = await selected(root, "");
    expect(files).toEqual(["a.pkl"]);
    expect(skipped).toEqual(["s.sock: a pipe, socket or device, not a file"]);
  });

  it("shows a Hugging Face cache under the files' own names, each content once", async () => {
    const root = folder({
      "models--org--m/blobs/aa": "weights",
      "models--org--m/blobs/bb": "{}",
      "models--org--m/blobs/unused": "old",
      "models--org--m/refs/main": "abc",
      "models--org--m/snapshots/abc/model.bin": { link: "../../blobs/aa" },
      "models--org--m/snapshots/abc/config.json": { link: "../../blobs/bb" },
    });
    const hub = "models--org--m";
    expect((await selected(root, "")).files).toEqual([
      `${hub}/blobs/unused`,
      `${hub}/refs/main`,
      `${hub}/snapshots/abc/config.json`,
      `${hub}/snapshots/abc/model.bin`,
    ]);
    const snapshot = await selected(root, `${hub}/snapshots/abc`);
    expect(snapshot).toMatchObject({ files: ["config.json", "model.bin"], links: [] });
  });

  it("of a snapshot may not lead out of its repository", async () => {
    const root = folder({
      "models--org--m/snapshots/abc/model.bin": { link: "../../../models--org--other/blobs/aa" },
      "models--org--other/blobs/aa": "1",
    });
    const { links } = await selected(root, "models--org--m/snapshots/abc");
    expect(links).toEqual(["model.bin -> ../../../models--org--other/blobs/aa"]);
  });

  it("gives layouts the entries it has, links inside as files", async () => {
    const root = folder({ "a/x": "12", l: { link: "a/x" }, out: { link: "/etc" } });
    expect((await selected(root, "")).entries).toEqual(["directory a", "file a/x", "file l", "symlink out"]);
  });
});

describe("paths", () => {
  it("that name a file twice scan it once", async () => {
    const root = folder({ "m/a.pkl": "1" });
    expect((await selected(root, "m", "m/a.pkl", "m/../m")).files).toEqual(["a.pkl"]);
  });

  it("that do not exist are errors with the nearest names", async () => {
    const root = folder({ "model.pkl": "1", "other.bin": "1" });
    const { errors } = await selected(root, "modle.pkl", "none/x.pkl");
    expect(errors[0]).toMatchObject({
      message: "no such file or folder",
      hints: [`did you mean ${join(root, "model.pkl")}?`],
    });
    expect(errors[1]?.hints).toEqual([`the folder ${join(root, "none")} does not exist either`]);
  });

  it("that are links are followed wherever they lead, as the user named them", async () => {
    const root = folder({ "real/a.pkl": "1" });
    symlinkSync(join(root, "real/a.pkl"), join(root, "alias.pkl"));
    symlinkSync(join(root, "real"), join(root, "alias"));
    expect((await selected(root, "alias.pkl")).files).toEqual(["alias.pkl"]);
    expect(await selected(root, "alias")).toMatchObject({ files: ["a.pkl"], links: [] });
  });

  it("that are links to nothing are skipped, because there is nothing to load", async () => {
    const root = folder({ "gone.pkl": { link: "nothing" } });
    for (const path of ["gone.pkl", "*.pkl"]) {
      const { skipped, errors } = await selected(root, path);
      expect(skipped).toEqual(["gone.pkl: a symbolic link to something that does not exist"]);
      expect(errors).toEqual([]);
    }
  });

  it("that are addresses are refused with a way out", async () => {
    const { errors } = await select(["https://example.org/m.pkl"]);
    expect(errors[0]?.message).toBe("addresses are not read");
  });
});

describe("patterns", () => {
  it("match files of one folder, or of all folders below", async () => {
    const root = folder({ "a.pkl": "1", "b.bin": "1", "x/c.pkl": "1", "x/.h/d.pkl": "1" });
    expect((await selected(root, "*.pkl")).files).toEqual(["a.pkl"]);
    expect((await selected(root, "**/*.pkl")).files).toEqual(["a.pkl", "d.pkl", "c.pkl"]);
    expect((await selected(root, "{a,b}.*")).files).toEqual(["a.pkl", "b.bin"]);
  });

  it("that match nothing are errors", async () => {
    const { errors } = await selected(folder(), "*.pkl");
    expect(errors[0]?.message).toBe("no file matches this pattern");
  });

  it("tell a link that leads out of their folder instead of reading it", async () => {
    const root = folder({ "in/a.pkl": { link: "../secret" }, secret: "1" });
    const { files, links } = await selected(root, "in/*.pkl");
    expect(files).toEqual([]);
    expect(links).toHaveLength(1);
  });

  it("do not hide a file whose name is a pattern", async () => {
    const root = folder({ "a[1].pkl": "1", "a1.pkl": "1" });
    expect((await selected(root, "a[1].pkl")).files).toEqual(["a[1].pkl"]);
  });
});
